"""Pages that can be read in the program, as man pages and as text; what --version says; and that all of it is installed."""
import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import run

SOURCE = Path(os.environ["JIRELOC_SOURCE"])
PAGES = {"payload": "src/payload/README.md", "farm": "tools/examples/README.md", "json": "src/cli/README.md",
         "exit-status": "README.md"}
INSTALLED = ["man/man1/jireloc.1", *(f"man/man7/jireloc-{topic}.7" for topic in PAGES),
             "bash-completion/completions/jireloc", "zsh/site-functions/_jireloc", "fish/vendor_completions.d/jireloc.fish"]


def words(text):
    return re.findall(r"[^\W_]+", text)


def man(roff, *options):
    """The finished process of man over a page."""
    with tempfile.NamedTemporaryFile(suffix=".7") as file:
        file.write(roff)
        file.flush()
        return subprocess.run(["man", *options, "-l", file.name], capture_output=True, text=True,
                              env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""})


class Topics(unittest.TestCase):
    def test_each_is_named_by_help_and_printed_as_text_and_as_a_manual_page(self):
        overview = run("help").stdout.decode()
        for topic in PAGES:
            with self.subTest(topic):
                self.assertRegex(overview, rf"\n  {topic} +\w")
                self.assertTrue(run("help", topic).stdout)
                page = run("help", "--man", topic).stdout
                self.assertTrue(page.startswith(b".TH JIRELOC\\-" + topic.upper().replace("-", "\\-").encode() + b" 7 "), page[:80])
                self.assertIn(f".SH NAME\njireloc\\-{topic.replace('-', chr(92) + '-')} \\- ".encode(), page)

    def test_no_word_of_a_page_is_lost_and_none_of_its_marks_is_left(self):
        for topic in ("payload", "farm"):
            page = (SOURCE / PAGES[topic]).read_text(encoding="utf-8")
            page = re.sub(r"\]\([^)]*\)", "]", re.sub(r"^```.*", "", page, flags=re.M))
            page = re.sub(r"^\|.*\|\n(?=\|-)", "", page, flags=re.M)  # a list of keys needs no headings
            shown = run("help", topic).stdout.decode()
            self.assertEqual(set(words(page)) - set(words(shown)), set(), topic)
            prose = re.sub(r"^    .*", "", shown, flags=re.M)
            self.assertNotRegex(prose, r"`|\*\*|\]\(|^\|", topic)

    def test_lines_are_no_wider_than_a_page_unless_they_are_shown_as_typed(self):
        for topic in PAGES:
            for line in run("help", topic).stdout.decode().splitlines():
                if not line.startswith("    ") and " " in line.strip():
                    self.assertLessEqual(len(line), 80, line)

    def test_man_shows_the_pages_without_a_warning(self):
        pages = [run("help", "--man").stdout, *(run("help", "--man", topic).stdout for topic in PAGES)]
        for page in pages:
            shown = man(page, "--warnings", "-P", "cat")
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        shown = man(run("help", "--man", "exit-status").stdout, "-P", "cat").stdout
        self.assertRegex(shown, r"\n +2 +the command line is wrong; nothing was done\n")

    def test_a_wrong_topic_suggests_the_nearest(self):
        self.assertIn(b"did you mean 'payload'", run("help", "paylaod").stderr)
        self.assertEqual(run("help", "--man", "no-such").returncode, 2)


class Version(unittest.TestCase):
    def test_it_says_how_it_was_built_and_what_is_known(self):
        told = json.loads(run("--version", "--json").stdout)
        self.assertEqual(told["schema"], "jireloc/version/1")
        self.assertEqual(told["arch"], os.uname().machine)
        text = run("--version").stdout.decode()
        for value in (told["version"], told["compiler"], told["c_library"], *told["libraries"].values()):
            self.assertRegex(value, r"\d")
            self.assertIn(value, text)
        zstd = subprocess.run(["pkg-config", "--modversion", "libzstd"], capture_output=True, text=True).stdout.strip()
        self.assertEqual(told["libraries"]["Zstandard"], zstd)

    def test_the_layouts_are_those_of_the_table(self):
        rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in run("help", "--support").stdout.decode().splitlines()[2:]]
        layouts = json.loads(run("--version", "--json").stdout)["layouts"]
        self.assertEqual([[row["versions"], str(row["format"]), row["layout"]] for row in layouts], rows)

    def test_the_page_on_json_names_its_keys(self):
        section = (SOURCE / "src/cli/README.md").read_text().split("\n### version\n")[1].split("\n### ")[0]
        told = json.loads(run("--version", "--json").stdout)
        for key in {*told, *told["layouts"][0]} - {"schema"}:
            self.assertIn(f"`{key}`", section)

    def test_anything_else_behind_it_is_wrong(self):
        self.assertEqual(run("--version", "--jsn").returncode, 2)


class Installed(unittest.TestCase):
    def test_man_pages_and_completions_are_where_man_and_the_shells_look(self):
        build = Path(os.environ["JIRELOC_BUILD"])
        if not (build / "pages").is_dir():
            self.skipTest("the target jireloc_pages was not built")
        made = {path.name for path in (build / "pages").iterdir()}
        self.assertEqual(made, {Path(path).name for path in INSTALLED})
        rules = (build / "cmake_install.cmake").read_text()
        for path in INSTALLED:
            folder, name = path.rsplit("/", 1)
            self.assertRegex(rules, rf'share/{folder}" TYPE FILE FILES "[^"]*/pages/{re.escape(name)}"')
        self.assertTrue((build / "pages/_jireloc").read_text().startswith("#compdef jireloc\n"))


if __name__ == "__main__":
    unittest.main()
