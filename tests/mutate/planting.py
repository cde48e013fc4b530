# SPDX-License-Identifier: Apache-2.0
"""Plants the defects of tests/hardening/planted.txt one after another, and looks whether their tests fail."""
import time

from planted import faults, page, read_all
from programs import ROOT
from tree import Failed, Tree

# The tests of hardening need the C API. Whatever keeps objects may do so: most are those without a defect.
OPTIONS = ("-DWSPC_BUILD_CAPI=ON", "-DWSPC_BUILD_SHARED=OFF", "-DWSPC_TEST_CORPORA=OFF")


def verdict_on(plant, tree, text, seconds):
    """Whether its test fails with it, also by taking ten times as long; None if it does not compile."""
    with tree.changed(plant.file, text, plant.applied(text)):
        if not tree.compiles(plant.program):
            return None
        return not tree.passes(plant.program, 5 + 10 * seconds, plant.test)


def run(work, rows, jobs):
    """Of these rows, or of all. 0 if each defect is caught, 1 if one is not, 2 if there is no telling."""
    plants, named, texts = read_all()
    wrong = faults(plants, named, texts) + [f"rows.txt has no row {row}" for row in rows if row not in named]
    if wrong:
        raise Failed("\n".join(wrong))
    plants = [plant for plant in plants if plant.row in rows or not rows]
    # A tree of its own: mutations may be judged at the same time.
    tree = Tree(work / "planted", OPTIONS, jobs)
    print("building without a defect", flush=True)
    tree.prepare(sorted({plant.program for plant in plants}))
    seconds = {plant.test: tree.seconds(plant.program, plant.test) for plant in plants}

    judged = []
    for plant in plants:
        begin = time.monotonic()
        verdict = verdict_on(plant, tree, texts[plant.file], seconds[plant.test])
        judged.append((plant, verdict))
        said = {True: "caught by", False: "NOT CAUGHT by", None: "does not compile, for"}[verdict]
        print(f"[{len(judged):2}/{len(plants)}] {plant.row}: {said} {plant.test} "
              f"{time.monotonic() - begin:.1f} s  {plant.what}", flush=True)
        (work / "planted.md").write_text(page(judged))
    print(page(judged).splitlines()[2])
    print(f"see {(work / 'planted.md').relative_to(ROOT)}")
    verdicts = [verdict for _, verdict in judged]
    return 2 if None in verdicts else 1 if False in verdicts else 0
