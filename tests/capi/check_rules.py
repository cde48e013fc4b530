#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints which test covers which rule of rules.txt; fails if a rule has none, or a test that is named
after a rule names none that exists.

    check_rules.py RULES FOLDER [--only PREFIX ...] [--plant RULE]
"""
import argparse
import pathlib
import re
import sys

TEST = re.compile(r"^\s*TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
NAMED_AFTER_A_RULE = re.compile(r"^(?:S\d+|[QMR]\d+)(?:_|$)")


def read_rules(path):
    rules = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, text = line.partition(" ")
        if name in rules:
            sys.exit(f"{path}: {name} stands there twice")
        rules[name] = text.strip()
    return rules


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
    arguments.add_argument("--only", nargs="*", help="look at rules of these prefixes only")
    arguments.add_argument("--plant", help="one more rule, to see that a missing test is noticed")
    given = arguments.parse_args()

    rules = read_rules(given.rules)
    if given.plant:
        rules[given.plant] = "planted"
    tests = read_tests(given.folder)
    if len(rules) < 100 or not tests:
        sys.exit(f"found {len(rules)} rules and {len(tests)} tests: are these the right places?")

    covered = {name: [] for name in rules}
    stray = []
    for full, name, path in tests:
        rule = rule_of(name, rules)
        if rule is not None:
            covered[rule].append(f"{full} ({path})")
        elif NAMED_AFTER_A_RULE.match(name):
            stray.append(f"{full} ({path})")

    def wanted(name):
        return not given.only or any(name.startswith(prefix) for prefix in given.only)

    missing = [name for name in rules if wanted(name) and not covered[name]]
    for name, text in rules.items():
        if wanted(name):
            print(f"{name}  {text}")
            for test in covered[name] or ["MISSING"]:
                print(f"    {test}")
    for test in stray:
        print(f"{test} is named after a rule that {given.rules.name} does not have")
    count = sum(1 for name in rules if wanted(name))
    print(f"{count - len(missing)} of {count} rules have a test; {len(tests)} tests in all")
    for name in missing:
        print(f"no test for {name}  {rules[name]}")
    return 1 if missing or stray else 0


if __name__ == "__main__":
    sys.exit(main())
