#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of bench/report with made-up samples: its judge, how it reads Google Benchmark, and what it writes for people;
and of bars.json."""
import importlib.machinery
import importlib.util
import json
import shutil
import stat
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent


def load_report():
    loader = importlib.machinery.SourceFileLoader("bench_report", str(HERE / "report"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_report", loader))
    loader.exec_module(module)
    return module


judge = load_report()
SPEC = json.loads((HERE / "bars.json").read_text())

STEADY = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01, 0.99]
# Quartiles 19 and 21 about a median of 20: a range of exactly 10 %.
AT_THE_BORDER = [18, 19, 19, 20, 20, 20, 21, 21, 22]
JUST_BELOW = [18, 19, 19.1, 20, 20, 20, 21, 21, 22]
WILD = [1, 3, 1, 3, 1, 3, 2, 1, 3]


def times(*scales, **counters):
    """Samples of one benchmark: those that are given, or nine about the only one, which move with those of others."""
    ns = list(scales) if len(scales) > 1 else [scales[0] * s for s in STEADY]
    return {"unit": "frame", "ns": ns, "counters": counters}


def a_bar(kind, bar=None, **more):
    made = {"id": "R1.1", "row": "R1", "kind": kind, "workloads": ["w"], "source": "made up",
            "subject": "R1/{workload}/wspc", "references": ["R1/{workload}/peer"], **more}
    if bar is not None:
        made["bar"] = bar
    return made


def a_spec(*bars, **row):
    return {"kernels": ["scalar", "avx2", "avx512"], "not_judged": [], "bars": list(bars),
            "rows": {"R1": {"title": "t", "program": "p", **row}, "R2": {"title": "t", "program": "p"}}}


def a_report(*attempts, kernel="avx512", compiler="g++", group="R1/w", failures=None, **more):
    runs = [{"samples": {name if "/" in name else f"{group}/{name}": s for name, s in samples.items()},
             "failures": failures or {}} for samples in attempts]
    configuration = {"name": f"{compiler}-native", "compiler": compiler, "arch": "native", "forced": False,
                     "kernel": kernel, "kernels": ["scalar", "avx2", kernel],
                     "groups": [{"group": group, "program": "p", "attempts": runs}]}
    return {"schema": 1, "quick": False, "rows": ["R1"], "configurations": [configuration], **more}


def verdict_of(bar, *attempts, **more):
    verdicts = judge.judge(a_report(*attempts, **more), a_spec(bar))
    assert len(verdicts) == 1
    return verdicts[0]


def status_of(bar, *attempts, **more):
    return verdict_of(bar, *attempts, **more)["status"]


class times_faster(unittest.TestCase):
    def test_passes_at_the_bar(self):
        v = verdict_of(a_bar("times_faster", 4), {"wspc": times(2), "peer": times(8)})
        self.assertEqual(v["status"], "pass")
        self.assertAlmostEqual(v["figure"], 4)

    def test_falls_short_below_the_bar(self):
        self.assertEqual(status_of(a_bar("times_faster", 4.01), {"wspc": times(2), "peer": times(8)}), "short")

    def test_takes_the_fastest_of_several_peers(self):
        bar = a_bar("times_faster", 3, fastest_of=True, references=["R1/w/slow", "R1/w/fast"])
        self.assertEqual(status_of(bar, {"wspc": times(2), "slow": times(20), "fast": times(5)}), "short")
        self.assertEqual(status_of(bar, {"wspc": times(2), "slow": times(20), "fast": times(7)}), "pass")

    def test_subtracts_from_both(self):
        bar = a_bar("times_faster", 1.5, subtract="R1/w/copy")
        v = verdict_of(bar, {"wspc": times(5), "peer": times(8), "copy": times(1)})
        self.assertEqual((v["status"], round(v["figure"], 6)), ("pass", 1.75))

    def test_is_unstable_where_the_subtraction_leaves_nothing(self):
        bar = a_bar("times_faster", 1.5, subtract="R1/w/copy")
        self.assertEqual(status_of(bar, {"wspc": times(1), "peer": times(8), "copy": times(1)}), "unstable")


class at_most_times(unittest.TestCase):
    def test_passes_at_the_bar_and_falls_short_above_it(self):
        self.assertEqual(status_of(a_bar("at_most_times", 2), {"wspc": times(8), "peer": times(4)}), "pass")
        self.assertEqual(status_of(a_bar("at_most_times", 2), {"wspc": times(8.1), "peer": times(4)}), "short")

    def test_pairs_samples_by_their_repetition(self):
        # Both drift by a factor of four, together: no ratio moves.
        drift = [1, 1.5, 2, 2.5, 3, 3.5, 4, 2, 1]
        v = verdict_of(a_bar("at_most_times", 2), {"wspc": times(*(2 * d for d in drift)), "peer": times(*drift)})
        self.assertEqual((v["status"], v["spread"]), ("pass", 0))


class at_most_more(unittest.TestCase):
    def test_allows_the_sum_of_the_references_and_the_bar(self):
        bar = a_bar("at_most_more", 5, references=["R1/w/a", "R1/w/b"])
        v = verdict_of(bar, {"wspc": times(24), "a": times(10), "b": times(10)})
        self.assertEqual(v["status"], "pass")
        self.assertAlmostEqual(v["figure"], 4)
        self.assertEqual(status_of(bar, {"wspc": times(26), "a": times(10), "b": times(10)}), "short")

    def test_a_difference_about_zero_is_not_unstable(self):
        self.assertEqual(status_of(a_bar("at_most_more", 2), {
            "wspc": times(9.7, 9.8, 9.85, 9.9, 10, 10.05, 10.1, 10.2, 10.3), "peer": times(*[10] * 9)}), "pass")

    def test_less_than_the_references_passes(self):
        self.assertEqual(status_of(a_bar("at_most_more", 1), {"wspc": times(3), "peer": times(9)}), "pass")


class at_most(unittest.TestCase):
    bar = a_bar("at_most", 384, counter="sizeof", references=[])

    def test_judges_a_counter(self):
        self.assertEqual(status_of(self.bar, {"wspc": times(5, sizeof=[384] * 9)}), "pass")
        self.assertEqual(status_of(self.bar, {"wspc": times(5, sizeof=[385] * 9)}), "short")

    def test_a_counter_of_zeros_is_steady(self):
        self.assertEqual(status_of(self.bar, {"wspc": times(5, sizeof=[0] * 9)}), "pass")

    def test_a_counter_that_lacks_is_missing(self):
        self.assertEqual(status_of(self.bar, {"wspc": times(5)}), "missing")

    def test_judges_the_time_without_a_counter(self):
        self.assertEqual(status_of(a_bar("at_most", 5, references=[]), {"wspc": times(4)}), "pass")
        self.assertEqual(status_of(a_bar("at_most", 5, references=[]), {"wspc": times(6)}), "short")


class not_slower(unittest.TestCase):
    def ratios(self, *ratios):
        return {"wspc": times(*ratios), "peer": times(*[1] * 9)}

    def test_passes_where_the_interval_reaches_parity(self):
        # The median is above 1, the second sample is not.
        v = verdict_of(a_bar("not_slower"), self.ratios(0.99, 1.0, 1.01, 1.01, 1.02, 1.02, 1.03, 1.03, 1.04))
        self.assertEqual((v["status"], v["interval"]), ("pass", [1.0, 1.03]))

    def test_falls_short_where_one_sample_alone_reaches_it(self):
        self.assertEqual(status_of(a_bar("not_slower"), self.ratios(
            0.99, 1.001, 1.01, 1.01, 1.02, 1.02, 1.03, 1.03, 1.04)), "short")

    def test_passes_where_it_is_faster(self):
        self.assertEqual(status_of(a_bar("not_slower"), {"wspc": times(3), "peer": times(4)}), "pass")

    def test_a_wide_interval_is_unstable_though_it_reaches_parity(self):
        self.assertEqual(status_of(a_bar("not_slower"), self.ratios(*WILD)), "unstable")

    def test_the_interval_holds_the_median_in_95_of_100_cases(self):
        # Known of the sign test: of 9 the 2nd and 8th, of 15 the 4th and 12th, of 25 the 8th and 18th.
        for count, first in ((9, 2), (15, 4), (25, 8)):
            self.assertEqual(judge.median_interval(range(1, count + 1)), (first, count + 1 - first))


class spread_and_attempts(unittest.TestCase):
    bar = a_bar("at_most_times", 25)

    def test_a_range_of_a_tenth_is_unstable(self):
        self.assertEqual(status_of(self.bar, {"wspc": times(*AT_THE_BORDER), "peer": times(*[1] * 9)}), "unstable")

    def test_a_range_just_below_is_not(self):
        self.assertEqual(status_of(self.bar, {"wspc": times(*JUST_BELOW), "peer": times(*[1] * 9)}), "pass")

    def test_unstable_is_no_pass_even_where_all_ratios_are_met(self):
        self.assertEqual(status_of(self.bar, {"wspc": times(*WILD), "peer": times(*[1] * 9)}), "unstable")

    def test_the_first_attempt_that_passes_decides(self):
        wild = {"wspc": times(*WILD), "peer": times(*[1] * 9)}
        good = {"wspc": times(2), "peer": times(1)}
        v = verdict_of(self.bar, wild, good, wild)
        self.assertEqual((v["status"], v["attempt"]), ("pass", 2))

    def test_the_last_attempt_decides_where_none_passes(self):
        wild = {"wspc": times(*WILD), "peer": times(*[1] * 9)}
        short = {"wspc": times(30), "peer": times(1)}
        self.assertEqual(status_of(self.bar, wild, wild, short), "short")
        self.assertEqual(status_of(self.bar, short, short, wild), "unstable")

    def test_eight_pairs_are_too_few(self):
        eight = {"wspc": times(*[1.0] * 8), "peer": times(*[1.0] * 8)}
        self.assertEqual(status_of(self.bar, eight), "missing")

    def test_samples_that_do_not_pair_are_missing(self):
        self.assertEqual(status_of(self.bar, {"wspc": times(1), "peer": times(*[1.0] * 10)}), "missing")

    def test_a_time_of_zero_is_unstable(self):
        self.assertEqual(status_of(self.bar, {"wspc": times(1), "peer": times(*[0.0] * 9)}), "unstable")


class what_lacks_or_does_not_apply(unittest.TestCase):
    def test_a_peer_that_was_not_measured_is_missing(self):
        v = verdict_of(a_bar("times_faster", 2), {"wspc": times(1)})
        self.assertEqual(v["status"], "missing")
        self.assertIn("R1/w/peer", v["reason"])

    def test_a_group_that_was_not_measured_is_missing(self):
        self.assertEqual(status_of(a_bar("times_faster", 2), {}, group="R1/other"), "missing")

    def test_a_failure_is_the_reason(self):
        failures = {"R1/w/peer": "does not deliver the messages"}
        v = verdict_of(a_bar("times_faster", 2), {"wspc": times(1)}, failures=failures)
        self.assertEqual((v["status"], v["reason"]), ("missing", "does not deliver the messages"))

    def test_rows_that_were_not_asked_for_are_not_judged(self):
        report = a_report({}, rows=["R2"])
        self.assertEqual(judge.judge(report, a_spec(a_bar("times_faster", 2))), [])

    def test_a_bar_for_certain_active_kernels(self):
        bar = a_bar("times_faster", 2, when_active=["avx512"], subject="R1/{workload}/{kernel}")
        samples = {"avx512": times(1), "avx2": times(9), "peer": times(3)}
        self.assertEqual(status_of(bar, samples), "pass")
        self.assertEqual(status_of(bar, samples, kernel="avx2"), "not here")

    def test_a_bar_for_a_kernel_that_is_not_active(self):
        bar = a_bar("times_faster", 2, kernel="avx2", subject="R1/{workload}/{kernel}")
        self.assertEqual(status_of(bar, {"avx512": times(1), "avx2": times(9), "peer": times(3)}), "short")
        self.assertEqual(status_of(bar, {"avx512": times(9), "avx2": times(1), "peer": times(3)}), "pass")

    def test_a_kernel_that_the_machine_lacks_is_not_missing(self):
        bar = a_bar("times_faster", 2, kernel="neon", subject="R1/{workload}/{kernel}")
        self.assertEqual(status_of(bar, {"peer": times(3)}), "not here")

    def test_a_bar_may_differ_between_compilers(self):
        bar = a_bar("at_most_times", {"clang++-19": 1.35, "g++": 1.45})
        samples = {"wspc": times(1.4), "peer": times(1)}
        self.assertEqual(status_of(bar, samples, compiler="g++"), "pass")
        self.assertEqual(status_of(bar, samples, compiler="g++-12"), "pass")
        self.assertEqual(status_of(bar, samples, compiler="clang++-19"), "short")
        self.assertEqual(status_of(bar, samples, compiler="clang++-14"), "not here")

    def test_forced_kernels_are_not_judged(self):
        report = a_report({"wspc": times(1), "peer": times(3)})
        report["configurations"][0]["forced"] = True
        self.assertEqual(judge.judge(report, a_spec(a_bar("times_faster", 2))), [])

    def test_peers_at_o2_are_not_judged(self):
        report = a_report({"wspc": times(1), "peer": times(1)})
        report["configurations"][0]["arch"] = "O2"
        self.assertEqual(judge.judge(report, a_spec(a_bar("times_faster", 2))), [])

    def test_quick_leaves_workloads_out(self):
        spec = a_spec(a_bar("times_faster", 2), quick_workloads=["other"])
        self.assertEqual(judge.judge(a_report({}, quick=True), spec), [])
        self.assertEqual(len(judge.judge(a_report({}, quick=False), spec)), 1)


class exit_status(unittest.TestCase):
    def status(self, bar, samples, **more):
        report = a_report(samples, **more)
        return judge.exit_status(report, judge.judge(report, a_spec(bar)))

    def test_follows_the_verdicts(self):
        good = {"wspc": times(1), "peer": times(3)}
        self.assertEqual(self.status(a_bar("times_faster", 2), good), 0)
        self.assertEqual(self.status(a_bar("times_faster", 4), good), 1)
        self.assertEqual(self.status(a_bar("times_faster", 2), {}), 1)
        self.assertEqual(self.status(a_bar("times_faster", 2), {"wspc": times(*WILD), "peer": times(9)}), 1)

    def test_a_target_that_is_missed_is_no_failure(self):
        samples = {"wspc": times(1), "peer": times(3)}
        self.assertEqual(self.status(a_bar("times_faster", 4, target=True), samples), 0)

    def test_a_failed_benchmark_weighs_more_than_a_bar(self):
        self.assertEqual(self.status(a_bar("times_faster", 2), {}, failures={"R1/w/peer": "fails"}), 2)


class verdicts_of_a_file(unittest.TestCase):
    def test_are_the_same_after_a_way_through_the_file(self):
        bars = [a_bar("times_faster", 2), a_bar("not_slower"), a_bar("at_most_more", 1.5, id="R1.3")]
        report = a_report({"wspc": times(1.1), "peer": times(2.9)})
        before = judge.judge(report, a_spec(*bars))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.json"
            judge.write_json(dict(report, verdicts=before), path)
            read = json.loads(path.read_text())
        self.assertEqual(judge.judge(read, a_spec(*bars)), read["verdicts"])
        self.assertEqual(read["verdicts"], before)
        self.assertEqual(read["configurations"], report["configurations"])


class google_benchmark(unittest.TestCase):
    def run_of(self, name, repetition, **more):
        return {"name": name, "run_name": name, "run_type": "iteration", "repetition_index": repetition,
                "family_index": 0, "per_family_instance_index": 0, "iterations": 7, "real_time": 1.0, "cpu_time": 1.0,
                "time_unit": "ns", **more}

    def test_orders_samples_by_repetition_in_ns(self):
        runs = [self.run_of("R1/w/wspc", 1, per_frame=2e-9, bytes=5.0), self.run_of("R1/w/wspc", 0, per_frame=1e-9, bytes=4.0),
                {"name": "R1/w/wspc_mean", "run_name": "R1/w/wspc", "run_type": "aggregate", "per_frame": 9.0}]
        samples, failures = judge.read_runs({"benchmarks": runs})
        self.assertEqual(samples, {"R1/w/wspc": {"unit": "frame", "ns": [1.0, 2.0], "counters": {"bytes": [4.0, 5.0]}}})
        self.assertEqual(failures, {})

    def test_an_error_leaves_no_samples(self):
        runs = [self.run_of("R1/w/wspc", 0, per_frame=1e-9),
                self.run_of("R1/w/wspc", 1, error_occurred=True, error_message="does not deliver")]
        self.assertEqual(judge.read_runs({"benchmarks": runs}), ({}, {"R1/w/wspc": "does not deliver"}))

    def test_a_benchmark_without_its_counter_failed(self):
        samples, failures = judge.read_runs({"benchmarks": [self.run_of("R1/w/wspc", 0)]})
        self.assertEqual((samples, list(failures)), ({}, ["R1/w/wspc"]))

    def test_settings_are_no_part_of_a_name(self):
        self.assertEqual(judge.plain_name("S8/connections/1/connection/iterations:1/manual_time"), "S8/connections/1/connection")
        self.assertEqual(judge.plain_name("R1/binary/0..125/wspc"), "R1/binary/0..125/wspc")

    def test_the_filter_matches_the_names_alone(self):
        import re
        wanted = judge.exactly(["R1/binary/0..125/wspc", "S6/send/websocket.h"])
        self.assertTrue(re.search(wanted, "R1/binary/0..125/wspc"))
        for other in ("R1/binary/0..125/wspc_copy", "R1/binary/0xx125/wspc", "S6/send/websocket_h", "XR1/binary/0..125/wspc"):
            self.assertFalse(re.search(wanted, other), other)


# A program that answers as Google Benchmark does. Its flags decide what it says.
MADE_UP_PROGRAM = """#!{python}
import json, os, re, sys
names = {names!r}
flags = dict(a.split("=", 1) for a in sys.argv[1:])
if "--benchmark_list_tests" in flags:
    print("\\n".join(names))
    sys.exit()
chosen = [n for n in names if re.search(flags["--benchmark_filter"], n)]
runs = [dict(name=n, run_name=n, run_type="iteration", repetition_index=i, per_frame=(1 + len(n)) * 1e-9, bytes=1e9)
        for n in chosen for i in range(int(flags["--benchmark_repetitions"]))]
print(json.dumps(dict(context={{"wspc kernel": os.environ.get("WSPC_KERNEL", "avx512")}}, benchmarks=runs)))
"""


class measuring(unittest.TestCase):
    def setUp(self):
        self.folder_ = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder_.cleanup)
        names = ["R1/w/blob", "R1/w/wspc", "R1/w/peer", "R2/w/wspc"]
        path = Path(self.folder_.name) / "wspc_bench_receive"
        path.write_text(MADE_UP_PROGRAM.format(python=sys.executable, names=names))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self.spec = a_spec(a_bar("times_faster", 0.5), a_bar("at_most_times", 2, id="R2.1", row="R2",
                                                             subject="R2/{workload}/wspc", references=["R1/w/wspc"]))
        for row in self.spec["rows"].values():
            row["program"] = "wspc_bench_receive"
        self.report = {"schema": 1, "quick": False, "rows": ["R1", "R2"], "configurations": [],
                       "settings": {"repetitions": 9, "min_time": 0.01, "attempts": 3}}

    def programs(self, kernel=None):
        return judge.Programs(Path(self.folder_.name), None, kernel, self.report["settings"])

    def configuration(self, **more):
        made = {"name": "g++-native", "compiler": "g++", "arch": "native", "forced": False, "kernel": "avx512",
                "kernels": ["avx512"], "groups": [], **more}
        self.report["configurations"].append(made)
        return made

    def measure(self, configuration, programs):
        progress = judge.Progress()
        progress.say = lambda text: None
        judge.measure_configuration(configuration, self.spec, programs, self.report, progress)

    def test_asks_which_kernel_is_active(self):
        self.assertEqual(self.programs().active_kernel(), "avx512")
        self.assertEqual(self.programs("avx2").active_kernel(), "avx2")

    def test_measures_a_row_together_with_its_references(self):
        planned = judge.groups_to_measure(self.spec, self.configuration(), self.programs(), self.report)
        self.assertEqual([(group, names) for _, group, names in planned],
                         [("R1/w", ["R1/w/blob", "R1/w/wspc", "R1/w/peer"]), ("R2/w", ["R2/w/wspc", "R1/w/wspc"])])

    def test_measures_once_what_passes(self):
        configuration = self.configuration()
        self.measure(configuration, self.programs())
        self.assertEqual([len(g["attempts"]) for g in configuration["groups"]], [1, 1])
        self.assertEqual([v["status"] for v in judge.judge(self.report, self.spec)], ["pass", "pass"])

    def test_measures_three_times_what_does_not(self):
        self.spec["bars"][0]["bar"] = 5
        configuration = self.configuration()
        self.measure(configuration, self.programs())
        self.assertEqual([len(g["attempts"]) for g in configuration["groups"]], [3, 1])
        self.assertEqual([v["status"] for v in judge.judge(self.report, self.spec)], ["short", "pass"])

    def test_a_forced_kernel_is_measured_for_wspc_alone(self):
        configuration = self.configuration(forced=True, kernel="avx2")
        self.measure(configuration, self.programs("avx2"))
        names = [list(g["attempts"][0]["samples"]) for g in configuration["groups"]]
        self.assertEqual(names, [["R1/w/wspc"], ["R2/w/wspc"]])

    def test_peers_at_o2_are_measured_once(self):
        self.spec["bars"][0]["bar"] = 5
        configuration = self.configuration(arch="O2")
        self.measure(configuration, self.programs())
        self.assertEqual([len(g["attempts"]) for g in configuration["groups"]], [1, 1])
        self.assertEqual(list(configuration["groups"][0]["attempts"][0]["samples"]), ["R1/w/blob", "R1/w/wspc", "R1/w/peer"])

    def test_a_forced_kernel_that_did_not_run_is_found(self):
        with self.assertRaises(judge.Failed):
            self.measure(self.configuration(forced=True, kernel="scalar"), self.programs("avx2"))

    def test_a_program_that_was_not_built_measures_nothing(self):
        self.assertEqual(self.programs().names("wspc_bench_send"), {})


class the_machine(unittest.TestCase):
    def test_knows_a_zen_4(self):
        amd = {"vendor_id": "AuthenticAMD", "cpu family": "25"}
        self.assertTrue(judge.is_zen4(dict(amd, model="17")))    # Genoa
        self.assertTrue(judge.is_zen4(dict(amd, model="97")))    # Raphael
        self.assertFalse(judge.is_zen4(dict(amd, model="1")))    # Milan, Zen 3
        self.assertFalse(judge.is_zen4({"vendor_id": "AuthenticAMD", "cpu family": "26", "model": "2"}))
        self.assertFalse(judge.is_zen4({"vendor_id": "GenuineIntel", "cpu family": "25", "model": "17"}))
        self.assertFalse(judge.is_zen4({}))


class charts(unittest.TestCase):
    def report(self, **groups):
        """A configuration whose groups are those given: GB/s by contender of each."""
        measured = []
        for group, speeds in groups.items():
            samples = {f"{group}/{who}": times(1, bytes=[speed * 1e9 * s for s in STEADY]) for who, speed in speeds.items()}
            samples["R9/elsewhere/0/wspc"] = times(1, bytes=[1e9] * 9)  # a reference from another group
            measured.append({"group": group, "program": "p", "attempts": [{"samples": {}, "failures": {}},
                                                                          {"samples": samples, "failures": {}}]})
        report = a_report({})
        report["configurations"][0]["groups"] = measured
        return report

    def receive(self):
        return self.report(**{"R4/binary/1KiB": {"blob": 40, "wspc": 30, "beast": 8}, "R3/binary/0": {"wspc": 1},
                              "R1/binary/0..125": {"blob": 30, "wspc": 12.5}, "R2/ascii/0..125": {"wspc": 11}})

    def test_sizes(self):
        sizes = [judge.payload_size(s) for s in ("0", "0..125", "1KiB", "1MiB", "chunks")]
        self.assertEqual(sizes, [0, 62.5, 1024, 1048576, None])

    def test_ticks_enclose_the_values(self):
        self.assertEqual(judge.ticks(0.3, 7), [0.2, 0.5, 1, 2, 5, 10])
        self.assertEqual(judge.ticks(1, 10), [1, 2, 5, 10])
        self.assertEqual(judge.ticks(100, 100), [100, 200])
        self.assertEqual(judge.ticks(1000, 1001), [1000, 2000])

    def test_series_are_ordered_by_size_and_leave_out_what_has_none(self):
        configuration = self.receive()["configurations"][0]
        labels, series = judge.chart_series(configuration, ("R1/binary", "R3/binary", "R4/binary"))
        self.assertEqual(labels, {"0..125": 62.5, "1KiB": 1024})
        self.assertEqual(series, {"wspc": [(62.5, 12.5), (1024, 30)], "beast": [(1024, 8)], "blob": [(62.5, 30), (1024, 40)]})
        self.assertEqual(list(series), ["wspc", "beast", "blob"])

    def test_the_script_has_the_data_and_names_units(self):
        ((configuration, name, title, script),) = judge.charts_of(self.receive())  # R2 by itself makes no line
        self.assertEqual((configuration, name), ("g++-native", "receive-binary.svg"))
        self.assertEqual(title, "Receiving binary frames (g++, peers for native)")
        self.assertIn("$series0 << END\n62.5 12.5\n1024 30\nEND\n", script)
        self.assertIn("$series1 << END\n1024 8\nEND\n", script)
        for line in ("set title 'Receiving binary frames (g++, peers for native)' noenhanced font ',15'", "set logscale x 2",
                     "set xlabel 'payload of each frame (bytes; logarithmic)' noenhanced",
                     "set ylabel 'throughput (GB/s; logarithmic)' noenhanced",
                     "set xtics nomirror ('0..125' 62.5, '1KiB' 1024)", "set yrange [5:50]"):
            self.assertIn(line + "\n", script)
        self.assertRegex(script, "terminal svg size .* background '#ffffff'")
        self.assertEqual([script.count(f"title '{who}'") for who in ("wspc", "beast", "blob", "wslay")], [1, 1, 1, 0])

    def test_the_active_kernel_stands_out(self):
        ((_, _, _, script),) = judge.charts_of(self.report(**{"K1/mask/1KiB": {"avx2": 30, "avx512": 31},
                                                              "K1/mask/4KiB": {"avx2": 30, "avx512": 31}}))
        self.assertRegex(script, r"linewidth 3 .*title 'avx512'")
        self.assertRegex(script, r"linewidth 1.5 .*title 'avx2'")

    def test_the_same_report_gives_the_same_scripts(self):
        report = self.receive()
        read = json.loads(json.dumps(report))
        for group in read["configurations"][0]["groups"]:  # Google Benchmark's order is that of chance
            attempt = group["attempts"][-1]
            attempt["samples"] = dict(reversed(attempt["samples"].items()))
        self.assertEqual(judge.charts_of(read), judge.charts_of(report))

    def test_contenders_of_one_chart_differ_in_colour_and_in_shape(self):
        kernels = ["avx512_vbmi", "avx512", "avx2", "sse4_2", "scalar"]
        for together in (["wspc", "wspc_copy", "wspc_direct", "beast", "wslay", "websocketpp", "blob"],
                         [*kernels, "beast", "bufferutil", "memcpy"], [*kernels, "is_utf8"], [*kernels, "beast_is_utf8"],
                         [*kernels, "bufferutil_is_utf8"], ["neon", "scalar", "beast", "bufferutil", "memcpy"]):
            shapes = [judge.STYLES[who][1] for who in together]
            self.assertEqual(len(set(shapes)), len(together), together)
            colours = [judge.STYLES[who][0] for who in together if who != "wspc_copy"]  # wspc's own colour
            self.assertEqual(len(set(colours)), len(colours), together)

    def test_nothing_in_a_name_is_special_to_gnuplot(self):
        self.assertEqual(judge.quoted("it's\n!x"), "'it''s !x'")

    def test_without_gnuplot_says_which_package_has_it(self):
        with mock.patch.object(judge.shutil, "which", return_value=None):
            with self.assertRaisesRegex(judge.Failed, "gnuplot-nox"):
                judge.need_gnuplot()

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_gnuplot_draws_the_same_twice(self):
        ((_, _, _, script),) = judge.charts_of(self.receive())
        first = judge.draw(script)
        self.assertEqual(judge.draw(script), first)
        for text in ("Receiving binary frames", "0..125", "GB/s", "wspc", "beast", "blob"):
            self.assertIn(text, first)

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_a_script_that_gnuplot_rejects_fails(self):
        with self.assertRaisesRegex(judge.Failed, "gnuplot drew no chart"):
            judge.draw("plot nonsense(\n")


class report_md(unittest.TestCase):
    def report(self, *attempts, **more):
        report = a_report(*attempts, date="D", versions={}, settings={"repetitions": 9, "min_time": 0.05, "attempts": 3},
                          machine={"cpu": {"model": "M", "family": "25", "number": "17", "zen4": True}, "system": "S",
                                   "core": 3, "pinning": ""}, **more)
        report["configurations"][0]["flags"] = {"wspc": "-O3", "peers": "-O3 -march=native"}
        return report

    def lines(self, report, *bars):
        spec = a_spec(*bars, limit="blob")
        report["verdicts"] = judge.judge(report, spec)
        return judge.markdown(report, spec, []).splitlines()

    two = (a_bar("times_faster", 2), a_bar("at_most_times", 3, id="R1.2", references=["R1/{workload}/blob"]))
    samples = {"blob": times(2), "wspc": times(8), "peer": times(12), "other": times(1234)}

    def test_has_a_column_for_each_peer(self):
        lines = self.lines(self.report(self.samples), *self.two)
        at = lines.index("| row | workload | wspc (ns) | peer (ns) | other (ns) | limit (ns) | ratio | bar | verdict |")
        self.assertEqual(lines[at + 1], "|---|---|---:|---:|---:|---:|---:|---|---|")
        self.assertEqual(lines[at + 2], "| R1.1 | w | 8 | 12 | 1,234 | blob 2 | 1.5× | ≥ 2× peer | **short** |")

    def test_does_not_repeat_times(self):
        lines = self.lines(self.report(self.samples), *self.two)
        self.assertIn("| R1.2 |  |  |  |  |  | 4× | ≤ 3× blob | **short** |", lines)

    def test_repeats_times_of_another_attempt(self):
        second = {"blob": times(2), "wspc": times(5), "peer": times(12), "other": times(1234)}
        lines = self.lines(self.report(self.samples, second, self.samples), *self.two)
        self.assertIn("| R1.1 | w | 5 | 12 | 1,234 | blob 2 | 2.4× | ≥ 2× peer | pass |", lines)
        self.assertIn("| R1.2 |  |  |  |  |  | 2.5× | ≤ 3× blob | pass |", lines)
        second["blob"] = times(1)
        lines = self.lines(self.report(self.samples, second, self.samples), *self.two)
        self.assertIn("| R1.2 | w | 8 | 12 | 1,234 | blob 2 | 4× | ≤ 3× blob | **short** |", lines)

    def test_names_misses_first(self):
        lines = self.lines(self.report(self.samples), *self.two)
        self.assertIn("* g++-native: R1.1 R1/w/wspc: 1.5× where ≥ 2× peer is wanted: short", lines)

    def test_gives_the_time_of_references_without_a_column(self):
        bar = a_bar("at_most_times", 3, references=["R2/x/wspc"])
        lines = self.lines(self.report({"wspc": times(8), "R2/x/wspc": times(4)}), bar)
        self.assertIn("| R1.1 | w | 8 | – | 2× | ≤ 3× R2/x/wspc (4) | pass |", lines)

    def test_lists_what_has_no_bar(self):
        lines = self.lines(self.report({"wspc": times(8)}))
        self.assertIn("| R1 | w | 8 | – |  | none |  |", lines)

    def test_prints_peers_at_o2_without_a_verdict(self):
        report = self.report(self.samples)
        report["configurations"][0]["arch"] = "O2"
        lines = self.lines(report, *self.two)
        self.assertIn("## g++, peers at -O2", lines)
        self.assertIn("| R1.1 | w | 8 | 12 | 1,234 | blob 2 | 1.5× | ≥ 2× peer | not judged |", lines)
        self.assertIn("`bench/report`, D. Bars: no bar was judged.", lines)

    def test_says_what_rows_are(self):
        self.assertIn("* **R1**: t; ns per frame; limit: blob.", self.lines(self.report(self.samples), *self.two))

    def test_shows_charts_of_the_configuration(self):
        report = self.report(self.samples)
        report["verdicts"] = []
        text = judge.markdown(report, a_spec(limit="blob"), [("g++-native", "charts/g++-native/a.svg", "A")])
        self.assertIn("![A](charts/g++-native/a.svg)", text)

    def test_is_written_again_from_the_file(self):
        real = dict(self.report({}), rows=["R1"])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.json"
            judge.write_json(real, path)
            with mock.patch("builtins.print"):
                self.assertEqual(judge.main(["--charts", str(path), "--no-charts"]), 0)
            self.assertTrue((Path(folder) / "report.md").read_text().startswith("# What was measured\n"))


class command_line(unittest.TestCase):
    def test_o2_stands_for_its_flag(self):
        self.assertEqual([judge.peer_flags(arch) for arch in ("O2", "native")], ["-O2", "-march=native"])
        self.assertEqual(judge.options_from(["--arch", "O2"], SPEC).arch, ["O2"])

    def test_rows_are_in_the_order_of_bars_json(self):
        self.assertEqual(judge.options_from(["--rows", "s3,R11,R2"], SPEC).rows, ["R2", "R11", "S3"])

    def test_draws_again_beside_the_file(self):
        self.assertEqual(judge.options_from(["--charts", "a/report.json"], SPEC).out, Path("a"))
        self.assertEqual(judge.options_from(["--charts", "a/report.json", "--out", "b"], SPEC).out, Path("b"))


class bars_json(unittest.TestCase):
    keys = {"id", "row", "kind", "bar", "workloads", "subject", "references", "source", "target", "when_active", "kernel",
            "fastest_of", "subtract", "counter", "unit"}

    def test_has_the_schema_that_the_judge_knows(self):
        self.assertEqual(SPEC["schema"], judge.SCHEMA)

    def test_covers_the_rows(self):
        wanted = [f"R{i}" for i in range(1, 13)] + [f"K{i}" for i in range(1, 8)] + [f"S{i}" for i in (1, 2, 3, 4, 5, 6, 8)]
        self.assertEqual(list(SPEC["rows"]), wanted)
        self.assertEqual({bar["row"] for bar in SPEC["bars"]}, set(wanted))

    def test_numbers_each_bar_within_its_row(self):
        seen = {}
        for bar in SPEC["bars"]:
            seen[bar["row"]] = seen.get(bar["row"], 0) + 1
            self.assertEqual(bar["id"], f"{bar['row']}.{seen[bar['row']]}")

    def test_each_bar_is_well_formed(self):
        for bar in SPEC["bars"]:
            with self.subTest(bar["id"]):
                self.assertLessEqual(set(bar), self.keys)
                self.assertIn(bar["kind"], judge.KINDS)
                self.assertTrue(bar["source"])
                self.assertTrue(bar["workloads"])
                self.assertEqual(len(set(bar["workloads"])), len(bar["workloads"]))
                self.assertEqual("bar" in bar, bar["kind"] != "not_slower")
                figures = bar["bar"].values() if isinstance(bar.get("bar"), dict) else [bar.get("bar", 1)]
                self.assertTrue(all(figure > 0 for figure in figures))
                self.assertIn("{workload}", bar["subject"])
                self.assertEqual(judge.row_of(bar["subject"]), bar["row"])
                self.assertLessEqual(set(bar.get("when_active", [])), set(SPEC["kernels"]))
                self.assertIn(bar.get("kernel", "avx2"), SPEC["kernels"])
                count = len(bar["references"])
                several = bar["kind"] == "at_most_more" or bar.get("fastest_of")
                self.assertTrue(count == 0 if bar["kind"] == "at_most" else count >= 1 if several else count == 1)

    def test_what_a_bar_compares_is_in_one_program(self):
        for bar in SPEC["bars"]:
            programs = {SPEC["rows"][judge.row_of(name)]["program"] for name in judge.names_of(bar)}
            self.assertEqual(len(programs), 1, bar["id"])

    def test_judges_a_complete_report(self):
        # Every benchmark that a bar names, wspc twenty times as fast as the peers and as fast as the limits.
        for kernel in ("avx512_vbmi", "avx2"):
            groups = {}
            for bar in judge.expand_bars(SPEC, kernel):
                samples = groups.setdefault(judge.group_of(bar["subject"]), {})
                for name in judge.names_of(bar):
                    samples[name] = times(10, sizeof=[100] * 9, retained=[100] * 9)
            for samples in groups.values():
                for name in samples:
                    if "beast" in name or "bufferutil" in name or "is_utf8" in name or "wslay" in name:
                        samples[name] = times(200)
                    elif name.endswith("/copy"):
                        samples[name] = times(6)
            report = a_report({}, kernel=kernel, rows=list(SPEC["rows"]))
            report["configurations"][0]["groups"] = [
                {"group": g, "program": "p", "attempts": [{"samples": s, "failures": {}}]} for g, s in groups.items()]
            verdicts = judge.judge(report, SPEC)
            not_here = 4 if kernel == "avx2" else 0
            self.assertEqual([v for v in verdicts if v["status"] not in ("pass", "not here")], [])
            self.assertEqual(sum(v["status"] == "not here" for v in verdicts), not_here)
            self.assertEqual(judge.exit_status(report, verdicts), 0)


if __name__ == "__main__":
    unittest.main()
