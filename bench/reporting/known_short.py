# SPDX-License-Identifier: Apache-2.0
"""bench/neon.json: what is known to fall short, so that what gets worse is found all the same."""
import json
from pathlib import Path

KNOWN_SHORT = Path(__file__).resolve().parents[1] / "neon.json"


def read_known(path):
    return json.loads(path.read_text())["known_short"]


def compare(verdicts, known):
    """Lines to print, and whether every verdict is a pass or short by no more than is known."""
    lines, good = [], True
    for v in verdicts:
        name, most = v["workload"], known.get(v["workload"])
        if v["status"] == "pass":
            if most is not None:
                lines.append(f"{name}: is met now, and may leave the list of what is short")
            continue
        excused = v["status"] == "short" and most is not None and v["figure"] <= most
        good = good and excused
        if v["status"] != "short":
            lines.append(f"{name}: {v['status']}")
        elif most is None:
            lines.append(f"{name}: short, and not known to be")
        else:
            what = "which is known" if excused else "and worse than was known"
            lines.append(f"{name}: short, {what}: {v['figure']:.4g} of at most {most:g}")
    strange = sorted(known.keys() - {v["workload"] for v in verdicts})
    return lines + [f"{name}: known to be short, and not judged" for name in strange], good and not strange
