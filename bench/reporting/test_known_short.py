# SPDX-License-Identifier: Apache-2.0
"""bench/neon's list of what is known to fall short: it excuses nothing else, and nothing that gets worse."""
import unittest

from .bars import is_emulated, read_bars
from .judge import judge
from .known_short import KNOWN_SHORT, compare, read_known
from .made_up import a_bar, a_report, a_spec, times

BAR = a_bar("at_most_times", 0.5, counter="n", exact=True, workloads=["w", "x"])


class the_list(unittest.TestCase):
    def compare(self, known, **counts):
        """`counts`: instructions of 100 by workload."""
        report = a_report({})
        report["configurations"][0]["groups"] = [
            {"group": f"R1/{workload}", "program": "p", "attempts": [{"failures": {}, "samples": {
                f"R1/{workload}/wspc": times(1, n=[count]), f"R1/{workload}/peer": times(1, n=[100])}}]}
            for workload, count in counts.items()]
        return compare(judge(report, a_spec(BAR)), known)

    def test_without_it_what_is_short_is_a_failure(self):
        self.assertEqual(self.compare({}, w=50, x=50), ([], True))
        lines, good = self.compare({}, w=50, x=51)
        self.assertEqual((lines, good), (["x: short, and not known to be"], False))

    def test_excuses_what_is_no_worse(self):
        lines, good = self.compare({"x": 0.6}, w=50, x=60)
        self.assertEqual((lines, good), (["x: short, which is known: 0.6 of at most 0.6"], True))

    def test_excuses_nothing_that_is_worse(self):
        lines, good = self.compare({"x": 0.6}, w=50, x=61)
        self.assertEqual((lines, good), (["x: short, and worse than was known: 0.61 of at most 0.6"], False))

    def test_says_what_is_mended(self):
        lines, good = self.compare({"x": 0.6}, w=50, x=50)
        self.assertEqual((lines, good), (["x: is met now, and may leave the list of what is short"], True))

    def test_does_not_excuse_what_was_not_counted(self):
        self.assertEqual(self.compare({"x": 0.6}, w=50), (["x: missing"], False))
        self.assertEqual(self.compare({}, w=50), (["x: missing"], False))
        lines, good = self.compare({"y": 0.6}, w=50, x=50)
        self.assertEqual((lines, good), (["y: known to be short, and not judged"], False))


class what_is_committed(unittest.TestCase):
    def setUp(self):
        spec = read_bars()
        self.bars = [bar for bar in spec["bars"] if is_emulated(spec, bar["row"])]
        self.assertTrue(self.bars)

    def test_names_bars_and_no_figure_that_meets_them(self):
        bars = {workload: bar["bar"] for bar in self.bars for workload in bar["workloads"]}
        known = read_known(KNOWN_SHORT)
        self.assertTrue(known)
        for workload, figure in known.items():
            self.assertGreater(figure, bars[workload], workload)

    def test_no_bar_of_instructions_is_a_target_only(self):
        self.assertEqual([bar["id"] for bar in self.bars if bar.get("target")], [])
