# SPDX-License-Identifier: Apache-2.0
"""What can be changed in a source, and the choice among it."""
import dataclasses
import random
import re

from sources import closing, code_lines, code_of

# As clang-format writes them: with blanks on both sides, which the brackets of templates and the signs of
# references lack.
_OPERATORS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+", "&&": "||", "||": "&&",
    "+=": "-=", "-=": "+=", "|": "&", "&": "|", "<<": ">>", ">>": "<<", "|=": "&=",
}
_OPERATOR = re.compile(r"(?<= )(?:" + "|".join(sorted(map(re.escape, _OPERATORS), key=len, reverse=True)) + r")(?=\s)")
_STEP = re.compile(r"\+\+|--(?!>)")
_NUMBER = re.compile(r"(?<![\w.'])(0x[0-9A-Fa-f']+|\d[\d']*)([uUlLzZ]*)(?![\w.'])")
_TRUTH = re.compile(r"\b(?:true|false)\b")
_IF = re.compile(r"\bif (?=\()")
_STATEMENT = re.compile(
    r"^[ ]+(?!(?:return|if|for|while|break|continue|else|do|switch|goto|const|auto|static|delete)\b)"
    r"(?:\*|\+\+|--)?[a-z_][\w.:]*(?:->[\w.]+|\[[^\]\n]*\])*(?: [-+|&^]?= [^;\n]+|\([^;\n]*\)|\+\+|--)?;$", re.M)


@dataclasses.dataclass(frozen=True)
class Mutation:
    file: str
    begin: int
    end: int
    new: str
    what: str

    def applied(self, text):
        return text[: self.begin] + self.new + text[self.end :]

    def line(self, text):
        return text.count("\n", 0, self.begin) + 1

    def lines(self, text):
        """The whole lines that it changes, before and after, with their blanks joined."""
        first = text.rfind("\n", 0, self.begin) + 1
        last = text.find("\n", self.end)
        last = len(text) if last < 0 else last
        changed = text[first : self.begin] + self.new + text[self.end : last]
        return " ".join(text[first:last].split()), " ".join(changed.split())


def _next_number(literal):
    digits = literal.replace("'", "")
    return hex(int(digits, 16) + 1) if digits.startswith("0x") else str(int(digits) + 1)


def _of_conditions(file, text, code):
    for found in _IF.finditer(code):
        opening = found.end()
        end = closing(code, opening)
        if end < 0:
            continue
        condition = code.rfind(";", opening, end) + 1 or opening + 1  # behind what an `if` declares
        yield Mutation(file, condition, end, f" !({text[condition:end].strip()})", "negated condition")
        check = re.compile(r"\s+return\b[^;{}]*;(?!\s*else\b)").match(code, end + 1)
        behind_else = re.search(r"\belse\s*$", code[: found.start()])
        if check and not behind_else:
            yield Mutation(file, found.start(), check.end(), "", "removed check")


def candidates(file, text):
    """All mutations of a source, in its order."""
    code = code_of(text)
    made = []
    for found in _OPERATOR.finditer(code):
        new = _OPERATORS[found.group()]
        made.append(Mutation(file, *found.span(), new, f"{found.group()} to {new}"))
    for found in _STEP.finditer(code):
        new = "--" if found.group() == "++" else "++"
        made.append(Mutation(file, *found.span(), new, f"{found.group()} to {new}"))
    for found in _NUMBER.finditer(code):
        new = _next_number(found.group(1)) + found.group(2)
        made.append(Mutation(file, *found.span(), new, f"{found.group()} to {new}"))
    for found in _TRUTH.finditer(code):
        new = "false" if found.group() == "true" else "true"
        made.append(Mutation(file, *found.span(), new, f"{found.group()} to {new}"))
    for found in _STATEMENT.finditer(code):
        begin = found.end() - len(found.group().lstrip())
        made.append(Mutation(file, begin, found.end(), ";", "removed statement"))
    made.extend(_of_conditions(file, text, code))
    return sorted(made, key=lambda m: (m.begin, m.end, m.new))


def shares(lines, count):
    """How many of `count` mutations each file gets: by its lines of code, at least one."""
    whole = sum(lines.values())
    return {file: max(1, round(count * of_file / whole)) for file, of_file in lines.items()}


def in_random_order(texts, seed):
    """For each file its candidates, shuffled; the same for the same seed and text, whatever the other files are."""
    made = {}
    for file, text in texts.items():
        made[file] = candidates(file, text)
        random.Random(f"{seed} {file}").shuffle(made[file])
    return made


def lines_of(texts):
    return {file: code_lines(code_of(text)) for file, text in texts.items()}
