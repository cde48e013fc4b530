# SPDX-License-Identifier: Apache-2.0
"""bars.json: that each bar is well-formed, and that together they cover what is claimed."""
import unittest

from .bars import KINDS, bar_for_compiler, expand_bars, group_of, is_emulated, names_of, read_bars, row_of
from .judge import exit_status, judge
from .made_up import a_report, times
from .report_json import SCHEMA

SPEC = read_bars()


class bars_json(unittest.TestCase):
    keys = {"id", "row", "kind", "bar", "workloads", "subject", "references", "source", "target", "when_active", "kernel",
            "fastest_of", "subtract", "shared", "counter", "unit", "exact"}

    def test_has_the_schema_that_the_judge_knows(self):
        self.assertEqual(SPEC["schema"], SCHEMA)

    def test_covers_the_rows(self):
        wanted = [f"R{i}" for i in range(1, 13)] + [f"K{i}" for i in range(1, 9)] + [f"S{i}" for i in (1, 2, 3, 4, 5, 6, 8)]
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
                self.assertIn(bar["kind"], KINDS)
                self.assertTrue(bar["source"])
                self.assertTrue(bar["workloads"])
                self.assertEqual(len(set(bar["workloads"])), len(bar["workloads"]))
                self.assertEqual("bar" in bar, bar["kind"] != "not_slower")
                figures = bar["bar"].values() if isinstance(bar.get("bar"), dict) else [bar.get("bar", 1)]
                self.assertTrue(all(figure > 0 for figure in figures))
                self.assertIn("{workload}", bar["subject"])
                self.assertEqual(row_of(bar["subject"]), bar["row"])
                self.assertLessEqual(set(bar.get("when_active", [])), set(SPEC["kernels"]))
                self.assertIn(bar.get("kernel", "avx2"), SPEC["kernels"])
                count = len(bar["references"])
                several = bar["kind"] == "at_most_more" or bar.get("fastest_of")
                self.assertTrue(count == 0 if bar["kind"] == "at_most" else count >= 1 if several else count == 1)

    def test_what_a_bar_compares_is_in_one_program(self):
        for bar in SPEC["bars"]:
            programs = {SPEC["rows"][row_of(name)]["program"] for name in names_of(bar)}
            self.assertEqual(len(programs), 1, bar["id"])

    def test_every_compiler_that_is_g_or_clang_has_a_figure(self):
        for bar in SPEC["bars"]:
            for compiler in ("g++", "g++-13", "clang++", "clang++-14", "clang++-19", "aarch64-linux-gnu-g++"):
                self.assertIsNotNone(bar_for_compiler(bar, compiler), (bar["id"], compiler))

    def test_judges_a_complete_report(self):
        # Every benchmark that a bar names, wspc twenty times as fast as the peers and as fast as the limits.
        for kernel in ("avx512_vbmi", "avx2"):
            groups = {}
            for bar in expand_bars(SPEC, kernel):
                samples = groups.setdefault(group_of(bar["subject"]), {})
                for name in names_of(bar):
                    samples[name] = times(10, sizeof=[100] * 9, retained=[100] * 9, instructions=[1])
            for samples in groups.values():
                for name in samples:
                    if "beast" in name or "bufferutil" in name or "is_utf8" in name or "wslay" in name:
                        samples[name] = times(200)
                    elif name.startswith("K8/") and name.endswith("/scalar"):
                        samples[name] = times(10, instructions=[4])
                    elif name.endswith("/copy"):
                        samples[name] = times(6)
            report = a_report({}, kernel=kernel, rows=list(SPEC["rows"]))
            (timed,) = report["configurations"]
            report["configurations"].append(dict(timed, name="aarch64", kernel="neon", emulated=True))
            for configuration in report["configurations"]:
                configuration["groups"] = [
                    {"group": g, "program": "p", "attempts": [{"samples": s, "failures": {}}]}
                    for g, s in groups.items()
                    if is_emulated(SPEC, row_of(g)) == configuration.get("emulated", False)]
            verdicts = judge(report, SPEC)
            not_here = 4 if kernel == "avx2" else 0
            self.assertEqual([v for v in verdicts if v["status"] not in ("pass", "not here")], [])
            self.assertEqual(sum(v["status"] == "not here" for v in verdicts), not_here)
            self.assertEqual(exit_status(report, verdicts), 0)
