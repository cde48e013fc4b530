# SPDX-License-Identifier: Apache-2.0
"""The shape that a file must have, and the first thing that is wrong with it, in a sentence.

A shape is one of: (what is wrong, a test of what is right); [the shape of each item], of which there may be
none; {key: shape}, where a key that ends in ? may lack; {"*": shape}, with whatever keys.
"""
import re
import sys

from .commands import Failed


def is_number(value):
    """Whether it can be calculated with: JSON's integers may be larger than that."""
    return isinstance(value, float) or type(value) is int and abs(value) <= sys.float_info.max


TEXT = ("no text", lambda value: isinstance(value, str))
NAME = ("no name", lambda value: isinstance(value, str) and re.fullmatch(r"\w[\w.+-]*", value))
NUMBER = ("no number", is_number)
YES_OR_NO = ("neither true nor false", lambda value: isinstance(value, bool))
CORE = ("no number of a core", lambda value: value is None or type(value) is int)

SAMPLE = {"unit": TEXT, "ns": [NUMBER], "counters": {"*": [NUMBER]}}
GROUP = {"group": TEXT, "attempts": [{"samples": {"*": SAMPLE}, "failures": {"*": TEXT}}]}
CONFIGURATION = {"name": NAME, "compiler": TEXT, "arch": TEXT, "flags": {"wspc": TEXT, "peers?": TEXT},
                 "forced": YES_OR_NO, "kernel": TEXT, "kernels": [TEXT], "emulated?": YES_OR_NO,
                 "absent?": TEXT, "groups": [GROUP]}
REPORT = {"date": TEXT, "quick": YES_OR_NO, "rows": [TEXT], "versions": {"*": TEXT},
          "settings": {"repetitions": NUMBER, "slices?": NUMBER, "min_time": NUMBER, "attempts": NUMBER},
          "machine": {"cpu": {"model": TEXT, "family": TEXT, "number": TEXT, "zen4": YES_OR_NO},
                      "system": TEXT, "core": CORE, "pinning": TEXT},
          "configurations": [CONFIGURATION]}
# What is counted under emulation goes without peers; what is timed, without an emulator.
EMULATED = {"compiler_said": TEXT, "emulator": TEXT}
TIMED = {"flags": {"peers": TEXT}}


def check(value, shape, where=""):
    """Raises Failed; `where` is the way to the value from the top."""
    name = where or "the report"
    if isinstance(shape, tuple):
        what, fits = shape
        if not fits(value):
            raise Failed(f"{name} is {what}")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise Failed(f"{name} is no list")
        for place, item in enumerate(value):
            check(item, shape[0], f"{where}[{place}]")
    elif not isinstance(value, dict):
        raise Failed(f"{name} is no object")
    elif "*" in shape:
        for key, item in value.items():
            check(item, shape["*"], f"{where}.{key}")
    else:
        for key, inner in shape.items():
            key, optional = key.removesuffix("?"), key.endswith("?")
            if key in value:
                check(value[key], inner, f"{where}.{key}".lstrip("."))
            elif not optional:
                raise Failed(f"{name} has no '{key}'")


def check_names(names, where):
    for name in names:
        if names.count(name) > 1:
            raise Failed(f"{where} names {name} twice")


def check_report(report, known_rows):
    """Raises Failed where the report cannot be judged and printed. Whether samples are good, the judge says."""
    check(report, REPORT)
    if not report["rows"]:
        raise Failed("rows is empty")
    check_names(report["rows"], "rows")
    check_names([configuration["name"] for configuration in report["configurations"]], "configurations")
    rows = list(report["rows"])
    for number, configuration in enumerate(report["configurations"]):
        where = f"configurations[{number}]"
        check(configuration, EMULATED if configuration.get("emulated") else TIMED, where)
        check_names([group["group"] for group in configuration["groups"]], where)
        for group in configuration["groups"]:
            rows.append(group["group"].partition("/")[0])
            if not group["attempts"]:
                raise Failed(f"{where}, {group['group']}: attempts is empty")
    unknown = [row for row in rows if row not in known_rows]
    if unknown:
        raise Failed(f"no row is called {unknown[0]}; there are: {', '.join(known_rows)}")
