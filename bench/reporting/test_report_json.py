# SPDX-License-Identifier: Apache-2.0
"""The way of a report through report.json."""
import json
import tempfile
import unittest
from pathlib import Path

from .judge import judge
from .made_up import a_bar, a_report, a_spec, times
from .report_json import write_json


class verdicts_of_a_file(unittest.TestCase):
    def test_are_the_same_after_a_way_through_the_file(self):
        bars = [a_bar("times_faster", 2), a_bar("not_slower"), a_bar("at_most_more", 1.5, id="R1.3")]
        report = a_report({"wspc": times(1.1), "peer": times(2.9)})
        before = judge(report, a_spec(*bars))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.json"
            write_json(dict(report, verdicts=before), path)
            read = json.loads(path.read_text())
        self.assertEqual(judge(read, a_spec(*bars)), read["verdicts"])
        self.assertEqual(read["verdicts"], before)
        self.assertEqual(read["configurations"], report["configurations"])
