# SPDX-License-Identifier: Apache-2.0
"""The defects of tests/hardening/planted.txt, one at least for each row of rows.txt: whether they still fit.

    planted.py [--plant ROW] [--plant-text TEXT]
"""
import argparse
import dataclasses
import re
import sys

from programs import ROOT
from report import blocks

sys.path.append(str(ROOT / "tests"))

from check_rules import read_rules  # noqa: E402

HARDENING = ROOT / "tests" / "hardening"
_BLOCK = re.compile(r"(?P<row>\w+): (?P<what>\S.*)\n(?P<file>\S+)\n(?P<old>(?:- .*\n)+)(?P<new>(?:\+ .*\n)*)"
                    r"test: (?P<program>\w+) (?P<test>\w+\.\w+)")


@dataclasses.dataclass(frozen=True)
class Plant:
    row: str
    what: str
    file: str
    old: tuple  # lines, their blanks joined
    new: tuple
    program: str
    test: str

    def places(self, text):
        """The lines, counted from 0, at which the old ones stand."""
        lines = [" ".join(line.split()) for line in text.splitlines()]
        return [at for at in range(len(lines)) if tuple(lines[at : at + len(self.old)]) == self.old]

    def applied(self, text):
        at, lines = self.places(text)[0], text.splitlines()
        return "\n".join([*lines[:at], *self.new, *lines[at + len(self.old) :], ""])


def read_plants(text):
    """Blocks: `row: what is wrong`, the file, `- ` and `+ ` as in a patch, and `test: program suite.name`."""
    made = []
    for block in blocks(text):
        found = _BLOCK.fullmatch(block)
        if found is None:
            raise ValueError(f"planted.txt: not of row, file, -, +, test:\n{block}")
        parts = found.groupdict()
        for lines in ("old", "new"):
            parts[lines] = tuple(" ".join(line[2:].split()) for line in parts[lines].splitlines())
        made.append(Plant(**parts))
    return made


def faults(plants, named, texts):
    """What does not fit together. `named`: the tests of each row; `texts`: the sources that exist."""
    wrong = [f"no defect is planted for {row}" for row in named if row not in {plant.row for plant in plants}]
    for plant in plants:
        where = f"{plant.row}, {plant.file}"
        if plant.row not in named:
            wrong.append(f"{where}: rows.txt has no such row")
        elif plant.test not in named[plant.row]:
            wrong.append(f"{where}: {plant.test} is no test of this row")
        if plant.file not in texts:
            wrong.append(f"{where}: there is no such file")
        elif (count := len(plant.places(texts[plant.file]))) != 1:
            wrong.append(f"{where}: stands there {count} times, not once: {plant.old[0]}")
        if plant.old == plant.new:
            wrong.append(f"{where}: nothing is changed")
    return wrong


def page(judged):
    """`judged`: pairs of a defect and whether it was caught, None if there is no telling."""
    caught = sum(verdict is True for _, verdict in judged)
    lines = ["# Defects of other implementations, planted here", "", f"{caught} of {len(judged)} caught.", "",
             "| row | file | defect | test that failed |", "|---|---|---|---|"]
    for plant, verdict in judged:
        test = {True: plant.test, False: f"none; {plant.test} should", None: "no telling: does not compile"}
        lines.append(f"| {plant.row} | {plant.file} | {plant.what} | {test[verdict]} |")
    return "\n".join([*lines, ""])


def read_all():
    """The defects, the tests of each row, and the sources."""
    plants = read_plants((HARDENING / "planted.txt").read_text())
    _, named = read_rules(HARDENING / "rows.txt")
    files = {plant.file for plant in plants}
    return plants, named, {file: (ROOT / file).read_text() for file in files if (ROOT / file).is_file()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plant", metavar="ROW", help="one more row, to see that it lacks a defect")
    parser.add_argument("--plant-text", metavar="TEXT", help="what the first defect changes, to miss it")
    given = parser.parse_args()
    plants, named, texts = read_all()
    if given.plant:
        named[given.plant] = []
    if given.plant_text:
        plants[0] = dataclasses.replace(plants[0], old=(given.plant_text,))
    wrong = faults(plants, named, texts)
    print(*wrong, f"{len(plants)} defects for {len(named)} rows", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
