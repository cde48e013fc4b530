# SPDX-License-Identifier: Apache-2.0
"""C++ text as the mutations see it: without comments, strings, preprocessor and static_assert."""
import re

_BLANKED = re.compile(
    r"""
    //[^\n]*
    | /\*.*?\*/
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'
    | ^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*
    """,
    re.S | re.M | re.X,
)
_UNCHANGEABLE = re.compile(r"\b(?:static_assert|sizeof|alignas|template|using|namespace|case|enum)\b")


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def closing(text, opening):
    """Where the parenthesis that opens at `opening` closes, or -1."""
    depth = 0
    for at in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return -1


def code_of(text):
    """`text` with all that is no code turned into blanks, every character in its place."""
    code = _BLANKED.sub(lambda found: _blank(found.group()), text)
    for found in list(_UNCHANGEABLE.finditer(code)):
        end = found.end()
        if found.group() in ("static_assert", "sizeof", "alignas"):
            opening = code.find("(", end)
            end = closing(code, opening) + 1 if opening >= 0 else end
        elif found.group() == "case":
            end = code.find(":", end)
        else:
            end = min(place for place in (code.find(c, end) for c in ";{\n") if place >= 0)
        code = code[: found.start()] + _blank(code[found.start() : end]) + code[end:]
    return code


def code_lines(code):
    """Lines that hold more than punctuation."""
    return sum(1 for line in code.splitlines() if re.search(r"\w", line))
