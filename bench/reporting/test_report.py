# SPDX-License-Identifier: Apache-2.0
"""bench/report itself: its arguments, and what it writes again."""
import io
import json
import math
import shutil
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from .bars import read_bars
from .build import peer_flags
from .made_up import a_whole_report, load_command, times
from .report_json import write_json

script = load_command("report")
SPEC = read_bars()


class command_line(unittest.TestCase):
    def test_o2_stands_for_its_flag(self):
        self.assertEqual([peer_flags(arch) for arch in ("O2", "native")], ["-O2", "-march=native"])
        self.assertEqual(script.options_from(["--arch", "O2"], SPEC).arch, ["O2"])

    def test_rows_are_in_the_order_of_bars_json(self):
        self.assertEqual(script.options_from(["--rows", "s3,R11,R2"], SPEC).rows, ["R2", "R11", "S3"])

    def test_draws_again_beside_the_file(self):
        self.assertEqual(script.options_from(["--charts", "a/report.json"], SPEC).out, Path("a"))
        self.assertEqual(script.options_from(["--charts", "a/report.json", "--out", "b"], SPEC).out, Path("b"))

    def refused(self, *arguments):
        with mock.patch("sys.stderr", io.StringIO()) as said, self.assertRaises(SystemExit) as caught:
            script.options_from(list(arguments), SPEC)
        self.assertEqual(caught.exception.code, 2)
        return said.getvalue()

    def test_options_that_mean_nothing_with_an_earlier_report_are_refused(self):
        measuring = [["--rows", "K1"], ["--quick"], ["--compilers", "g++"], ["--arch", "native"],
                     ["--kernels", ""], ["--cpu", "0"], ["--no-setup"]]
        for option in [*measuring, ["--no-charts"], ["--out", "b"]]:
            said = self.refused("--judge", "a.json", *option)
            self.assertIn(f"{option[0]} means nothing with --judge", said)
        for option in measuring:
            said = self.refused("--charts", "a.json", *option)
            self.assertIn(f"{option[0]} means nothing with --charts", said)
        script.options_from(["--judge", "a.json"], SPEC)
        script.options_from(["--charts", "a.json", "--no-charts", "--out", "b"], SPEC)

    def test_a_compiler_or_an_architecture_is_measured_once(self):
        options = script.options_from(["--compilers", "g++,clang++,g++", "--arch", "native,native"], SPEC)
        self.assertEqual((options.compilers, options.arch), (["g++", "clang++"], ["native"]))

    def test_a_core_that_cannot_be_used_ends_it(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch("sys.stderr", io.StringIO()) as said, \
                mock.patch.object(script, "set_up", side_effect=AssertionError("went on")):
            self.assertEqual(script.main(["--cpu", "9999", "--out", folder]), 2)
        self.assertRegex(said.getvalue(), "core 9999 cannot be used: ")


class an_earlier_report(unittest.TestCase):
    def test_is_written_again_from_the_file(self):
        real = a_whole_report({})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.json"
            write_json(real, path)
            with mock.patch("builtins.print"):
                self.assertEqual(script.main(["--charts", str(path), "--no-charts"]), 0)
            self.assertTrue((Path(folder) / "report.md").read_text().startswith("# What was measured\n"))

    def run_with(self, text, *arguments):
        """bench/report's exit status and what it says to stderr, for a file of this text."""
        with tempfile.TemporaryDirectory() as folder, mock.patch("sys.stderr", io.StringIO()) as said, \
                mock.patch("sys.stdout", io.StringIO()):
            path = Path(folder) / "report.json"
            path.write_text(text)
            return script.main([a.replace("FILE", str(path)) for a in arguments]), said.getvalue()

    def test_that_is_malformed_is_refused(self):
        report = dict(a_whole_report({}), rows=["R99"])
        for way in ("--judge", "--charts"):
            for text, why in (('{"schema": 1}', "has no"), ("{", "report.json: "),
                              (json.dumps(report), "no row is called R99")):
                status, said = self.run_with(text, way, "FILE")
                self.assertEqual(status, 2)
                self.assertRegex(said, "^bench/report: .*" + why)

    def test_goes_to_no_file(self):
        good = json.dumps(a_whole_report({}))
        for arguments in (["--charts", "FILE", "--no-charts", "--out", "FILE"],
                          ["--charts", "FILE", "--no-charts", "--out", "FILE/below"],
                          ["--no-setup", "--no-charts", "--out", "FILE"]):
            status, said = self.run_with(good, *arguments)
            self.assertEqual(status, 2)
            self.assertRegex(said, "report.json(/below)?: ")

    def test_of_strange_samples_is_written_all_the_same(self):
        strange = {"wspc": {"unit": "frame", "ns": [], "counters": {"bytes": []}},
                   "peer": times(*[math.nan] * 9, bytes=[math.inf] * 9)}
        report = a_whole_report(strange, rows=["R1", "S8"])
        groups = report["configurations"][0]["groups"]
        scale = {f"S8/connections/{count}/connection": strange["wspc"] for count in ("some", "1")}
        groups += [dict(groups[0], group="K1/mask/1KiB", attempts=[{"samples": {}, "failures": {}}]),
                   dict(groups[0], group="S8/connections/1", attempts=[{"samples": scale, "failures": {}}])]
        for size in ("1KiB", "2KiB"):
            samples = {f"R4/binary/{size}/{name}": sample for name, sample in strange.items()}
            attempt = {"samples": samples, "failures": {}}
            groups.append(dict(groups[0], group=f"R4/binary/{size}", attempts=[attempt]))
        charts = [] if shutil.which("gnuplot") else ["--no-charts"]
        self.assertEqual(self.run_with(json.dumps(report), "--charts", "FILE", *charts), (0, ""))
        self.assertEqual(self.run_with(json.dumps(report), "--judge", "FILE"), (1, ""))
