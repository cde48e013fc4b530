# SPDX-License-Identifier: Apache-2.0
"""Measuring, with a program that answers as Google Benchmark does."""
import stat
import sys
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

from . import measure
from .commands import Failed
from .judge import judge
from .made_up import a_bar, a_spec
from .measure import groups_to_measure, measure_configuration
from .programs import Programs
from .progress import Progress

# A program that answers as Google Benchmark does. Its flags decide what it says.
MADE_UP_PROGRAM = """#!{python}
import json, os, re, sys
names = {names!r}
flags = dict(a.split("=", 1) for a in sys.argv[1:])
if "--benchmark_list_tests" in flags:
    print("\\n".join(names))
    sys.exit()
chosen = [n for n in names if re.search(flags["--benchmark_filter"], n)]
rounds = {rounds} or int(flags["--rounds"])
# One round in three is disturbed.
runs = [dict(name=n, run_name=n, run_type="iteration", repetition_index=0, bytes=1e9, min_time=float(flags["--benchmark_min_time"]),
             per_frame=(1 + len(n)) * (50e-9 if disturbed and i % 3 == 0 else 1e-9)) for i in range(rounds)
        for n, disturbed in zip(chosen, [{disturbed}] + [False] * len(chosen))]
print(json.dumps(dict(context={{"wspc kernel": os.environ.get("WSPC_KERNEL", "avx512")}}, benchmarks=runs)))
"""


class measuring(unittest.TestCase):
    def setUp(self):
        self.folder_ = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder_.cleanup)
        names = ["R1/w/blob", "R1/w/wspc", "R1/w/peer", "R2/w/wspc"]
        self.names = names
        self.write_program()
        self.spec = a_spec(a_bar("times_faster", 0.5), a_bar("at_most_times", 2, id="R2.1", row="R2",
                                                             subject="R2/{workload}/wspc", references=["R1/w/wspc"]))
        for row in self.spec["rows"].values():
            row["program"] = "wspc_bench_receive"
        self.report = {"schema": 1, "quick": False, "rows": ["R1", "R2"], "configurations": [],
                       "settings": {"repetitions": 9, "slices": 3, "min_time": 0.06, "attempts": 3}}

    def write_program(self, rounds=0, disturbed=False):
        """Gives so many results instead of those that it is asked for; the first contender is `disturbed`."""
        path = Path(self.folder_.name) / "wspc_bench_receive"
        path.write_text(MADE_UP_PROGRAM.format(python=sys.executable, names=self.names, rounds=rounds,
                                               disturbed=disturbed))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def programs(self, kernel=None):
        return Programs(Path(self.folder_.name), None, kernel, self.report["settings"])

    def configuration(self, **more):
        made = {"name": "g++-native", "compiler": "g++", "arch": "native", "forced": False, "kernel": "avx512",
                "kernels": ["avx512"], "groups": [], **more}
        self.report["configurations"].append(made)
        return made

    def measure(self, configuration, programs):
        progress = Progress()
        progress.say = lambda text: None
        measure_configuration(configuration, self.spec, programs, self.report, progress)

    def test_asks_which_kernel_is_active(self):
        self.assertEqual(self.programs().active_kernel(), "avx512")
        self.assertEqual(self.programs("avx2").active_kernel(), "avx2")

    def test_measures_a_row_together_with_its_references(self):
        planned = groups_to_measure(self.spec, self.configuration(), self.programs(), self.report)
        self.assertEqual([(group, names) for _, group, names in planned],
                         [("R1/w", ["R1/w/blob", "R1/w/wspc", "R1/w/peer"]), ("R2/w", ["R2/w/wspc", "R1/w/wspc"])])

    def test_a_repetition_is_the_median_of_its_slices(self):
        self.write_program(disturbed=True)
        names = self.names[:2]
        samples, failures = self.programs().measure("wspc_bench_receive", names)
        self.assertEqual(failures, {})
        for name in names:
            self.assertEqual(samples[name]["ns"], [1.0 + len(name)] * 9)
            self.assertEqual(samples[name]["counters"], {"bytes": [1e9] * 9, "min_time": [0.02] * 9})
        whole, _ = self.programs().measure("wspc_bench_receive", names, slices=1)
        self.assertEqual(max(whole[names[0]]["ns"]), 50 * (1 + len(names[0])))
        self.assertEqual(whole[names[0]]["counters"]["min_time"], [0.06] * 9)

    def test_a_row_may_be_measured_in_one_piece(self):
        self.write_program(disturbed=True)
        self.spec["rows"]["R2"]["slices"] = 1
        configuration = self.configuration()
        self.measure(configuration, self.programs())
        seen = [{n for s in g["attempts"][0]["samples"].values() for n in s["counters"]["min_time"]}
                for g in configuration["groups"]]
        self.assertEqual(seen, [{0.02}, {0.06}])

    def test_results_that_lack_are_a_failure(self):
        self.write_program(rounds=26)
        samples, failures = self.programs().measure("wspc_bench_receive", self.names[:1])
        self.assertEqual((samples, failures), ({}, {"R1/w/blob": "gave 26 results of 27"}))

    def test_measures_once_what_passes(self):
        configuration = self.configuration()
        self.measure(configuration, self.programs())
        self.assertEqual([len(g["attempts"]) for g in configuration["groups"]], [1, 1])
        self.assertEqual([v["status"] for v in judge(self.report, self.spec)], ["pass", "pass"])

    def test_measures_three_times_what_does_not(self):
        self.spec["bars"][0]["bar"] = 5
        configuration = self.configuration()
        self.measure(configuration, self.programs())
        self.assertEqual([len(g["attempts"]) for g in configuration["groups"]], [3, 1])
        self.assertEqual([v["status"] for v in judge(self.report, self.spec)], ["short", "pass"])

    def test_a_forced_kernel_is_measured_for_wspc_alone(self):
        configuration = self.configuration(forced=True, kernel="avx2")
        self.measure(configuration, self.programs("avx2"))
        names = [list(g["attempts"][0]["samples"]) for g in configuration["groups"]]
        self.assertEqual(names, [["R1/w/wspc"], ["R2/w/wspc"]])

    def forced(self, rows, *configurations):
        """(configuration, rows) of what measure_forced measures with the kernel avx2."""
        seen = []
        spec = {**self.spec, "rows": {row: self.spec["rows"]["R1"] for row in rows}}
        options = types.SimpleNamespace(kernels=["avx2"], arch=["x86-64-v3", "native"])
        report = dict(self.report, rows=rows, machine={"core": None}, configurations=[
            {"name": f"{compiler}-{arch}", "compiler": compiler, "arch": arch, "forced": False,
             "kernel": "avx512", "kernels": ["avx2", "avx512"], "groups": []}
            for compiler, arch in configurations])
        see = lambda made, spec, programs, report, progress: seen.append((made["name"], report["rows"]))
        with mock.patch.object(measure, "measure_configuration", see):
            measure.measure_forced(options, spec, report, Progress())
        forced = [c["name"] for c in report["configurations"] if c["forced"]]
        self.assertEqual(forced, [name for name, _ in seen])
        return seen

    def test_kernels_are_forced_for_every_compiler_and_the_first_architecture(self):
        four = [(compiler, arch) for compiler in ("g++", "clang++-19") for arch in ("x86-64-v3", "native")]
        self.assertEqual(self.forced(["R1"], *four),
                         [("g++-x86-64-v3-avx2", ["R1"]), ("clang++-19-x86-64-v3-avx2", ["R1"])])

    def test_kernels_are_forced_for_what_is_received_and_sent(self):
        rows = ["R1", "R12", "K1", "S1", "S2", "S3", "S4", "S5", "S8"]
        self.assertEqual(self.forced(rows, ("g++", "x86-64-v3")),
                         [("g++-x86-64-v3-avx2", ["R1", "R12", "S1", "S2", "S3"])])
        self.assertEqual(self.forced(["K1", "S4"], ("g++", "x86-64-v3")), [])

    def test_peers_at_o2_are_measured_once(self):
        self.spec["bars"][0]["bar"] = 5
        configuration = self.configuration(arch="O2")
        self.measure(configuration, self.programs())
        self.assertEqual([len(g["attempts"]) for g in configuration["groups"]], [1, 1])
        self.assertEqual(list(configuration["groups"][0]["attempts"][0]["samples"]), ["R1/w/blob", "R1/w/wspc", "R1/w/peer"])

    def test_a_forced_kernel_that_did_not_run_is_found(self):
        with self.assertRaises(Failed):
            self.measure(self.configuration(forced=True, kernel="scalar"), self.programs("avx2"))

    def test_a_program_that_was_not_built_measures_nothing(self):
        self.assertEqual(self.programs().names("wspc_bench_send"), {})
