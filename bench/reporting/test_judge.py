# SPDX-License-Identifier: Apache-2.0
"""The judge, by made-up samples whose verdicts are known."""
import math
import unittest

from . import judge
from .made_up import WILD, a_bar, a_report, a_spec, times

# Quartiles 19 and 21 about a median of 20: a range of exactly 10 %.
AT_THE_BORDER = [18, 19, 19, 20, 20, 20, 21, 21, 22]
JUST_BELOW = [18, 19, 19.1, 20, 20, 20, 21, 21, 22]


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

    def test_what_is_subtracted_pairs_as_well(self):
        bar = a_bar("times_faster", 1.5, subtract="R1/w/copy")
        for copy in ([], [1.0], [1.0] * 8, [1.0] * 10):
            sample = {"unit": "frame", "ns": copy, "counters": {}}
            v = verdict_of(bar, {"wspc": times(5), "peer": times(8), "copy": sample})
            self.assertEqual((v["status"], v["reason"]), ("missing", "the samples do not pair"))

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

    def test_a_time_is_a_positive_number_or_missing(self):
        for wrong in (0, 0.0, -1, math.nan, math.inf, -math.inf, 10**400):
            one = times(*[1.0] * 8, wrong)
            for bar in (self.bar, a_bar("not_slower"), a_bar("times_faster", 0.1), a_bar("at_most_more", 5)):
                for samples in ({"wspc": one, "peer": times(1)}, {"wspc": times(1), "peer": one}):
                    v = verdict_of(bar, samples)
                    self.assertEqual((v["status"], "figure" in v), ("missing", False), (wrong, bar["kind"]))
                    self.assertRegex(v["reason"], "^R1/w/(wspc|peer): .* is no time$")
            self.assertEqual(status_of(a_bar("at_most", 5, references=[]), {"wspc": one}), "missing")

    def test_what_was_subtracted_is_a_time_as_well(self):
        bar = a_bar("times_faster", 1.5, subtract="R1/w/copy")
        for wrong in (0, math.nan, -math.inf):
            samples = {"wspc": times(5), "peer": times(8), "copy": times(*[1.0] * 8, wrong)}
            self.assertEqual(status_of(bar, samples), "missing")

    def test_what_two_references_share_is_counted_once(self):
        samples = {"wspc": times(14), "a": times(6), "b": times(5), "loop": times(2)}
        both = a_bar("at_most_more", 4, references=["R1/w/a", "R1/w/b"])
        self.assertEqual(status_of(both, samples), "pass")  # 14 of 6 + 5 + 4
        once = dict(both, shared="R1/w/loop")
        self.assertEqual(status_of(once, samples), "short")  # 14 of 6 + 5 - 2 + 4
        self.assertEqual(status_of(dict(once, bar=5), samples), "pass")
        self.assertEqual(status_of(once, {name: samples[name] for name in ("wspc", "a", "b")}), "missing")

    def test_a_counter_may_be_nothing_and_is_a_number(self):
        bar = a_bar("at_most", 384, counter="sizeof", references=[])
        for value, status in ((0, "pass"), (-1, "missing"), (math.nan, "missing"), (-math.inf, "missing")):
            self.assertEqual(status_of(bar, {"wspc": times(5, sizeof=[1] * 8 + [value])}), status)

    def test_a_ratio_to_nothing_is_missing(self):
        bar = a_bar("at_most_times", 0.5, counter="n", exact=True)
        self.assertEqual(status_of(bar, {"wspc": times(5, n=[0]), "peer": times(5, n=[4])}), "missing")
        self.assertEqual(status_of(bar, {"wspc": times(5, n=[1]), "peer": times(5, n=[0])}), "missing")

    def test_a_sum_beyond_all_numbers_is_missing(self):
        bar = a_bar("at_most_more", 5, references=["R1/w/a", "R1/w/b"])
        for much in (1e308, 10**308):
            too_much = times(*[much] * 9)
            self.assertEqual(status_of(bar, {"wspc": times(1), "a": too_much, "b": too_much}), "missing")


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
        self.assertEqual(status_of(bar, samples, compiler="clang++-19"), "short")

    def test_every_version_of_a_compiler_has_the_same_bar(self):
        bar = a_bar("at_most_times", {"clang++": 1.35, "g++": 1.45})
        samples = {"wspc": times(1.4), "peer": times(1)}
        for compiler in ("g++", "g++-12", "x86_64-linux-gnu-g++-12"):
            self.assertEqual(status_of(bar, samples, compiler=compiler), "pass", compiler)
        for compiler in ("clang++", "clang++-14", "clang++-19", "x86_64-w64-mingw32-clang++"):
            self.assertEqual(status_of(bar, samples, compiler=compiler), "short", compiler)
        self.assertEqual(status_of(bar, samples, compiler="icpx"), "not here")

    def test_what_could_not_be_measured_is_missing(self):
        report = a_report({"wspc": times(1), "peer": times(3)})
        report["configurations"][0]["absent"] = "no emulator"
        verdicts = judge.judge(report, a_spec(a_bar("times_faster", 2)))
        self.assertEqual([(v["status"], v["reason"]) for v in verdicts], [("missing", "no emulator")])

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

    def whole_status(self, report, *bars):
        return judge.exit_status(report, judge.judge(report, a_spec(*bars)))

    def test_each_row_that_was_asked_for_needs_a_verdict(self):
        good = {"wspc": times(1), "peer": times(3)}
        bar = a_bar("times_faster", 2)
        other = a_bar("times_faster", 2, id="R2.1", row="R2", subject="R2/{workload}/wspc")
        self.assertEqual(self.whole_status(a_report(good), bar), 0)
        self.assertEqual(self.whole_status(dict(a_report(good), configurations=[]), bar), 1)
        self.assertEqual(self.whole_status(dict(a_report(good), rows=[]), bar), 1)
        self.assertEqual(self.whole_status(dict(a_report(good), rows=["R2"]), bar), 1)
        self.assertEqual(self.whole_status(dict(a_report(good), rows=["R1", "R2"]), bar), 1)
        self.assertEqual(self.whole_status(dict(a_report(good), rows=["R1", "R2"]), bar, other), 1)
        other["target"] = True
        self.assertEqual(self.whole_status(dict(a_report(good), rows=["R1", "R2"]), bar, other), 1)

    def test_nobody_is_excused_by_what_is_not_judged(self):
        good = {"wspc": times(1), "peer": times(3)}
        for waived in ({"forced": True}, {"arch": "O2"}, {"emulated": True}, {"absent": "no machine"}):
            report = a_report(good)
            report["configurations"][0].update(waived)
            self.assertEqual(self.whole_status(report, a_bar("times_faster", 2)), 1, waived)

    def test_a_row_whose_bars_all_hold_elsewhere_was_not_judged(self):
        report = a_report({"wspc": times(1), "peer": times(3)}, compiler="icpx")
        bar = a_bar("at_most_times", {"g++": 1.45})
        self.assertEqual(self.whole_status(report, bar), 1)
        verdicts = judge.judge(report, a_spec(bar))
        self.assertEqual(judge.unjudged_rows(report, verdicts), {"R1": "no bar for icpx"})
        # One verdict is enough.
        self.assertEqual(self.whole_status(report, bar, a_bar("times_faster", 2, id="R1.2")), 0)

    def test_what_is_missing_is_said_once(self):
        report = a_report({})
        verdicts = judge.judge(report, a_spec(a_bar("times_faster", 2)))
        self.assertEqual([v["status"] for v in verdicts], ["missing"])
        self.assertEqual(judge.unjudged_rows(report, verdicts), {})

    def test_what_failed_once_is_not_forgotten(self):
        spec = a_spec(a_bar("times_faster", 2))
        samples = {"wspc": times(1), "peer": times(3)}
        report = a_report(samples, samples)
        self.assertEqual(judge.exit_status(report, judge.judge(report, spec)), 0)
        report["configurations"][0]["groups"][0]["attempts"][0]["failures"] = {"R1/w/wspc": "does not deliver"}
        self.assertEqual(judge.exit_status(report, judge.judge(report, spec)), 2)

    def test_a_target_that_is_missed_is_no_failure(self):
        samples = {"wspc": times(1), "peer": times(3)}
        self.assertEqual(self.status(a_bar("times_faster", 4, target=True), samples), 0)

    def test_a_failed_benchmark_weighs_more_than_a_bar(self):
        self.assertEqual(self.status(a_bar("times_faster", 2), {}, failures={"R1/w/peer": "fails"}), 2)
