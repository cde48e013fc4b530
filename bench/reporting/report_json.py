# SPDX-License-Identifier: Apache-2.0
"""report.json: the times of all repetitions of a run, from which verdicts, report.md and charts follow."""
import json
import lzma
import re

from .commands import Failed
from .shape import check_report

SCHEMA = 1


def write_json(report, path):
    text = json.dumps(report, indent=1, ensure_ascii=False)
    # Samples beside each other: one line for each list of numbers.
    text = re.sub(r"\[[\s\d.,eE+-]+\]", lambda m: "[" + ", ".join(m.group()[1:-1].replace(",", " ").split()) + "]", text)
    path.write_text(text + "\n")


def read_report(path, spec):
    """A report that can be judged and printed, compressed (.json.xz) or not; else Failed says what is wrong with it."""
    try:
        with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as file:
            report = json.loads(file.read())
    except OSError as e:
        raise Failed(f"{path}: {e.strerror}") from e
    except (ValueError, RecursionError, EOFError, lzma.LZMAError) as e:
        raise Failed(f"{path}: {e}") from e
    if not isinstance(report, dict) or report.get("schema") is True or report.get("schema") != SCHEMA:
        raise Failed(f"{path}: no report of schema {SCHEMA}")
    try:
        check_report(report, list(spec["rows"]))
    except Failed as e:
        raise Failed(f"{path}: {e}") from e
    return report
