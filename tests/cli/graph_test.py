"""jireloc graph: which images need which, as DOT, SVG and JSON."""
import json
import os
import re
import shutil
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from support import CORPUS, run, unpack

FAMILY = "1.10.8-plain"
SVG = "{http://www.w3.org/2000/svg}"
NEEDS = {"Leaf": set(), "Prefs": set(), "Big": {"Leaf"}, "Mid": {"Leaf"}, "Top": {"Leaf", "Mid"},
         "MidPrefsExt": {"Leaf", "Mid", "Prefs"}}


class Graph(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.top)
        self.depot = self.top / "d"
        unpack(FAMILY, self.depot)
        done = run("rewrite", "--map", f"/home/pkgeval/.julia={self.depot}", self.depot / "compiled")
        self.assertEqual(done.returncode, 0, done.stderr)

    def graph(self, *options, status):
        done = run("graph", *options, self.depot)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout.decode()

    def nodes(self, status):
        told = json.loads(self.graph("--format", "json", status=status))
        self.assertEqual(told["schema"], "jireloc/graph/1")
        return told["nodes"], {node["package"]: node for node in told["nodes"]}

    def image(self, package):
        return next(self.depot.glob(f"compiled/v1.10/{package}/*.ji"))

    def test_images_are_tied_to_those_that_they_need(self):
        nodes, by_name = self.nodes(0)
        self.assertEqual({node["condition"] for node in nodes}, {"loads"})
        self.assertEqual({name: {nodes[i]["package"] for i in node["needs"]} for name, node in by_name.items()}, NEEDS)
        self.assertEqual({nodes[i]["package"] for i in by_name["Top"]["drawn"]}, {"Mid"}, "it has Leaf through Mid")

    def test_what_is_needed_is_drawn_though_it_was_not_named(self):
        told = json.loads(run("graph", "--format=json", "--depot", self.depot, self.image("Mid")).stdout)
        self.assertEqual({(node["package"], node["named"]) for node in told["nodes"]}, {("Mid", True), ("Leaf", False)})

    def test_rejected_chains_can_be_told_apart(self):
        (self.depot / "packages/Leaf/YapGN/src/inner.jl").write_text("# another")
        nodes, by_name = self.nodes(1)
        self.assertEqual(by_name["Leaf"]["condition"], "stale")
        self.assertEqual(by_name["Top"]["condition"], "waits")
        self.assertEqual(by_name["Prefs"]["condition"], "loads")
        self.assertEqual(by_name["Leaf"]["code"], "source-mtime-change")
        dot = self.graph(status=1)
        number = {label: n for n, label in re.findall(r'(n\d+) \[label="(\w+)\\n', dot)}
        self.assertIn(f'{number["Mid"]} -> {number["Leaf"]} [color', dot)
        self.assertIn(f'{number["MidPrefsExt"]} -> {number["Prefs"]};', dot)

    def test_a_build_that_is_lacked_has_a_place_of_its_own(self):
        self.image("Mid").unlink()
        nodes, by_name = self.nodes(1)
        self.assertEqual(by_name["Mid"]["condition"], "absent")
        self.assertNotIn("path", by_name["Mid"])
        for dependent in ("Top", "MidPrefsExt"):
            self.assertIn(nodes.index(by_name["Mid"]), by_name[dependent]["needs"])
        self.assertEqual(len(nodes), 6, "one for both")

    def test_the_picture_has_every_image_and_arrow_as_text_too(self):
        os.truncate(self.image("Big"), 300)
        picture = ElementTree.fromstring(self.graph("--format", "svg", status=3))
        self.assertEqual(picture.get("role"), "img")
        groups = {group.find(f"{SVG}text").text: group for group in picture.iter(f"{SVG}g")}
        self.assertEqual(set(groups), set(NEEDS))
        self.assertEqual(groups["Big"].get("class"), "unreadable")
        self.assertRegex(groups["Big"].findall(f"{SVG}text")[1].text, "^unreadable: [a-z-]+$")
        self.assertIn(str(self.image("Big")), groups["Big"].find(f"{SVG}title").text)
        arrows = {title.text for path in picture.findall(f"{SVG}path") for title in path}
        self.assertEqual(arrows, {"Mid needs Leaf", "Top needs Mid", "MidPrefsExt needs Mid", "MidPrefsExt needs Prefs"})

    def test_names_from_files_end_no_text(self):
        (self.depot / 'A"<&\\B.ji').write_bytes(self.image("Leaf").read_bytes()[:300])
        picture = self.graph("--format=svg", status=3)
        self.assertIn('A"<&\\\\B.ji', [text.text for text in ElementTree.fromstring(picture).iter(f"{SVG}text")])
        self.assertIn(r'label="A\"<&\\\\B.ji\nunreadable', self.graph(status=3))

    def test_several_julias_and_images_of_a_package_are_told_apart(self):
        shutil.copytree(CORPUS / "1.12.5-plain/images/compiled/v1.12/Leaf", self.depot / "compiled/v1.12/Leaf")
        leaf = self.image("Leaf")
        shutil.copy(leaf, leaf.with_name("D4iCS_other.ji"))
        labels = re.findall(r'label="(Leaf[^\\]*)\\n', self.graph(status=0))
        self.assertEqual(len(set(labels)), len(labels))
        self.assertIn("Leaf v1.10 D4iCS_other.ji", labels)

    def test_too_many_for_a_picture_are_refused_and_nothing_is_written(self):
        folder = self.depot / "compiled/v1.10/Leaf"
        for number in range(500):
            os.link(self.image("Prefs"), folder / f"D4iCS_{number}.ji")
        target = self.top / "x.svg"
        target.write_text("before")
        done = run("graph", "--no-checksums", "--format=svg", "-o", target, folder)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"--format dot", done.stderr)
        self.assertEqual(target.read_text(), "before")

    def test_a_file_is_replaced_whole(self):
        target = self.top / "x.dot"
        target.write_text("before")
        self.assertEqual(self.graph("--output", str(target), status=0), "")
        self.assertTrue(target.read_text().startswith("digraph"))
        self.assertEqual(sorted(path.name for path in self.top.iterdir()), ["d", "x.dot"])
        done = run("graph", "-o", self.top / "absent/x", self.depot)
        self.assertEqual(done.returncode, 3)

    def test_a_wrong_format_is_2(self):
        self.assertIn(b"dot, svg, json", run("graph", "--format", "png", self.depot).stderr)

    def test_the_page_names_every_key(self):
        section = (Path(os.environ["JIRELOC_SOURCE"]) / "src/cli/README.md").read_text()
        section = section.split("\n### graph\n")[1].split("\n### ")[0]
        self.image("Mid").unlink()
        for node in self.nodes(1)[0]:
            for key in node:
                self.assertIn(f"`{key}`", section)


if __name__ == "__main__":
    unittest.main()
