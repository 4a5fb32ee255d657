"""tools/mutate changes code and nothing else, and tells a change that tests notice from one that they do not."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

SOURCE = pathlib.Path(os.environ["JIRELOC_SOURCE"])
sys.path.insert(0, str(SOURCE / "tools"))
sys.dont_write_bytecode = True

from mutation import report, scratch, sites, trial


def changes(source):
    """{(old line, new line)} of all mutants of a source text."""
    source = textwrap.dedent(source)
    return {sites.diff(source, mutant)[1:] for site in sites.mutants_of(source) for mutant in site}


class Sites(unittest.TestCase):
    def test_comments_strings_characters_and_preprocessor_lines_are_left_alone(self):
        self.assertEqual(changes(r'''
            #if A < 1 && \
                B > 2
            // a < b && c + 1
            /* return 1; if (a == b) */
            const char* text = "a < b && \"c\" + 1";
            const char* raw = R"x(1 < 2 "quoted" )" && 3)x";
            const char letter = '\'', plus = '+';
            #endif
        '''), set())

    def test_static_assert_templates_and_declarations_are_left_alone(self):
        self.assertEqual(changes('''
            static_assert(sizeof(int) >= 4 && 2 > 1);
            template <typename T, unsigned N>
            std::vector<std::array<int, 3>> make(const T& a, T&& b, char* c);
            struct Shape {
              virtual int area() const = 0;
              bool operator<(const Shape& other) const;
              ~Shape();
              Shape(int x);
            };
        '''), set())

    def test_each_operator_has_its_changes(self):
        for old, new in [("x = a < b;", {"x = a <= b;", "x = a >= b;"}), ("x = a == b;", {"x = a != b;"}),
                         ("x = a && b;", {"x = a || b;"}), ("x = a + b;", {"x = a - b;"}), ("x = a << b;", {"x = a >> b;"}),
                         ("x = a ^ b;", {"x = a | b;", "x = a & b;"}), ("x = !b;", {"x = b;"}), ("x = 0x1FU;", {"x = 0x20U;"}),
                         ("x = 1'000;", {"x = 1001;"}), ("x = true;", {"x = false;"}), ("f(x);", set()), ("x.y(z)->w();", set())]:
            with self.subTest(old):
                removed = {(old, ";")}
                self.assertEqual(changes(f"void g() {{\n{old}\n}}\n"), {(old, text) for text in new} | removed)

    def test_conditions_are_negated_and_jumps_removed_but_not_the_last_return(self):
        found = changes('''
            int f(int a) {
              if (const int b = a; b) return b;
              while (a) break;
              for (int i = a;; ++i) {
                throw i;
              }
              int x(a);
              return x;
            }
        ''')
        self.assertEqual(found, {
            ("if (const int b = a; b) return b;", "if (const int b = a; !(b)) return b;"),
            ("if (const int b = a; b) return b;", "if (const int b = a; b) ;"),
            ("while (a) break;", "while (!(a)) break;"), ("while (a) break;", "while (a) ;"),
            ("for (int i = a;; ++i) {", "for (int i = a;; --i) {"), ("throw i;", ";")})

    def test_a_mutant_of_several_lines_keeps_the_numbers_of_the_lines_behind_it(self):
        source = "void f() {\n  g(1,\n    2);\n  h();\n}\n"
        for site in sites.mutants_of(source):
            for mutant in site:
                self.assertEqual(sites.mutated(source, mutant).count("\n"), source.count("\n"))

    def test_every_beginning_of_the_choice_is_spread_over_the_files_and_a_seed_repeats_it(self):
        long, short = "int x = 1;\n" * 90, "int y = 1;\n" * 10
        chosen = sites.choose({"long": long, "short": short}, 3)
        self.assertEqual(chosen, sites.choose({"long": long, "short": short}, 3))
        self.assertNotEqual(chosen, sites.choose({"long": long, "short": short}, 4))
        for size in (10, 20, 50):
            self.assertAlmostEqual(sum(mutant.path == "short" for mutant in chosen[:size]), size / 10, delta=1)

    def test_code_of_this_project_has_sites_of_every_kind(self):
        text = (SOURCE / "src/crc32c/solve.cpp").read_text(encoding="utf-8")
        self.assertEqual({mutant.kind for site in sites.mutants_of(text) for mutant in site},
                         {"comparison", "arithmetic", "constant", "logical", "statement"})


TOY = {
    "CMakeLists.txt": """
        cmake_minimum_required(VERSION 3.25)
        project(toy LANGUAGES CXX)
        add_library(jireloc STATIC src/toy/toy.cpp)
        target_include_directories(jireloc PUBLIC src)
        add_executable(test_toy tests/toy/toy_test.cpp)
        target_link_libraries(test_toy PRIVATE jireloc)
        add_custom_target(corpus)
        add_custom_target(text_fixtures)
    """,
    "src/toy/limit.hpp": "constexpr int kLimit = 10;\n",
    "src/toy/double.hpp": "inline int twice(int n) { return n + n; }\n",
    "src/toy/toy.cpp": """
        #include "toy/limit.hpp"
        int shown = 0;
        bool fits(int n) { return n < kLimit; }
        void show(int n) {
          shown = n;
        }
        void loop(int n) {
          while (n > 0) --n;
        }
        #if 0
        int never() { return 1; }
        #endif
    """,
    "tests/toy/toy_test.cpp": """
        #include "toy/double.hpp"
        bool fits(int n);
        void show(int n);
        void loop(int n);
        int main() { show(1); loop(3); return fits(9) && !fits(11) && twice(3) == 6 ? 0 : 1; }
    """,
}


class Toy(unittest.TestCase):
    """A project of two files whose test does not look at everything."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        root = pathlib.Path(cls.scratch.name) / "toy"
        for path, text in TOY.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(textwrap.dedent(text), encoding="utf-8")
        cls.sources = sites.read(root, ["src/toy/*"])
        program = scratch.Program("toy")
        place = scratch.Scratch(root, root.parent / "mutate")
        place.prepare([program])
        place.measure([program], lambda text: None)
        program.limit = 1
        cls.trials = trial.Trials(place, cls.sources, lambda path: [program])

    def try_one(self, path, old, new):
        """The result of the mutant that makes one line into another."""
        (mutant,) = {mutant for site in sites.mutants_of(self.sources[path], path) for mutant in site
                     if sites.diff(self.sources[path], mutant)[1:] == (old, new)}
        return self.trials.one(mutant)

    def outcome(self, old, new):
        return self.try_one("src/toy/toy.cpp", old, new).outcome

    def test_a_change_that_the_test_notices_is_caught(self):
        fits = "bool fits(int n) { return n < kLimit; }"
        self.assertEqual(self.outcome(fits, fits.replace("<", ">=")), "caught")

    def test_a_change_that_it_does_not_notice_survives(self):
        fits = "bool fits(int n) { return n < kLimit; }"
        self.assertEqual(self.outcome(fits, fits.replace("<", "<=")), "survived")
        self.assertEqual(self.outcome("shown = n;", ";"), "survived")

    def test_a_change_in_a_header_reaches_what_includes_it(self):
        result = self.try_one("src/toy/limit.hpp", "constexpr int kLimit = 10;", "constexpr int kLimit = 11;")
        self.assertEqual((result.outcome, result.line), ("survived", 1))
        self.assertEqual(self.trials.one(sites.Mutant("src/toy/limit.hpp", "constant", 23, 25, "9")).outcome, "caught")

    def test_a_change_in_a_header_reaches_the_test_itself(self):
        result = self.try_one("src/toy/double.hpp", "inline int twice(int n) { return n + n; }", "inline int twice(int n) { return n - n; }")
        self.assertEqual(result.outcome, "caught")

    def test_an_endless_loop_is_caught_by_its_time(self):
        endless = sites.Mutant("src/toy/toy.cpp", "statement", *self.span("--n;"), "asm volatile(\"\");")
        result = self.trials.one(endless)
        self.assertEqual((result.outcome, result.by, result.how), ("caught", "toy", "timeout"))

    def span(self, text):
        begin = self.sources["src/toy/toy.cpp"].index(text)
        return begin, begin + len(text)

    def test_what_does_not_compile_or_compiles_to_the_same_code_is_told_apart(self):
        broken = sites.Mutant("src/toy/toy.cpp", "constant", *self.span("kLimit; }"), "nothing; }")
        self.assertEqual(self.trials.one(broken).outcome, "uncompilable")
        self.assertEqual(self.outcome("int never() { return 1; }", "int never() { return 2; }"), "same")


class Report(unittest.TestCase):
    def result(self, outcome, new="n <= m", how=None):
        return trial.Result("src/a/b.cpp", 3, "comparison", "n < m", new, outcome, "a" if how else None, how, 0.1)

    def test_equivalent_mutants_are_counted_apart_and_only_when_reviewed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "equivalent.txt"
            path.write_text("# reviewed\n\nsrc/a/b.cpp\n- n < m\n+ n <= m\nwhy: both are zero then\n")
            equivalent = report.read_equivalent(path)
            path.write_text("src/a/b.cpp\n- n < m\n+ n <= m\n")
            self.assertRaises(ValueError, report.read_equivalent, path)
        results = [self.result("survived"), self.result("survived", "n > m"), self.result("caught", "n >= m", "timeout"),
                   self.result("uncompilable"), self.result("same")]
        self.assertEqual(report.counts(results, equivalent),
                         {"mutants": 3, "caught": 1, "by timeout": 1, "survived": 1, "equivalent": 1, "share": 0.5,
                          "uncompilable": 1, "same code": 1})
        self.assertEqual([result.new for result in report.survivors(results, equivalent)], ["n > m"])

    def test_every_reviewed_mutant_is_one_of_a_line_that_is_still_there(self):
        for path, old, new in report.read_equivalent(SOURCE / "tests/mutation/equivalent.txt"):
            with self.subTest(path=path, old=old, new=new):
                self.assertIn((old, new), changes((SOURCE / path).read_text(encoding="utf-8")))

    def test_the_record_of_a_run_is_reported_again_and_its_survivors_are_known(self):
        (survivor, caught) = ("bits_[size_++] = bit;", ";"), ("if (row.change == 0) return;", "if (row.change != 0) return;")
        with tempfile.TemporaryDirectory() as folder:
            results = [trial.Result("src/crc32c/solve.cpp", 1, "any", *caught, "caught", "crc32c", "failed", 1.0),
                       trial.Result("src/crc32c/solve.cpp", 2, "any", *survivor, "survived", None, None, 1.0)]
            (pathlib.Path(folder) / "results.jsonl").write_text("".join(json.dumps(result._asdict()) + "\n" for result in results))

            def command(*options):
                return subprocess.run([sys.executable, "-B", SOURCE / "tools/mutate", "--build", folder, *options], text=True,
                                      stdout=subprocess.PIPE, check=False)

            ran = command("--report")
            self.assertEqual(ran.returncode, 1)
            self.assertRegex(ran.stdout, r"in all +2 +1 +0 +1 +0 +50.0 %")
            self.assertIn("survived: src/crc32c/solve.cpp:2\n- bits_[size_++] = bit;\n+ ;\n", ran.stdout)
            self.assertEqual(command("--report", "--min", "50").returncode, 0)
            self.assertEqual(json.loads(command("--report", "--json").stdout)["all"]["share"], 0.5)
            listed = command("--survivors", "--list").stdout
            self.assertRegex(listed, r"\Asrc/crc32c/solve.cpp:\d+ \(statement\)\n- bits_\[size_\+\+\] = bit;\n\+ ;\n\Z")

    def test_the_command_lists_its_choice_without_building(self):
        ran = subprocess.run([sys.executable, "-B", SOURCE / "tools/mutate", "--list", "--seed", "5", "--files", "src/crc32c/solve.cpp"],
                             text=True, stdout=subprocess.PIPE, check=True)
        self.assertGreater(ran.stdout.count("src/crc32c/solve.cpp:"), 50)


if __name__ == "__main__":
    unittest.main()
