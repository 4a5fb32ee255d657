"""The tables of the pages are those of the program: which layouts are supported, and how; which rules hold for which Julia."""
import json
import os
import pathlib
import re
import subprocess
import unittest

JIRELOC = os.environ["JIRELOC"]
CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])
SOURCE = pathlib.Path(os.environ["JIRELOC_SOURCE"])
PAGE = (SOURCE / "src/format/README.md").read_text(encoding="utf-8")


def said(*arguments):
    return subprocess.run([JIRELOC, *arguments], capture_output=True, text=True, check=True).stdout


def rows():
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in said("help", "--support").splitlines()[2:]]


class Support(unittest.TestCase):
    def test_the_page_holds_the_table_that_is_printed(self):
        self.assertIn("\n" + said("help", "--support"), PAGE)

    def test_real_images_are_claimed_of_exactly_the_layouts_of_the_corpus(self):
        found = said("inspect", "--json", "--header", CORPUS)
        layouts = {json.loads(line)["layout"] for line in found.splitlines()}
        self.assertEqual({layout for _, _, layout, tried, _ in rows() if tried.startswith("real images")}, layouts)

    def test_version_prints_the_range_of_the_table(self):
        first, last = rows()[0], rows()[-1]
        self.assertIn(f"cache files of formats {first[1]} to {last[1]} (Julia {first[0]} to {last[0]})", said("--version"))

    def test_nothing_that_people_run_is_called_experimental(self):
        self.assertNotIn("experimental", said("help", "--support"))
        self.assertNotIn("experimental", PAGE.partition("## Adding a layout")[0])
        self.assertNotIn("experimental", (SOURCE / "README.md").read_text(encoding="utf-8"))

    def test_the_page_on_check_has_the_rules_in_their_order_with_their_versions(self):
        table = re.findall(r'\{(check_\w+), (?:"[^"]*", )?\{"([^"]*)", "([^"]*)"\}\}', (SOURCE / "src/check/rules.cpp").read_text())
        self.assertGreater(len(table), 15)
        page = (SOURCE / "src/check/README.md").read_text(encoding="utf-8")
        rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in page.splitlines() if line.startswith("| `check_")]
        self.assertEqual([tuple(row) for row in rows], [(f"`{rule}`", since, before) for rule, since, before in table])


if __name__ == "__main__":
    unittest.main()
