# SPDX-License-Identifier: Apache-2.0
"""Made-up bars and samples for the tests: what the judge says of them is known beforehand."""
import importlib.machinery
import importlib.util
from pathlib import Path

STEADY = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01, 0.99]
WILD = [1, 3, 1, 3, 1, 3, 2, 1, 3]


def times(*scales, **counters):
    """Samples of one benchmark: those that are given, or nine about the only one, which move with those of others."""
    ns = list(scales) if len(scales) > 1 else [scales[0] * s for s in STEADY]
    return {"unit": "frame", "ns": ns, "counters": counters}


def a_bar(kind, bar=None, **more):
    made = {"id": "R1.1", "row": "R1", "kind": kind, "workloads": ["w"], "source": "made up",
            "subject": "R1/{workload}/wspc", "references": ["R1/{workload}/peer"], **more}
    if bar is not None:
        made["bar"] = bar
    return made


def a_spec(*bars, **row):
    return {"kernels": ["scalar", "avx2", "avx512"], "not_judged": [], "bars": list(bars),
            "rows": {"R1": {"title": "t", "program": "p", **row}, "R2": {"title": "t", "program": "p"}}}


def a_report(*attempts, kernel="avx512", compiler="g++", group="R1/w", failures=None, **more):
    runs = [{"samples": {name if "/" in name else f"{group}/{name}": s for name, s in samples.items()},
             "failures": failures or {}} for samples in attempts]
    configuration = {"name": f"{compiler}-native", "compiler": compiler, "arch": "native", "forced": False,
                     "kernel": kernel, "kernels": ["scalar", "avx2", kernel],
                     "groups": [{"group": group, "program": "p", "attempts": runs}]}
    return {"schema": 1, "quick": False, "rows": ["R1"], "configurations": [configuration], **more}


def a_whole_report(*attempts, **more):
    """With the machine and the flags, which the judge needs not, and readers do."""
    report = a_report(*attempts, date="D", versions={}, settings={"repetitions": 9, "min_time": 0.05, "attempts": 3},
                      machine={"cpu": {"model": "M", "family": "25", "number": "17", "zen4": True}, "system": "S",
                               "core": 3, "pinning": ""}, **more)
    report["configurations"][0]["flags"] = {"wspc": "-O3", "peers": "-O3 -march=native"}
    return report


def load_command(name):
    """bench/report or another command as a module: its name does not end in .py."""
    path = Path(__file__).resolve().parents[1] / name
    loader = importlib.machinery.SourceFileLoader("bench_" + name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_" + name, loader))
    loader.exec_module(module)
    return module
