#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints which test covers which rule of a list; fails if a rule has none, if a test that the list names does
not exist, or if a test belongs to no rule although it should.

    check_rules.py RULES FOLDER --least N [--named-after REGEX | --listed SUBFOLDER]
                   [--only PREFIX ...] [--plant RULE] [--plant-test TEST]

A rule is a line "NAME text". It is covered by the tests "suite.name" in the indented lines below it, and with
--named-after by each test whose name begins with its name.
"""
import argparse
import pathlib
import re
import sys

TEST = re.compile(r"^\s*TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)


def read_rules(path):
    """The text of each rule, and the tests that are named below it."""
    rules, named = {}, {}
    name = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace():
            if name is None:
                sys.exit(f"{path}: a test stands before the first rule")
            named[name].append(line.strip())
            continue
        name, _, text = line.partition(" ")
        if name in rules:
            sys.exit(f"{path}: {name} stands there twice")
        rules[name], named[name] = text.strip(), []
    return rules, named


def read_tests(folder):
    found = []
    for path in sorted(folder.glob("**/*.cpp")):
        for suite, name in TEST.findall(path.read_text(encoding="utf-8")):
            found.append((f"{suite}.{name}", name, path.relative_to(folder)))
    return found


def rule_of(name, rules):
    """The longest rule that the name begins with: S1_2, not S1, for S1_2_layouts."""
    parts = name.split("_")
    for length in range(len(parts), 0, -1):
        candidate = "_".join(parts[:length])
        if candidate in rules:
            return candidate
    return None


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("rules", type=pathlib.Path)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--least", type=int, required=True, help="how many rules there must be")
    arguments.add_argument("--named-after", help="names that only tests of a rule may have")
    arguments.add_argument("--listed", type=pathlib.Path, help="a folder whose tests all belong to a rule")
    arguments.add_argument("--only", nargs="*", help="look at rules of these prefixes only")
    arguments.add_argument("--plant", help="one more rule, to see that a missing test is noticed")
    arguments.add_argument("--plant-test", help="one more test below the last rule, to see that it is missed")
    given = arguments.parse_args()

    rules, named = read_rules(given.rules)
    tests = read_tests(given.folder)
    if len(rules) < given.least or not tests:
        sys.exit(f"found {len(rules)} rules and {len(tests)} tests: are these the right places?")
    if given.plant:
        rules[given.plant], named[given.plant] = "planted", []
    if given.plant_test:
        named[list(rules)[-1]].append(given.plant_test)

    places = {full: path for full, _, path in tests}
    wrong = [f"{name} names {test}, which does not exist"
             for name in rules for test in named[name] if test not in places]
    covered = {name: [f"{test} ({places[test]})" for test in named[name] if test in places] for name in rules}
    listed = {test for tests_of in named.values() for test in tests_of}
    for full, name, path in tests:
        rule = rule_of(name, rules) if given.named_after else None
        if rule is not None:
            covered[rule].append(f"{full} ({path})")
        elif given.named_after and re.match(given.named_after, name):
            wrong.append(f"{full} ({path}) is named after a rule that {given.rules.name} does not have")
        elif given.listed and path.is_relative_to(given.listed) and full not in listed:
            wrong.append(f"{full} ({path}) belongs to no rule of {given.rules.name}")

    def wanted(name):
        return not given.only or any(name.startswith(prefix) for prefix in given.only)

    missing = [name for name in rules if wanted(name) and not covered[name]]
    for name, text in rules.items():
        if wanted(name):
            print(f"{name}  {text}")
            for test in covered[name] or ["MISSING"]:
                print(f"    {test}")
    count = sum(1 for name in rules if wanted(name))
    print(f"{count - len(missing)} of {count} rules have a test; {len(tests)} tests in all")
    for line in wrong:
        print(line)
    for name in missing:
        print(f"no test for {name}  {rules[name]}")
    return 1 if missing or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
