# SPDX-License-Identifier: Apache-2.0
"""Changes codec and engine in small ways, one at a time, and looks whether the unit tests notice.

    python3 tests/mutate [--count 200] [--seed 1] [--resume] [--file engine/session.cpp ...]
    python3 tests/mutate --planted [ROW ...]

Writes build/mutate/report.md, with the survivors. Exits 1 when fewer than 90 % are caught, 2 when it cannot
tell. A survivor that no test can catch stands with its reason in tests/mutate/equivalent.txt.

With --planted, the changes are the defects of tests/hardening/planted.txt, of these rows or of all. Writes
build/mutate/planted.md. Exits 1 when one is not caught by the test that it names, 2 when it cannot tell.
"""
import argparse
import json
import sys
import time
from pathlib import Path

from judge import Judge
from mutations import in_random_order, lines_of, shares
from planting import run as run_planted
from programs import PROGRAMS, ROOT
from report import page, read_equivalents, stale
from tree import Failed


def key_of(mutation, text):
    # The text around it, so that a verdict is not taken for one of another source.
    return f"{mutation.file}:{mutation.begin}:{mutation.new}:{' => '.join(mutation.lines(text))}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, help="mutations that compile")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="keep the verdicts of a run that was ended")
    parser.add_argument("--again", action="store_true", help="with --resume: judge survivors once more")
    parser.add_argument("--file", action="append", choices=PROGRAMS, help="only this source")
    parser.add_argument("--planted", nargs="*", metavar="ROW", help="plant what tests/hardening lists")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()

    work = ROOT / "build" / "mutate"
    work.mkdir(parents=True, exist_ok=True)
    if options.planted is not None:
        return run_planted(work, options.planted, options.jobs)

    texts = {file: (ROOT / file).read_text() for file in options.file or PROGRAMS}
    equivalents = read_equivalents((Path(__file__).parent / "equivalent.txt").read_text())
    every = {file: (ROOT / file).read_text() for file in PROGRAMS}
    for old in stale(equivalents, every):
        raise Failed(f"equivalent.txt: {old.file} has no line any more like: {old.old}")

    kept = work / "verdicts.json"
    verdicts = json.loads(kept.read_text()) if options.resume and kept.exists() else {}
    if options.again:
        verdicts = {key: verdict for key, verdict in verdicts.items() if verdict != "survived"}
    judge = Judge(work, options.jobs)
    print("building without a mutation", flush=True)
    judge.prepare()

    judged, good = [], False
    wanted = shares(lines_of(texts), options.count)
    total = sum(wanted.values())
    for file, listed in in_random_order(texts, options.seed).items():
        valid = 0
        for mutation in listed:
            if valid == wanted[file]:
                break
            key = key_of(mutation, texts[file])
            begin = time.monotonic()
            if key not in verdicts:
                verdicts[key] = judge.verdict(mutation, texts[file])
                kept.write_text(json.dumps(verdicts, indent=0))
            judged.append((mutation, verdicts[key]))
            if verdicts[key] == "invalid":
                continue
            valid += 1
            done = sum(verdict != "invalid" for _, verdict in judged)
            print(f"[{done:3}/{total}] {verdicts[key]:22} {time.monotonic() - begin:5.1f} s  "
                  f"{file}:{mutation.line(texts[file])} {mutation.what}", flush=True)
            text, good = page(judged, texts, equivalents, options.seed)
            (work / "report.md").write_text(text)
    print((work / "report.md").read_text().splitlines()[2])
    print(f"see {(work / 'report.md').relative_to(ROOT)}")
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failed, ValueError) as why:
        print(f"mutate: {why}", file=sys.stderr)
        sys.exit(2)
