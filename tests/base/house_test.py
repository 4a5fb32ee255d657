"""What the rooms of the house may know of each other."""
import os
import re
import unittest
from pathlib import Path

SOURCE = Path(os.environ["JIRELOC_SOURCE"])
ROOMS = {room.name for room in (SOURCE / "src").iterdir() if room.is_dir()}


def files(*folders):
    return sorted(path for folder in folders for path in (SOURCE / folder).rglob("*.?pp"))


def library():
    return [path for path in files("src", "include") if "cli" not in path.relative_to(SOURCE).parts]


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


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


if __name__ == "__main__":
    unittest.main()
