# SPDX-License-Identifier: Apache-2.0
"""bench/counts: what it says of counts that have moved."""
import unittest

from .made_up import load_command

counts = load_command("counts")


class comparing(unittest.TestCase):
    def compare(self, now, before=1000):
        (line,), good = counts.compare({"avx2": {"w": now}}, {"avx2": {"w": before}})
        return line.split(maxsplit=3)[-1], good

    def test_what_stays_as_it_is_passes(self):
        self.assertEqual(self.compare(1000), ("+0.00%", True))
        self.assertEqual(self.compare(1019), ("+1.90%", True))

    def test_what_has_grown_fails(self):
        self.assertEqual(self.compare(1021), ("+2.10% GROWN", False))

    def test_what_has_shrunk_fails_until_it_is_kept(self):
        self.assertEqual(self.compare(981), ("-1.90%", True))
        self.assertEqual(self.compare(970), ("-3.00% SHRUNK: bench/counts --update keeps it so", False))
        self.assertEqual(self.compare(500)[1], False)

    def test_what_has_nearly_vanished_fails(self):
        for now, change in ((499, "-50.10%"), (3, "-99.70%"), (0, "-100.00%")):
            words = f"{change} FALLEN: does it still do its work? bench/counts --update takes it"
            self.assertEqual(self.compare(now), (words, False))

    def test_a_list_that_has_changed_fails(self):
        self.assertEqual(counts.compare({"avx2": {"w": 1}}, {"avx2": {}})[1], False)
        self.assertEqual(counts.compare({"avx2": {}}, {"avx2": {"w": 1}})[1], False)
