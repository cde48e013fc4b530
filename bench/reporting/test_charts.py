# SPDX-License-Identifier: Apache-2.0
"""The charts: their data, their scripts, and what gnuplot makes of them."""
import json
import shutil
import unittest
from unittest import mock

from .charts import STYLES, chart_series, charts_of, draw, need_gnuplot, payload_size, quoted, ticks
from .commands import Failed
from .judge import judge, judged_samples
from .made_up import STEADY, WILD, a_bar, a_report, a_spec, times


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
        sizes = [payload_size(s) for s in ("0", "0..125", "1KiB", "1MiB", "chunks")]
        self.assertEqual(sizes, [0, 62.5, 1024, 1048576, None])

    def test_ticks_enclose_the_values(self):
        self.assertEqual(ticks(0.3, 7), [0.2, 0.5, 1, 2, 5, 10])
        self.assertEqual(ticks(1, 10), [1, 2, 5, 10])
        self.assertEqual(ticks(100, 100), [100, 200])
        self.assertEqual(ticks(1000, 1001), [1000, 2000])

    def test_series_are_ordered_by_size_and_leave_out_what_has_none(self):
        report = self.receive()
        groups = judged_samples(report["configurations"][0], a_spec(), report)
        labels, series = chart_series(groups, ("R1/binary", "R3/binary", "R4/binary"))
        self.assertEqual(labels, {"0..125": 62.5, "1KiB": 1024})
        self.assertEqual(series, {"wspc": [(62.5, 12.5), (1024, 30)], "beast": [(1024, 8)], "blob": [(62.5, 30), (1024, 40)]})
        self.assertEqual(list(series), ["wspc", "beast", "blob"])

    def test_the_script_has_the_data_and_names_units(self):
        # R2 by itself makes no line.
        ((configuration, name, title, script),) = charts_of(self.receive(), a_spec())
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
        report = self.report(**{f"K1/mask/{size}": {"avx2": 30, "avx512": 31} for size in ("1KiB", "4KiB")})
        ((_, _, _, script),) = charts_of(report, a_spec())
        self.assertRegex(script, r"linewidth 3 .*title 'avx512'")
        self.assertRegex(script, r"linewidth 1.5 .*title 'avx2'")

    def test_the_same_report_gives_the_same_scripts(self):
        report = self.receive()
        read = json.loads(json.dumps(report))
        for group in read["configurations"][0]["groups"]:  # Google Benchmark's order is that of chance
            attempt = group["attempts"][-1]
            attempt["samples"] = dict(reversed(attempt["samples"].items()))
        self.assertEqual(charts_of(read, a_spec()), charts_of(report, a_spec()))

    def test_shows_the_attempt_that_was_judged(self):
        spec = a_spec(a_bar("times_faster", 2, workloads=["binary/1", "binary/2"]))
        attempt = lambda group, speed, *scales: {"failures": {}, "samples": {
            f"{group}/wspc": times(*scales, bytes=[speed * 1e9] * 9),
            f"{group}/peer": times(*[9] * 9, bytes=[1e9] * 9)}}
        report = a_report({})
        report["configurations"][0]["groups"] = [
            {"group": group, "attempts": [attempt(group, 7, *first), attempt(group, 8, *second)]}
            for group, first, second in (("R1/binary/1", [4], WILD), ("R1/binary/2", WILD, [6]))]
        judged = [(v["status"], v["attempt"]) for v in judge(report, spec)]
        self.assertEqual(judged, [("pass", 1), ("short", 2)])
        ((_, _, _, script),) = charts_of(report, spec)
        self.assertIn("$series0 << END\n1 7\n2 8\nEND\n", script)

    def test_contenders_of_one_chart_differ_in_colour_and_in_shape(self):
        kernels = ["avx512_vbmi", "avx512", "avx2", "sse4_2", "scalar"]
        for together in (["wspc", "wspc_copy", "wspc_direct", "beast", "wslay", "websocketpp", "blob"],
                         [*kernels, "beast", "bufferutil", "memcpy"], [*kernels, "is_utf8"],
                         [*kernels, "beast_is_utf8", "beast_is_utf8_avx2"],
                         [*kernels, "bufferutil_is_utf8"], ["neon", "scalar", "beast", "bufferutil", "memcpy"]):
            shapes = [STYLES[who][1] for who in together]
            self.assertEqual(len(set(shapes)), len(together), together)
            colours = [STYLES[who][0] for who in together if who != "wspc_copy"]  # wspc's own colour
            self.assertEqual(len(set(colours)), len(colours), together)

    def test_nothing_in_a_name_is_special_to_gnuplot(self):
        self.assertEqual(quoted("it's\n!x"), "'it''s !x'")

    def test_without_gnuplot_says_which_package_has_it(self):
        with mock.patch.object(shutil, "which", return_value=None):
            with self.assertRaisesRegex(Failed, "gnuplot-nox"):
                need_gnuplot()

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_gnuplot_draws_the_same_twice(self):
        ((_, _, _, script),) = charts_of(self.receive(), a_spec())
        first = draw(script)
        self.assertEqual(draw(script), first)
        for text in ("Receiving binary frames", "0..125", "GB/s", "wspc", "beast", "blob"):
            self.assertIn(text, first)

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_a_script_that_gnuplot_rejects_fails(self):
        with self.assertRaisesRegex(Failed, "gnuplot drew no chart"):
            draw("plot nonsense(\n")
