# SPDX-License-Identifier: Apache-2.0
"""Counting under emulation, by made-up logs of which the number of instructions is known."""
import stat
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from . import emulated
from .commands import Failed
from .judge import exit_status, judge
from .made_up import a_bar, a_spec, a_whole_report, times
from .pages import markdown

A_BAR = a_bar("at_most_times", 0.5, id="K8.1", row="K8", counter="instructions", exact=True, subject="K8/{workload}/neon",
              references=["K8/{workload}/scalar"])


def log_of(*functions):
    return [b"Trace 0: 0x7f [00/00400720/01/01] " + name + b"\n" for name in functions]


def a_spec_with_k8(*bars):
    spec = a_spec(*bars)
    spec["rows"]["K8"] = {"title": "t", "program": "p", "emulated": True}
    return spec


class counting(unittest.TestCase):
    def test_counts_what_stands_between_begin_and_end(self):
        log = log_of(b"main", b"wspc_bench_begin", b"mask", b"mask", b"memcpy", b"wspc_bench_end", b"main", b"wspc_bench_begin",
                     b"mask", b"wspc_bench_end", b"wspc_bench_end", b"main")
        self.assertEqual(emulated.count_calls(log), ([3, 1], ""))

    def test_a_line_that_is_no_instruction_is_no_count(self):
        log = log_of(b"wspc_bench_begin", b"mask")
        self.assertEqual(emulated.count_calls([*log, b"not what was to be counted\n", *log_of(b"mask", b"wspc_bench_end")]),
                         ([2], "not what was to be counted\n"))

    def test_a_function_whose_name_ends_alike_is_an_instruction(self):
        log = log_of(b"wspc_bench_begin", b"not_wspc_bench_end", b"wspc_bench_end")
        self.assertEqual(emulated.count_calls(log), ([1], ""))

    def test_the_known_loops_are_found_first(self):
        names = [*emulated.KNOWN, "mask/64/neon"]
        lengths = [*emulated.KNOWN.values(), 20]
        self.assertEqual(emulated.named_counts(names, lengths), {"mask/64/neon": 20})
        for wrong in ([3, 2000, 20], [2, 2001, 20]):
            with self.assertRaisesRegex(Failed, "^loop/"):
                emulated.named_counts(names, wrong)
        with self.assertRaisesRegex(Failed, "^loop/1 "):
            emulated.named_counts(["mask/64/neon"], [20])

    def test_each_call_has_a_name(self):
        with self.assertRaisesRegex(Failed, "^2 calls have a name, and 1 "):
            emulated.named_counts(list(emulated.KNOWN), [3])


class the_emulator(unittest.TestCase):
    """A script in its place."""

    def count(self, script):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "emulator"
            path.write_text(f"#!{sys.executable}\nimport sys\n{script}")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
            with mock.patch.object(emulated, "EMULATOR", str(path)):
                return emulated.count("program")

    calls = """
def call(name, count):
    print(name)
    for function in ("wspc_bench_begin", *["f"] * count, "wspc_bench_end"):
        sys.stderr.write("Trace 0: " + function + "\\n")
call("loop/1", 3)
call("loop/1000", 2001)
call("mask/64/scalar", 50)
call("mask/64/neon", 20)
"""

    def test_is_asked_for_each_instruction(self):
        script = self.calls + "assert sys.argv[1:] == ['-singlestep', '-d', 'exec,nochain', 'program']\n"
        self.assertEqual(self.count(script), {"mask/64/scalar": 50, "mask/64/neon": 20})

    def test_a_program_that_fails_is_a_failure(self):
        with self.assertRaisesRegex(Failed, "mask: not what was to be counted"):
            self.count(self.calls + "sys.exit('mask: not what was to be counted')\n")
        with self.assertRaisesRegex(Failed, "ended with 3 "):
            self.count(self.calls + "sys.exit(3)\n")
        with self.assertRaisesRegex(Failed, "^2 calls "):
            self.count("print('loop/1')\nprint('loop/1000')\n")

    def test_what_the_log_says_besides_is_a_failure(self):
        with self.assertRaisesRegex(Failed, "qemu: uncaught"):
            self.count(self.calls + "sys.stderr.write('qemu: uncaught\\n')\n")

    def test_one_that_is_not_there_is_a_failure(self):
        with mock.patch.object(emulated, "EMULATOR", "no-such-emulator"), self.assertRaises(Failed):
            emulated.count("program")


class row_k8(unittest.TestCase):
    def report(self, counts, rows, **more):
        """An ordinary configuration, and that of the counts."""
        report = a_whole_report({"wspc": times(1), "peer": times(4)}, rows=rows)
        configuration = {**emulated.configuration_of(counts, "-O3"), "compiler_said": "C", "emulator": "E", **more}
        report["configurations"].append(configuration)
        return report

    def judged(self, counts, *bars, **more):
        bars = bars or [A_BAR]
        rows = {bar["row"] for bar in bars}
        report = self.report(counts, [row for row in ("R1", "K8") if row in rows], **more)
        return judge(report, a_spec_with_k8(*bars)), report

    def test_one_count_of_each_is_enough(self):
        for neon, status in ((50, "pass"), (51, "short")):
            verdicts, report = self.judged({"w/scalar": 100, "w/neon": neon})
            self.assertEqual([(v["configuration"], v["status"], v["figure"]) for v in verdicts], [("aarch64", status, neon / 100)])
            self.assertEqual(exit_status(report, verdicts), 0 if status == "pass" else 1)

    def test_a_workload_that_was_not_counted_is_missing(self):
        verdicts, report = self.judged({"w/scalar": 100})
        self.assertEqual([v["status"] for v in verdicts], ["missing"])
        self.assertEqual(exit_status(report, verdicts), 1)

    def test_without_emulator_it_is_missing(self):
        verdicts, report = self.judged({}, absent="no qemu")
        self.assertEqual([(v["status"], v["reason"]) for v in verdicts], [("missing", "no qemu")])
        self.assertEqual(exit_status(report, verdicts), 1)

    def test_a_report_without_it_lacks_the_row(self):
        _, report = self.judged({"w/scalar": 100, "w/neon": 30})
        report["configurations"].pop()
        self.assertEqual(exit_status(report, judge(report, a_spec_with_k8(A_BAR))), 1)

    def test_says_what_lacks(self):
        there = {emulated.COMPILER}
        with mock.patch.object(emulated.shutil, "which", lambda name: name in there):
            self.assertIn("no " + emulated.EMULATOR, emulated.why_absent())
            there.add(emulated.EMULATOR)
            self.assertIsNone(emulated.why_absent())

    def test_other_rows_are_judged_without_it(self):
        bar = a_bar("times_faster", 3)
        verdicts, _ = self.judged({"w/scalar": 100, "w/neon": 30}, bar, A_BAR)
        self.assertEqual([(v["configuration"], v["row"]) for v in verdicts], [("g++-native", "R1"), ("aarch64", "K8")])

    def lines(self, counts, *bars, **more):
        verdicts, report = self.judged(counts, *bars, **more)
        report["verdicts"] = verdicts
        return markdown(report, a_spec_with_k8(*bars or [A_BAR]), []).splitlines()

    def test_has_a_table_of_its_own(self):
        lines = self.lines({"w/scalar": 1000, "w/neon": 700, "x/scalar": 9, "x/neon": 3})
        at = lines.index("| row | workload | scalar (instructions) | neon (instructions) | ratio | bar | verdict |")
        self.assertEqual(lines[at + 2:at + 4], ["| K8.1 | w | 1,000 | 700 | 0.7× | ≤ 0.5× scalar | **short** |",
                                                "| K8 | x | 9 | 3 |  | none |  |"])
        self.assertIn("* aarch64: K8.1 K8/w/neon: 0.7× where ≤ 0.5× scalar is wanted: short", lines)
        self.assertIn("* **K8**: t; instructions per call.", lines)

    def test_report_md_says_why_nothing_was_counted(self):
        more = [dict(A_BAR, workloads=["w", "x"])]
        lines = self.lines({}, *more, absent="no qemu")
        self.assertIn("Nothing was counted, and K8 is not judged: no qemu.", lines)
        said = [line for line in lines if line.startswith("* aarch64:")]
        self.assertEqual(said, ["* aarch64: 2 bars are missing: no qemu"])
