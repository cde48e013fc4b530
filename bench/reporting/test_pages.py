# SPDX-License-Identifier: Apache-2.0
"""report.md, line by line."""
import unittest

from .judge import judge
from .made_up import WILD, a_bar, a_spec, a_whole_report, times
from .pages import markdown


class report_md(unittest.TestCase):
    def lines(self, report, *bars):
        spec = a_spec(*bars, limit="blob")
        report["verdicts"] = judge(report, spec)
        return markdown(report, spec, []).splitlines()

    two = (a_bar("times_faster", 2), a_bar("at_most_times", 3, id="R1.2", references=["R1/{workload}/blob"]))
    samples = {"blob": times(2), "wspc": times(8), "peer": times(12), "other": times(1234)}

    def test_has_a_column_for_each_peer(self):
        lines = self.lines(a_whole_report(self.samples), *self.two)
        at = lines.index("| row | workload | wspc (ns) | peer (ns) | other (ns) | limit (ns) | ratio | bar | verdict |")
        self.assertEqual(lines[at + 1], "|---|---|---:|---:|---:|---:|---:|---|---|")
        self.assertEqual(lines[at + 2], "| R1.1 | w | 8 | 12 | 1,234 | blob 2 | 1.5× | ≥ 2× peer | **short** |")

    def test_does_not_repeat_times(self):
        lines = self.lines(a_whole_report(self.samples), *self.two)
        self.assertIn("| R1.2 |  |  |  |  |  | 4× | ≤ 3× blob | **short** |", lines)

    def test_repeats_times_of_another_attempt(self):
        second = {"blob": times(2), "wspc": times(5), "peer": times(12), "other": times(1234)}
        lines = self.lines(a_whole_report(self.samples, second, self.samples), *self.two)
        self.assertIn("| R1.1 | w | 5 | 12 | 1,234 | blob 2 | 2.4× | ≥ 2× peer | pass |", lines)
        self.assertIn("| R1.2 |  |  |  |  |  | 2.5× | ≤ 3× blob | pass |", lines)
        second["blob"] = times(1)
        lines = self.lines(a_whole_report(self.samples, second, self.samples), *self.two)
        self.assertIn("| R1.2 | w | 8 | 12 | 1,234 | blob 2 | 4× | ≤ 3× blob | **short** |", lines)

    def test_tells_of_bars_that_are_met_after_an_attempt_that_fell_short(self):
        head = "## Bars that are met after an attempt that fell short steadily"
        met = {**self.samples, "wspc": times(5)}
        lines = self.lines(a_whole_report(self.samples, met), *self.two)
        told = lines[lines.index(head):]
        self.assertIn("* g++-native: R1.1 R1/w/wspc, ≥ 2× peer: 1.5×, short; 2.4×, pass", told)
        self.assertIn("* g++-native: R1.2 R1/w/wspc, ≤ 3× blob: 4×, short; 2.5×, pass", told)
        wild = {**self.samples, "wspc": times(*WILD)}
        for attempts in ((met,), (wild, met), (self.samples, self.samples)):
            self.assertNotIn(head, self.lines(a_whole_report(*attempts), *self.two), attempts)

    def test_tables_of_kernels_and_of_connections_show_the_attempt_that_was_judged(self):
        bars = (a_bar("times_faster", 2, id="K1.1", row="K1", subject="K1/{workload}/avx512",
                      references=["K1/{workload}/peer"]),
                a_bar("at_most", 9, id="S8.1", row="S8", workloads=["connections/1"], references=[],
                      counter="sizeof", subject="S8/{workload}/connection"))
        spec = a_spec(*bars)
        spec["rows"] |= {row: {"title": "t", "program": "p"} for row in ("K1", "S8")}
        report = a_whole_report({}, rows=["K1", "S8"])
        attempt = lambda samples: {"samples": samples, "failures": {}}
        attempts = [attempt({"K1/w/avx512": times(ns), "K1/w/avx2": times(7 * ns), "K1/w/peer": times(9)})
                    for ns in (1, 100)]
        idle = [attempt({"S8/connections/1/connection": times(ns, sizeof=[5] * 9)}) for ns in (3, 400)]
        report["configurations"][0]["groups"] = [{"group": "K1/w", "attempts": attempts},
                                                 {"group": "S8/connections/1", "attempts": idle}]
        report["verdicts"] = judge(report, spec)
        self.assertEqual([(v["status"], v["attempt"]) for v in report["verdicts"]], [("pass", 1)] * 2)
        lines = markdown(report, spec, []).splitlines()
        self.assertIn("| K1/w | 7 | 1 |", lines)
        self.assertIn("| 1 | 5 | – | – | 3 |", lines)

    def test_names_misses_first(self):
        lines = self.lines(a_whole_report(self.samples), *self.two)
        self.assertIn("* g++-native: R1.1 R1/w/wspc: 1.5× where ≥ 2× peer is wanted: short", lines)

    def test_gives_the_time_of_references_without_a_column(self):
        bar = a_bar("at_most_times", 3, references=["R2/x/wspc"])
        lines = self.lines(a_whole_report({"wspc": times(8), "R2/x/wspc": times(4)}), bar)
        self.assertIn("| R1.1 | w | 8 | – | 2× | ≤ 3× R2/x/wspc (4) | pass |", lines)

    def test_lists_what_has_no_bar(self):
        lines = self.lines(a_whole_report({"wspc": times(8)}))
        self.assertIn("| R1 | w | 8 | – |  | none |  |", lines)

    def test_prints_peers_at_o2_without_a_verdict(self):
        report = a_whole_report(self.samples)
        report["configurations"][0]["arch"] = "O2"
        lines = self.lines(report, *self.two)
        self.assertIn("## g++, peers at -O2", lines)
        self.assertIn("| R1.1 | w | 8 | 12 | 1,234 | blob 2 | 1.5× | ≥ 2× peer | not judged |", lines)
        self.assertIn("`bench/report`, D. Bars: no bar was judged; rows without a verdict: R1.", lines)
        self.assertIn("* R1: nothing that is judged was measured: missing", lines)

    def test_has_a_column_for_each_forced_kernel_where_it_was_measured(self):
        for row, other in (("R1", "R2"), ("S1", "S4")):
            spec = a_spec(a_bar("times_faster", 2, id=f"{row}.1", row=row, subject=row + "/{workload}/wspc",
                                references=[row + "/{workload}/peer"]))
            spec["rows"] = {name: {"title": "t", "program": "p"} for name in (row, other)}
            report = a_whole_report({"wspc": times(1), "peer": times(5)}, group=row + "/w", rows=[row, other])
            configuration = report["configurations"][0]
            forced = a_whole_report({"wspc": times(2)}, group=row + "/w", kernel="avx2")["configurations"][0]
            report["configurations"].append(dict(forced, name="g++-native-avx2", forced=True))
            attempt = {"samples": {f"{other}/w/wspc": times(4)}, "failures": {}}
            configuration["groups"].append({"group": other + "/w", "attempts": [attempt]})
            report["verdicts"] = judge(report, spec)
            lines = markdown(report, spec, []).splitlines()
            columns = ["row", "workload", "wspc (ns)", "wspc, avx2 (ns)", "peer (ns)", "limit (ns)", "ratio", "bar"]
            self.assertIn(f"| {' | '.join(columns)} | verdict |", lines)
            self.assertIn(f"| {row}.1 | w | 1 | 2 | 5 | – | 5× | ≥ 2× peer | pass |", lines)
            self.assertIn(f"| {other} | w | 4 | – | – | – |  | none |  |", lines)

    def test_says_what_rows_are(self):
        self.assertIn("* **R1**: t; ns per frame; limit: blob.", self.lines(a_whole_report(self.samples), *self.two))

    def test_shows_charts_of_the_configuration(self):
        report = a_whole_report(self.samples)
        report["verdicts"] = []
        text = markdown(report, a_spec(limit="blob"), [("g++-native", "charts/g++-native/a.svg", "A")])
        self.assertIn("![A](charts/g++-native/a.svg)", text)
