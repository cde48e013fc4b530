# SPDX-License-Identifier: Apache-2.0
"""README's table of speed: each figure is that of the committed report."""
import statistics
import unittest

from .bars import read_bars
from .commands import ROOT
from .judge import judged_samples
from .report_json import read_report

CONFIGURATION = "g++-native"
CONTENDERS = ("wspc", "beast", "wslay", "websocketpp", "blob")
LINES = {
    "receive binary, 0 to 125 octets": "R1/binary/0..125",
    "receive ASCII text, 0 to 125 octets": "R2/ascii/0..125",
    "receive binary, 1 KiB": "R4/binary/1KiB",
    "receive ASCII text, 1 KiB": "R5/ascii/1KiB",
    "receive Chinese text, 1 KiB": "R6/chinese/1KiB",
    "receive binary, 16 KiB": "R4/binary/16KiB",
    "one frame of 0 to 125 octets per read": "R11/binary/0..125",
    "send as a client, 0 to 125 octets": "S1/binary/0..125",
}


def expected_lines():
    spec = read_bars()
    report = read_report(ROOT / "bench" / "results" / "report.json.xz", spec)
    configuration = next(c for c in report["configurations"] if c["name"] == CONFIGURATION)
    measured = judged_samples(configuration, spec, report)
    for title, group in LINES.items():
        medians = [statistics.median(measured[group][name]["ns"]) if (name := f"{group}/{who}") in measured[group]
                   else None for who in CONTENDERS]
        figures = ["" if m is None else f" {m:.1f}" if m < 9.95 else f" {m:,.0f}" for m in medians]
        yield f"| {title} |" + " |".join(figures) + " |"


class readme(unittest.TestCase):
    def test_shows_the_figures_of_the_committed_report(self):
        text = (ROOT / "README.md").read_text().splitlines()
        lacking = [line for line in expected_lines() if line not in text]
        self.assertEqual(lacking, [])


if __name__ == "__main__":
    print("\n".join(expected_lines()))
