# SPDX-License-Identifier: Apache-2.0
"""The score, the survivors, and those of them that are known to change nothing."""
import dataclasses
import re

LEAST = 90  # per cent that must be caught


@dataclasses.dataclass(frozen=True)
class Equivalent:
    file: str
    old: str
    new: str
    why: str


def blocks(text):
    """What blank lines keep apart; `#` begins a comment."""
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return list(filter(None, (part.strip() for part in re.split(r"\n\s*\n", text))))


def read_equivalents(text):
    """Blocks of four lines: the file, `- ` and the line as it is, `+ ` as mutated or `(nothing)`, `why: `."""
    made = []
    for block in blocks(text):
        lines = block.splitlines()
        if len(lines) < 4 or lines[1][:2] != "- " or lines[2][:2] != "+ " or not lines[3].startswith("why: "):
            raise ValueError(f"equivalent.txt: not of four lines, file, -, +, why:\n{block}")
        new = "" if lines[2][2:] == "(nothing)" else lines[2][2:]
        made.append(Equivalent(lines[0].strip(), lines[1][2:], new, " ".join(lines[3:])[5:]))
    return made


def stale(equivalents, texts):
    """Those whose line is not in its file any more."""
    joined = {file: " ".join(text.split()) for file, text in texts.items()}
    return [e for e in equivalents if e.old not in joined.get(e.file, "")]


def why_equivalent(mutation, text, equivalents):
    old, new = mutation.lines(text)
    return next((e.why for e in equivalents if (e.file, e.old, e.new) == (mutation.file, old, new)), None)


def score(caught, survived):
    return 100 * caught / (caught + survived) if caught + survived else 0.0


def page(judged, texts, equivalents, seed):
    """The page, and whether enough were caught. `judged`: pairs of mutation and verdict."""
    caught = [m for m, verdict in judged if verdict not in ("invalid", "survived")]
    alive = [m for m, verdict in judged if verdict == "survived"]
    explained = [m for m in alive if why_equivalent(m, texts[m.file], equivalents)]
    survivors = [m for m in alive if m not in explained]
    percent = score(len(caught), len(survivors))
    lines = ["# Mutations of codec and engine", "",
             f"{len(caught)} of {len(caught) + len(survivors)} caught, {percent:.1f} %; seed {seed}. "
             f"{len(explained)} change nothing and are explained; "
             f"{len(judged) - len(caught) - len(alive)} did not compile, or to the same code.", ""]
    for title, listed in (("Survivors", survivors), ("Explained", explained)):
        lines += [f"## {title}", ""]
        for m in sorted(listed, key=lambda m: (m.file, m.begin)):
            old, new = m.lines(texts[m.file])
            lines += [f"{m.file}:{m.line(texts[m.file])}, {m.what}", "", "```diff", f"- {old}", f"+ {new}", "```", ""]
            why = why_equivalent(m, texts[m.file], equivalents)
            lines += [why, ""] if why else []
    return "\n".join(lines), percent >= LEAST
