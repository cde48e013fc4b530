# SPDX-License-Identifier: Apache-2.0
"""What the mutation check takes for code, what it changes there, and how it counts."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutations import candidates, in_random_order, shares  # noqa: E402
from planted import faults, page as planted_page, read_all, read_plants  # noqa: E402
from programs import PROGRAMS  # noqa: E402
from report import page, read_equivalents, stale  # noqa: E402
from sources import code_lines, code_of  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def results(text, what=None):
    return [m.applied(text) for m in candidates("x.cpp", text) if what is None or m.what == what]


class Code(unittest.TestCase):
    def test_has_no_comments_strings_or_directives_and_keeps_every_place(self):
        text = '#define A 1 + \\\n  2\nint f() { return g("1 < 2", \'+\') + 3; }  // 4 == 5\n/* 6\n 7 */ x();\n'
        code = code_of(text)
        self.assertEqual(len(code), len(text))
        self.assertEqual(code.count("\n"), text.count("\n"))
        self.assertEqual([c for c in code if c.isdigit()], ["3"])
        self.assertEqual(code.index("+ 3"), text.index("+ 3"))

    def test_takes_separators_of_digits_for_no_strings(self):
        self.assertIn("65'535 + y'", code_of("x = 65'535 + y'").replace("  ", " "))

    def test_has_no_static_assert_template_or_case(self):
        text = "static_assert(sizeof(a) < 4 && (b == 5));\ntemplate <int n = 6>\ncase 7: x = 8;\n"
        self.assertEqual([c for c in code_of(text) if c.isdigit()], ["8"])

    def test_counts_lines_with_more_than_punctuation(self):
        self.assertEqual(code_lines(code_of("int f() {\n    return 1;  // one\n}\n\n// no\n")), 2)


class Candidates(unittest.TestCase):
    def test_change_operators_and_neither_templates_nor_references(self):
        text = "void f(a<b>& c) { x = d < e && f + g; }\n"
        self.assertEqual(results(text, "< to <="), [text.replace("d < e", "d <= e")])
        self.assertEqual(results(text, "&& to ||"), [text.replace("&&", "||")])
        self.assertEqual(results(text, "+ to -"), [text.replace("f + g", "f - g")])
        self.assertEqual(len(results(text)), 3)

    def test_add_one_to_constants(self):
        self.assertEqual(results("x(125);\n", "125 to 126"), ["x(126);\n"])
        self.assertEqual(results("x(0x0fu);\n", "0x0fu to 0x10u"), ["x(0x10u);\n"])
        self.assertEqual(results("x(65'535, utf8_8);\n"), ["x(65536, utf8_8);\n"])

    def test_remove_checks_and_negate_conditions(self):
        text = "    if (const int i = f(a); i > g(b))\n        return c;\n    h();\n"
        self.assertEqual(results(text, "removed check"), ["    \n    h();\n"])
        self.assertEqual(results(text, "negated condition"), [text.replace(" i > g(b)", " !(i > g(b))")])

    def test_leave_a_check_that_has_an_else(self):
        self.assertEqual(results("    if (a) return b;\n    else return c;\n", "removed check"), [])
        self.assertEqual(results("    else if (a) return b;\n", "removed check"), [])

    def test_remove_statements_and_no_declarations(self):
        text = "    a.b_ = c;\n    int d = e;\n    const int g = 2;\n    f(a);\n    return f(a);\n    g->h(a, b);\n"
        self.assertEqual(results(text, "removed statement"),
                         [text.replace("a.b_ = c;", ";", 1), text.replace("    f(a);\n", "    ;\n", 1),
                          text.replace("g->h(a, b);", ";", 1)])

    def test_are_many_in_every_source(self):
        for file in PROGRAMS:
            self.assertTrue(candidates(file, (ROOT / file).read_text()), file)


class Choice(unittest.TestCase):
    def test_is_in_proportion_to_the_lines_of_code(self):
        self.assertEqual(shares({"a": 300, "b": 100, "c": 1}, 40), {"a": 30, "b": 10, "c": 1})

    def test_is_the_same_for_the_same_seed_and_another_for_another(self):
        texts = {"a": "x = a + b + c + d + e + f;\n", "b": "x(1, 2, 3, 4, 5, 6, 7);\n"}
        self.assertEqual(in_random_order(texts, 1), in_random_order(texts, 1))
        self.assertNotEqual(in_random_order(texts, 1), in_random_order(texts, 2))
        self.assertEqual(in_random_order(texts, 1)["b"], in_random_order({"b": texts["b"]}, 1)["b"])


class Page(unittest.TestCase):
    texts = {"x.cpp": "    if (a < b)\n        return 1;\n    c = 2;\n"}

    def judged(self, *verdicts):
        return list(zip(candidates("x.cpp", self.texts["x.cpp"]), verdicts))

    def test_counts_neither_what_did_not_compile_nor_what_is_explained(self):
        first = self.judged("survived")[0][0]
        old, new = first.lines(self.texts["x.cpp"])
        known = read_equivalents(f"# why\n\nx.cpp\n- {old}\n+ {new}\nwhy: since it\n  is so\n")
        text, good = page(self.judged("survived", "invalid", "a_test"), self.texts, known, 1)
        self.assertIn("1 of 1 caught, 100.0 %", text)
        self.assertIn("since it   is so", text)
        self.assertTrue(good)
        text, good = page(self.judged("survived", "invalid", "a_test"), self.texts, [], 1)
        self.assertIn("1 of 2 caught, 50.0 %", text)
        self.assertIn(f"- {old}\n+ {new}\n", text)
        self.assertFalse(good)

    def test_says_good_of_nothing_never(self):
        self.assertFalse(page([], self.texts, [], 1)[1])

    def test_finds_explanations_of_lines_that_are_gone(self):
        known = read_equivalents("x.cpp\n- c = 2;\n+ c = 3;\nwhy: w\n\nx.cpp\n- d = 2;\n+ d = 3;\nwhy: w\n")
        self.assertEqual([e.old for e in stale(known, self.texts)], ["d = 2;"])

    def test_an_explained_mutation_may_leave_nothing(self):
        old = self.judged("survived")[0][0].lines(self.texts["x.cpp"])[0]
        known = read_equivalents(f"x.cpp\n- {old}\n+ (nothing)\nwhy: w\n")
        self.assertEqual([(e.old, e.new) for e in known], [(old, "")])

    def test_refuses_a_malformed_explanation(self):
        with self.assertRaises(ValueError):
            read_equivalents("x.cpp\n- a\n+ b\n")

    def test_takes_the_file_of_the_project(self):
        known = read_equivalents((Path(__file__).parent / "equivalent.txt").read_text())
        self.assertEqual(stale(known, {file: (ROOT / file).read_text() for file in PROGRAMS}), [])


class Planted(unittest.TestCase):
    block = ("a_row: it is wrong\nx.cpp\n- if (a  < b)\n- return 1;\n+ return 2;\n"
             "test: a_program a_row.is_seen\n")
    text = "    if (a < b)\n        return 1;\n    c = 2;\n    return 1;\n"

    def plants(self, old="", new=""):
        return read_plants(self.block.replace(old, new))

    def of(self, plants, text=None):
        return faults(plants, {"a_row": ["a_row.is_seen"]}, {"x.cpp": text or self.text})

    def test_is_read_with_its_blanks_joined(self):
        only_removed = self.block.replace("+ return 2;\n", "")
        first, second = read_plants(f"# why\n\n{self.block}\n\n{only_removed}")
        self.assertEqual(first.old, ("if (a < b)", "return 1;"))
        self.assertEqual((first.row, first.what, first.file), ("a_row", "it is wrong", "x.cpp"))
        self.assertEqual((first.program, first.test), ("a_program", "a_row.is_seen"))
        self.assertEqual((first.new, second.new), (("return 2;",), ()))

    def test_changes_the_lines_that_it_names_and_no_others(self):
        plant = self.plants()[0]
        self.assertEqual(plant.places(self.text), [0])
        self.assertEqual(plant.applied(self.text), "return 2;\n    c = 2;\n    return 1;\n")

    def test_fits_when_its_row_its_test_and_its_text_are_there(self):
        self.assertEqual(self.of(self.plants()), [])

    def test_is_missed_where_a_row_has_none(self):
        named = {"a_row": ["a_row.is_seen"], "b_row": []}
        self.assertEqual(faults(self.plants(), named, {"x.cpp": self.text}), ["no defect is planted for b_row"])

    def test_does_not_fit_a_row_a_test_or_a_file_that_is_not_there(self):
        self.assertIn("b_row, x.cpp: rows.txt has no such row", self.of(self.plants("a_row:", "b_row:")))
        self.assertEqual(self.of(self.plants("a_row.is_seen", "b.c")),
                         ["a_row, x.cpp: b.c is no test of this row"])
        self.assertEqual(self.of(self.plants("x.cpp", "y.cpp")), ["a_row, y.cpp: there is no such file"])

    def test_does_not_fit_a_text_that_is_gone_stands_twice_or_stays_the_same(self):
        self.assertEqual(self.of(self.plants(), "c = 2;\n"),
                         ["a_row, x.cpp: stands there 0 times, not once: if (a < b)"])
        self.assertEqual(self.of(self.plants("- if (a  < b)\n", "")),
                         ["a_row, x.cpp: stands there 2 times, not once: return 1;"])
        self.assertEqual(self.of(self.plants("+ return 2;", "+ if (a < b)\n+ return 1;")),
                         ["a_row, x.cpp: nothing is changed"])

    def test_refuses_a_malformed_block(self):
        for line in self.block.splitlines(keepends=True):
            if not line.startswith(("+ ", "- ")):
                self.assertRaises(ValueError, read_plants, self.block.replace(line, ""))

    def test_fits_the_files_of_the_project(self):
        self.assertEqual(faults(*read_all()), [])

    def test_is_told_on_a_page(self):
        plant = self.plants()[0]
        text = planted_page([(plant, True), (plant, False), (plant, None)])
        self.assertIn("1 of 3 caught.", text)
        self.assertIn("| a_row | x.cpp | it is wrong | a_row.is_seen |", text)
        self.assertIn("| none; a_row.is_seen should |", text)
        self.assertIn("| no telling: does not compile |", text)


if __name__ == "__main__":
    unittest.main()
