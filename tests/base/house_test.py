"""What the rooms of the house may know of each other."""
import os
import re
import unittest
from collections import Counter
from pathlib import Path

SOURCE = Path(os.environ["JIRELOC_SOURCE"])
ROOMS = {room.name for room in (SOURCE / "src").iterdir() if room.is_dir()}


def files(*folders):
    return sorted(path for folder in folders for path in (SOURCE / folder).rglob("*.?pp"))


def library():
    return [path for path in files("src", "include") if not {"cli", "capi"} & set(path.relative_to(SOURCE).parts)]


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def declared_functions(header):
    """What others can call: all names before a parenthesis but those of private members."""
    text = re.sub(r"\n private:.*?\n};", "\n};", without_comments(header.read_text(encoding="utf-8")), flags=re.S)
    words = {"if", "for", "while", "return", "sizeof", "noexcept", "static_cast", "static_assert", "decltype", "operator",
             "int", "bool"}
    return set(re.findall(r"(?<!~)\b([a-z]\w*[a-z0-9])\(", text)) - words


class House(unittest.TestCase):
    def test_no_text_of_the_library_names_an_option_of_the_command_line(self):
        literals = [(path.name, literal) for path in library()
                    for literal in re.findall(r'"(?:[^"\\\n]|\\.)*"', without_comments(path.read_text(encoding="utf-8")))
                    if re.search(r"--[a-z]", literal)]
        self.assertEqual(literals, [])
        self.assertGreater(len(library()), 200)

    def test_the_command_line_uses_what_is_public_and_nothing_behind_it(self):
        private = {include for path in files("src/cli")
                   for include in re.findall(r'#include "([^"]+)"', path.read_text(encoding="utf-8"))
                   if include.split("/")[0] in ROOMS - {"cli"}}
        self.assertEqual(private, set())

    def test_an_option_that_the_command_line_speaks_of_is_there(self):
        rows = re.compile(r'\{\s*"([a-z][a-z-]+)",\s*(?:0|\'.\'),')
        texts = [(path.name, without_comments(path.read_text(encoding="utf-8"))) for path in files("src/cli")]
        there = {name for _, text in texts for name in rows.findall(text)}
        self.assertGreater(len(there), 60)
        help_takes = {"man", "bash-completion", "zsh-completion", "fish-completion", "support", "codes"}
        julia_takes = {"project", "pkgimages", "compress-sysimage", "startup-file", "history-file"}
        others = help_takes | julia_takes | {"version", "zstd"}  # tar --zstd
        spoken = [(name, option) for name, text in texts for literal in re.findall(r'"(?:[^"\\\n]|\\.)*"', text)
                  for option in re.findall(r"(?<![-\w])--([a-z][a-z-]+)", literal)]
        self.assertGreater(len(spoken), 60)
        self.assertEqual([(name, option) for name, option in spoken if option not in there | others], [])

    def test_nothing_is_thrown_through_the_c_library(self):
        # The programs have an unwinder of their own (-static-libgcc), and glibc's pthread_once has another one: between the
        # two, what is thrown ends the process.
        users = [path.name for path in files("src", "include")
                 if re.search(r"\b(call|pthread)_once\b", without_comments(path.read_text(encoding="utf-8")))]
        self.assertEqual(users, [])

    def test_each_public_function_is_used_by_the_command_line_or_a_test_or_an_example(self):
        users = Counter(word for path in files("src/cli", "src/capi", "tests", "tools")
                        for word in re.findall(r"\w+", without_comments(path.read_text(encoding="utf-8"))))
        names = {name for path in files("include") for name in declared_functions(path)}
        self.assertGreater(len(names), 250)
        self.assertEqual({name for name in names if not users[name]}, set())


if __name__ == "__main__":
    unittest.main()
