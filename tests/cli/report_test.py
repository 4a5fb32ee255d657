"""jireloc report: what its page holds. How the page works is tried in report_page_test.py."""
import json
import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from support import run, unpack


def data_of(page):
    return re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1]


class Report(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.top)
        self.depot = self.top / "d"
        unpack("1.10.8-plain", self.depot)
        done = run("rewrite", "--map", f"/home/pkgeval/.julia={self.depot}", self.depot / "compiled")
        self.assertEqual(done.returncode, 0, done.stderr)

    def report(self, *options, status):
        done = run("report", *options, self.depot)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout.decode()

    def data(self, *options, status):
        data = json.loads(data_of(self.report(*options, status=status)))
        self.assertEqual(data["schema"], "jireloc/report/1")
        return data

    def image(self, package):
        return next(self.depot.glob(f"compiled/v1.10/{package}/*.ji"))

    def test_it_says_what_check_says(self):
        os.truncate(self.image("Big"), 300)
        (self.depot / "packages/Leaf/YapGN/src/inner.jl").write_text("# another")
        nodes = {node["path"]: node for node in self.data(status=3)["nodes"] if "path" in node}
        for line in run("check", "--json", self.depot).stdout.splitlines():
            told = json.loads(line)
            node = nodes.pop(told["path"])
            for key in ("reasons", "load_problems", "findings", "notes"):
                self.assertEqual(node.get(key, []), told[key])
            expected = told["verdict"] if told["verdict"] != "fresh" else "loads" if told["loads"] else "waits"
            self.assertEqual(node["condition"], expected)
            if node["condition"] == "unreadable":
                continue
            header = json.loads(run("inspect", "--json", told["path"]).stdout)
            self.assertEqual(node["sources"], [entry["path"] for entry in header["includes"]])
            self.assertEqual((node["layout"], node["sources_total"]), (header["layout"], len(header["includes"])))
            self.assertEqual(node.get("processors", []), [target["name"] for target in header["targets"]])
        self.assertEqual(nodes, {})

    def test_it_says_which_places_an_image_names_as_scan_does(self):
        for node in self.data(status=0)["nodes"]:
            scanned = json.loads(run("scan", "--json", node["path"]).stdout)
            self.assertEqual([place["place"] for place in node.get("places", [])], scanned["old_paths"])
            found = {}
            for place in node.get("places", []):
                self.assertEqual(place["is_here"], place["place"] == str(self.depot))
                for kind, number in place["found"].items():
                    found[kind] = found.get(kind, 0) + number
                header = json.loads(run("inspect", "--json", node["path"]).stdout)
                below = [entry["path"] for entry in header["includes"] if entry["path"].startswith(place["place"] + "/")]
                self.assertEqual(place["file_names"], len(below))
                self.assertEqual(place["left"], {})
            self.assertEqual(found, {kind: number for kind, number in scanned["counts"].items() if number})
        self.assertTrue(found)

    def test_it_says_where_every_byte_lies_unless_it_is_not_to_look(self):
        data = self.data(status=0)
        for node in data["nodes"]:
            self.assertEqual(sum(node["image_parts"][1::2]), os.path.getsize(node["path"]))
            names = [data["part_names"][number] for number in node["image_parts"][::2]]
            self.assertEqual(names[-1], ["checksum", "checksum of the file"])
            self.assertEqual(names.count(["source", "source texts"]), 1)
        for node in self.data("--no-payloads", status=0)["nodes"]:
            self.assertEqual(set(node) & {"image_parts", "places"}, set())
            self.assertTrue(node["layout"])

    def test_each_cause_has_its_images_and_the_command_of_check(self):
        shutil.copytree(self.depot, self.top / "other")
        self.depot = self.top / "other"
        data = self.data("--depot", str(self.depot), "--project", str(self.depot / "environments/eval"), status=1)
        said = run("check", "--depot", self.depot, "--project", self.depot / "environments/eval", self.depot).stdout.decode()
        self.assertTrue(data["causes"])
        for cause in data["causes"]:
            self.assertIn(f"{cause['code']}: ", said)
            self.assertTrue(cause["nodes"])
            if cause["command"]:
                self.assertIn("jireloc rewrite --map", cause["command"])
                self.assertIn(cause["command"].split(" --depot")[0], said)

    def test_it_is_one_file_that_asks_for_no_other(self):
        page = self.report(status=0).replace("http://www.w3.org/2000/svg", "")
        self.assertNotRegex(page, r"https?:|<link|src=|@import|url\(")
        self.assertIn("default-src 'none'", page)

    def test_names_from_files_end_no_script(self):
        name = "</script><script>alert(1)<!--\u2028"
        shutil.copy(self.image("Leaf"), self.depot / f"{name.replace('/', '_')}.ji")
        page = self.report(status=0)
        self.assertNotIn("<", data_of(page))
        self.assertIn(f"/{name.replace('/', '_')}.ji", [node["path"].replace(str(self.depot), "") for node in json.loads(data_of(page))["nodes"]])

    def test_the_time_can_be_set_and_then_it_is_the_same_each_time(self):
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1790000000"}
        pages = {run("report", self.depot, env=environment).stdout for _ in range(2)}
        self.assertEqual(len(pages), 1)
        self.assertIn(b'"made":"2026-09-21 14:13 UTC"', pages.pop())

    def test_the_page_on_json_names_every_key(self):
        page = (Path(os.environ["JIRELOC_SOURCE"]) / "src/cli/README.md").read_text()
        section = page.split("\n### report\n")[1].split("\n### ")[0] + page.split("\n### graph\n")[1].split("\n### ")[0]
        self.image("Mid").unlink()
        os.truncate(self.image("Big"), 300)
        data = self.data("--content", status=3)
        for thing in (data, *data["nodes"], *data["causes"], *data["nodes"][0].get("places", data["nodes"][1]["places"])):
            for key in set(thing) - {"schema"}:
                self.assertIn(f"`{key}`", section)


if __name__ == "__main__":
    unittest.main()
