# SPDX-License-Identifier: Apache-2.0
"""bench/bars.json: its bars, spelled out for a workload and a kernel, and the names of benchmarks that they refer to."""
import json
import re
from pathlib import Path

BARS = Path(__file__).resolve().parents[1] / "bars.json"
KINDS = ("times_faster", "at_most_times", "at_most_more", "at_most", "not_slower")


def read_bars():
    return json.loads(BARS.read_text())


def group_of(benchmark):
    """R1/binary/0..125 of R1/binary/0..125/wspc: what is compared with each other."""
    return benchmark.rpartition("/")[0]


def contender_of(benchmark):
    return benchmark.rpartition("/")[2]


def row_of(benchmark):
    return benchmark.partition("/")[0]


def is_emulated(spec, row):
    """Whether instructions are counted for the row, under emulation, in a configuration of its own."""
    return spec["rows"][row].get("emulated", False)


def own_contenders(row):
    """Variants of wspc, which are neither peers nor limits."""
    return row.get("own", ["wspc"])


def family_of(compiler):
    """clang++ or g++, of whichever version and for whichever target; else the name as it is."""
    match = re.fullmatch(r"(?:.*-)?(clang\+\+|g\+\+)(?:-[\d.]+)?", compiler)
    return match.group(1) if match else compiler


def bar_for_compiler(bar, compiler):
    """The figure of the bar, or None where it has none for this compiler."""
    value = bar.get("bar", 1)
    return value.get(compiler, value.get(family_of(compiler))) if isinstance(value, dict) else value


def expand(bar, workload, kernel):
    """The bar for one workload, its placeholders filled in."""
    fill = lambda name: name.replace("{workload}", workload).replace("{kernel}", kernel)
    made = dict(bar, workload=workload, subject=fill(bar["subject"]),
                references=[fill(name) for name in bar["references"]])
    for key in ("subtract", "shared"):
        if key in bar:
            made[key] = fill(bar[key])
    del made["workloads"]
    return made


def expand_bars(spec, kernel):
    """Every bar once for each of its workloads, for the kernel that is active."""
    return [expand(bar, workload, bar.get("kernel", kernel)) for bar in spec["bars"] for workload in bar["workloads"]]


def bars_by_verdict(spec, configuration):
    """The bars by what a verdict says of its own: it repeats neither their figures nor their references."""
    return {(bar["id"], bar["workload"]): bar for bar in expand_bars(spec, configuration["kernel"])}


def names_of(bar):
    """Every benchmark that the bar cannot be judged without."""
    return [bar["subject"], *bar["references"], *(bar[key] for key in ("subtract", "shared") if key in bar)]
