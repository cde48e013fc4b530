# SPDX-License-Identifier: Apache-2.0
"""The way of a report through report.json."""
import json
import lzma
import tempfile
import unittest
from pathlib import Path

from .commands import Failed
from .judge import judge
from .made_up import a_bar, a_report, a_spec, a_whole_report, times
from .report_json import read_report, write_json


class verdicts_of_a_file(unittest.TestCase):
    def test_are_the_same_after_a_way_through_the_file(self):
        bars = [a_bar("times_faster", 2), a_bar("not_slower"), a_bar("at_most_more", 1.5, id="R1.3")]
        report = a_report({"wspc": times(1.1), "peer": times(2.9)})
        before = judge(report, a_spec(*bars))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.json"
            write_json(dict(report, verdicts=before), path)
            read = json.loads(path.read_text())
        self.assertEqual(judge(read, a_spec(*bars)), read["verdicts"])
        self.assertEqual(read["verdicts"], before)
        self.assertEqual(read["configurations"], report["configurations"])


class a_file_that_is_no_report(unittest.TestCase):
    """Is refused in a sentence that names what is wrong."""

    def read(self, text, name="report.json"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            return read_report(path, a_spec())

    def whole(self):
        report = a_whole_report({"wspc": times(1, bytes=[2.0] * 9)}, failures={"R1/w/peer": "fails"})
        return json.loads(json.dumps(report))

    def refused(self, sentence, *places, to="nothing"):
        """A whole report in which what stands at `places` is another, or lacks."""
        report = self.whole()
        *way, last = places
        inner = report
        for place in way:
            inner = inner[place]
        if to == "nothing":
            del inner[last]
        else:
            inner[last] = to
        with self.assertRaises(Failed) as caught:
            self.read(json.dumps(report))
        self.assertRegex(str(caught.exception), sentence)

    configuration = ("configurations", 0)
    attempts = (*configuration, "groups", 0, "attempts")
    sample = (*attempts, 0, "samples", "R1/w/wspc")

    def test_a_whole_one_is_read(self):
        self.assertEqual(self.read(json.dumps(self.whole())), self.whole())

    def test_a_compressed_one_is_read(self):
        self.assertEqual(self.read(lzma.compress(json.dumps(self.whole()).encode()), "report.json.xz"), self.whole())

    def test_what_is_not_compressed_or_was_cut(self):
        for text in (b"{}", b"", lzma.compress(b"{}" * 1000)[:-9]):
            with self.assertRaises(Failed):
                self.read(text, "report.json.xz")

    def test_what_is_no_json(self):
        for text in ("", "{", "[" * 100000, "\0"):
            with self.assertRaises(Failed):
                self.read(text)

    def test_what_is_no_object_or_has_another_schema(self):
        for text in ("[]", "5", "null", "{}", '{"schema": 2}', '{"schema": true}'):
            with self.assertRaisesRegex(Failed, "no report of schema 1"):
                self.read(text)

    def test_each_part_is_there(self):
        self.refused("the report has no 'machine'", "machine")
        for part in ("date", "quick", "settings", "rows", "versions", "configurations"):
            self.refused(f"the report has no '{part}'", part)
        self.refused("machine.cpu has no 'zen4'", "machine", "cpu", "zen4")
        for part in ("name", "compiler", "arch", "forced", "kernel", "kernels", "groups", "flags"):
            self.refused(rf"configurations\[0\] has no '{part}'", *self.configuration, part)
        self.refused("has no 'samples'", *self.attempts, 0, "samples")
        self.refused("has no 'failures'", *self.attempts, 0, "failures")
        for part in ("unit", "ns", "counters"):
            self.refused(f"has no '{part}'", *self.sample, part)
        with self.assertRaisesRegex(Failed, "the report has no"):
            self.read('{"schema": 1}')

    def test_each_part_is_what_it_should_be(self):
        self.refused("quick is neither true nor false", "quick", to=1)
        self.refused("machine is no object", "machine", to=None)
        self.refused("machine.core is no number of a core", "machine", "core", to="3")
        self.refused("configurations is no list", "configurations", to={})
        self.refused(r"configurations\[0\].kernels\[1\] is no text", *self.configuration, "kernels", 1, to=5)
        self.refused(r"configurations\[0\].name is no name", *self.configuration, "name", to="../x")
        self.refused("attempts is empty", *self.attempts, to=[])
        self.refused("counters.bytes is no list", *self.sample, "counters", "bytes", to=5.0)
        for wrong in (5, "5", None, {}):
            self.refused(r"samples.R1/w/wspc.ns is no list", *self.sample, "ns", to=wrong)
        for wrong in ("5", None, [1], True, 10**400):
            self.refused(r"samples.R1/w/wspc.ns\[3\] is no number", *self.sample, "ns", 3, to=wrong)

    def test_rows_are_known(self):
        self.refused("rows is empty", "rows", to=[])
        self.refused("no row is called R99", "rows", to=["R1", "R99"])
        self.refused("names R1 twice", "rows", to=["R1", "R1"])
        self.refused("no row is called R99", *self.configuration, "groups", 0, "group", to="R99/w")

    def test_names_are_names_of_one(self):
        report = self.whole()
        for inner in (report["configurations"], report["configurations"][0]["groups"]):
            inner.append(inner[0])
            with self.assertRaisesRegex(Failed, "twice"):
                self.read(json.dumps(report))
            inner.pop()

    def test_what_is_emulated_says_by_what(self):
        self.refused("has no 'compiler_said'", *self.configuration, "emulated", to=True)
