"""Every transcript in the pages (README.md, here and in the rooms) is run again, and must print what the page shows.

A block fenced as ```console holds lines "$ COMMAND", each followed by what it prints (stdout and stderr); "..." alone
on a line stands for any lines, "[exit N]" for a status other than 0. The blocks of a page run in order in one folder,
which the page calls PLACE and which holds the corpus' depot of Julia 1.10.8 twice, as `depot/` and `other/`, and what
that Julia printed when it loaded the depot from another place (load-*.log).

    readme_test.py --update   writes what the commands print now into the pages
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import unpack  # noqa: E402

PLACE = "/srv/julia-lib"  # as long as the folder it stands for: lengths of paths show in what is printed
SOURCE = pathlib.Path(os.environ["JIRELOC_SOURCE"])
PAGES = sorted([SOURCE / "README.md"] + [page for room in ("src", "tests", "tools", "fixtures", "include")
                                         for page in (SOURCE / room).rglob("*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


def make_place():
    place = pathlib.Path(tempfile.mkdtemp(dir="/tmp", prefix="j"))
    assert len(str(place)) == len(PLACE), place
    shipped = pathlib.Path(os.environ["JIRELOC_CORPUS"]) / "1.10.8-plain"
    for copy in (place / "depot", place / "other"):
        unpack("1.10.8-plain", copy)
    for log in shipped.glob("load-*.log"):  # what the real Julia 1.10.8 printed
        shutil.copy(log, place)
    (place / "bin").mkdir()
    (place / "bin" / "jireloc").symlink_to(os.environ["JIRELOC"])
    return place


def run(command, place):
    """What a command prints, as a page shows it."""
    path = f"{place}/bin:{os.environ['PATH']}"
    ran = subprocess.run(["bash", "-c", command.replace(PLACE, str(place))], cwd=place, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, env={"PATH": path, "HOME": str(place), "LC_ALL": "C.UTF-8"}, timeout=300)
    said = ran.stdout.decode().replace(str(place), PLACE)
    said = "".join(line.rstrip() + "\n" for line in said.splitlines())
    return said + (f"[exit {ran.returncode}]\n" if ran.returncode else "")


def steps(block):
    """(command, wanted output) of a block."""
    command, wanted = None, []
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            if command:
                yield command, "".join(wanted)
            command, wanted = line[2:].rstrip("\n"), []
        elif command.endswith("\\"):
            command += "\n" + line.rstrip("\n")
        else:
            wanted.append(line)
    yield command, "".join(wanted)


def matches(wanted, said):
    pattern = "".join("(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in wanted.splitlines(keepends=True))
    return re.fullmatch(pattern, said) is not None


def text(page):
    return page.read_text(encoding="utf-8")


def links(page):
    """What a page links to, of this repository."""
    prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", text(page), flags=re.M | re.S)
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in target]


def headings(page):
    """As the links to them are spelled."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text(page), re.M)}


class Pages(unittest.TestCase):
    maxDiff = None

    def test_every_transcript_is_what_the_commands_print(self):
        self.assertGreater(sum(len(BLOCK.findall(text(page))) for page in PAGES), 8)
        for page in PAGES:
            blocks = BLOCK.findall(text(page))
            if not blocks:
                continue
            place = make_place()
            self.addCleanup(shutil.rmtree, place)
            for command, wanted in (step for block in blocks for step in steps(block)):
                said = run(command, place)
                with self.subTest(f"{page.relative_to(SOURCE)}: {command}"):
                    if not matches(wanted, said):
                        self.assertEqual(wanted, said)

    def test_every_link_leads_to_a_file_and_a_heading_that_there_are(self):
        for page in PAGES:
            for target in links(page):
                path, _, heading = target.partition("#")
                file = (page.parent / path).resolve() if path else page
                with self.subTest(f"{page.relative_to(SOURCE)}: {target}"):
                    self.assertTrue(file.exists())
                    if heading:
                        self.assertIn(heading, headings(file))

    def test_every_page_is_reached_from_the_first(self):
        reached, ahead = set(), [SOURCE / "README.md"]
        while ahead:
            page = ahead.pop()
            reached.add(page)
            files = {(page.parent / target.partition("#")[0]).resolve() for target in links(page)}
            ahead += [file for file in files - reached if file.suffix == ".md"]
        self.assertEqual({page.resolve() for page in PAGES} - {page.resolve() for page in reached}, set())

    def test_every_key_of_the_json_is_named_where_its_command_is_told_of(self):
        corpus = pathlib.Path(os.environ["JIRELOC_CORPUS"])
        leaf = [next(corpus.rglob(f"{kind}/images/compiled/*/Leaf/*.ji")) for kind in ("1.5.3-plain", "1.12.5-split", "1.14.0-DEV-plain")]
        prefs = next(corpus.rglob("1.10.8-split/images/compiled/*/Prefs/*.ji"))
        place = make_place()
        self.addCleanup(shutil.rmtree, place)
        common, *sections = text(SOURCE / "src/cli/README.md").split("\n## JSON\n")[1].split("\n### ")
        sections = {command: section for section in sections for command in section.split("\n")[0].split(", ")}
        extracted = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, extracted)
        for command in (["inspect", "--depot", corpus, *leaf, prefs], ["inspect", "--verify", "--extract", extracted, *leaf],
                        ["inspect", "--source=inner.jl", leaf[0]], ["scan", *leaf], ["check", *leaf],
                        ["check", "--explain", "Leaf", "--depot", place / "depot"],
                        ["rewrite", "--dry-run", "--payload=header-only", "--map", "/home/pkgeval/.julia=/a", *leaf],
                        ["diff", leaf[1], leaf[2]],
                        ["relocate", "--from", place / "depot", "--to", place / "shared"], ["prune", place / "shared"]):
            ran = subprocess.run([os.environ["JIRELOC"], command[0], "--json", *command[1:]], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, timeout=300)
            items = [json.loads(line) for line in ran.stdout.splitlines()]
            self.assertTrue(items, command)
            quoted = " ".join(re.findall(r"`([^`]+)`", common + sections[command[0]]))
            named, keys = set(re.findall(r"[\w-]+", quoted)), set()
            for item in items:
                keys |= set(item) - {"schema"}
                for value in item.values():
                    entry = value[0] if isinstance(value, list) and value else value
                    keys |= set(entry) if isinstance(entry, dict) else set()
            self.assertEqual(keys - named, set(), command[0])


def update(page):
    place = make_place()

    def fresh(block):
        lines = ""
        for command, wanted in steps(block[1]):
            said = run(command, place)
            lines += f"$ {command}\n" + (wanted if matches(wanted, said) else said)
        return f"```console\n{lines}```"

    page.write_text(BLOCK.sub(fresh, text(page)), encoding="utf-8")
    shutil.rmtree(place)


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        for page in PAGES:
            if BLOCK.search(text(page)):
                update(page)
    else:
        unittest.main(verbosity=2)
