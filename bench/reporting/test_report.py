# SPDX-License-Identifier: Apache-2.0
"""bench/report itself: its arguments, and what it writes again."""
import importlib.machinery
import importlib.util
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from .bars import read_bars
from .build import peer_flags
from .made_up import a_whole_report
from .report_json import write_json


def load_script():
    """bench/report as a module: it is a command, whose name does not end in .py."""
    path = Path(__file__).resolve().parents[1] / "report"
    loader = importlib.machinery.SourceFileLoader("bench_report", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_report", loader))
    loader.exec_module(module)
    return module


script = load_script()
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


class an_earlier_report(unittest.TestCase):
    def test_is_written_again_from_the_file(self):
        real = a_whole_report({})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.json"
            write_json(real, path)
            with mock.patch("builtins.print"):
                self.assertEqual(script.main(["--charts", str(path), "--no-charts"]), 0)
            self.assertTrue((Path(folder) / "report.md").read_text().startswith("# What was measured\n"))
