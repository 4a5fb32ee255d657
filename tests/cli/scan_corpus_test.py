"""`jireloc scan` on real images: what it lists is what a byte search finds, and what its exit status says."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

JIRELOC = os.environ["JIRELOC"]
CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])
OLD = b"/home/pkgeval/.julia"


def run(*arguments, **options):
    return subprocess.run([JIRELOC, *map(str, arguments)], capture_output=True, **options)


def scan(*arguments):
    result = run("scan", "--json", *arguments)
    return [json.loads(line) for line in result.stdout.splitlines()], result


def offsets(data, begin=0):
    found = []
    while (begin := data.find(OLD, begin)) >= 0:
        found.append(begin)
        begin += 1
    return found


def image(folder, package):
    found, = (CORPUS / folder / "images").glob(f"compiled/*/{package}/*.ji")
    return found


class ScanCorpus(unittest.TestCase):
    def test_offsets_are_those_of_a_byte_search(self):
        objects, result = scan(CORPUS)
        self.assertEqual(result.stderr, b"")
        seen = 0
        packed = [item for item in objects if item.get("decompressed")]
        self.assertEqual(len(packed), 8)  # whose offsets count in what they unpack to
        self.assertEqual({item["status"] for item in packed if "/Leaf/" in item["path"]}, {"path constants"})
        for item in objects:
            if item in packed:
                continue
            files = {"image": item["path"], "library": item.get("library")}
            for which, path in files.items():
                listed = [place for place in item.get("occurrences", []) if place["file"] == which]
                for place in listed:
                    data = pathlib.Path(path).read_bytes()
                    old = place["old_path"].encode()
                    self.assertTrue(data.startswith(old, place["offset"]))
                    text = data[place["text_offset"]:place["text_offset"] + place["text_size"]]
                    self.assertEqual(text, place["text"].encode())
                if which == "library" and item.get("library_present") and item["status"] != "unknown" and item["old_paths"] == [OLD.decode()]:
                    self.assertEqual([place["offset"] for place in listed], offsets(pathlib.Path(path).read_bytes()))
                    seen += len(listed)
        self.assertGreater(seen, 80)

    def test_exit_status_tells_path_constants_from_source_locations(self):
        self.assertEqual(run("scan", image("1.5.3-plain", "Leaf")).returncode, 1)
        self.assertEqual(run("scan", image("1.5.3-plain", "Mid")).returncode, 0)
        objects, _ = scan(CORPUS)
        statuses = {item["status"]: item for item in objects}
        self.assertIn("recorded sources", statuses)
        counts = statuses["recorded sources"]["counts"]
        self.assertEqual((counts["path-constant"], counts["unclassified"]), (0, 0))
        self.assertGreater(counts["recorded-source"], 0)
        self.assertEqual(run("scan", statuses["recorded sources"]["path"]).returncode, 0)
        self.assertEqual(run("scan", "--path", "/nowhere", image("1.5.3-plain", "Leaf")).returncode, 0)

    def test_an_absent_library_is_unknown_and_not_clean(self):
        with tempfile.TemporaryDirectory() as folder:
            alone = pathlib.Path(folder) / "D4iCS_aaaaa.ji"
            shutil.copy(image("1.10.8-split", "Leaf"), alone)
            (item,), result = scan(alone)
            self.assertEqual(item["status"], "unknown")
            self.assertEqual([reason["code"] for reason in item["reasons"]], ["library-absent"])
            self.assertFalse(item["library_present"])
            self.assertEqual(result.returncode, 1)

    def test_several_paths_may_be_given(self):
        (item,), _ = scan("--path", "/home/pkgeval", "--path", OLD.decode(), image("1.8.2-plain", "Leaf"))
        self.assertEqual(item["old_paths"], ["/home/pkgeval", OLD.decode()])
        self.assertEqual({place["old_path"] for place in item["occurrences"]}, {OLD.decode()})

    def test_text_says_the_summary_and_every_place(self):
        result = run("scan", image("1.12.5-plain", "Leaf"), text=True)
        first, *rest = result.stdout.splitlines()
        self.assertIn(": path constants (", first)
        self.assertTrue(any("path-constant" in line and line.endswith("/data/table.csv") for line in rest))
        summary = run("scan", "--summary", image("1.12.5-plain", "Leaf"), text=True)
        self.assertEqual(summary.stdout.splitlines(), [first])

    def test_a_relative_old_path_is_a_usage_error(self):
        result = run("scan", "--path", ".julia", image("1.12.5-plain", "Leaf"))
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stdout, b"")
        self.assertIn(b"not absolute", result.stderr)

    def test_lists_of_files_and_threads_give_the_same_in_the_same_order(self):
        names = sorted(CORPUS.glob("1.9.4-*/images/compiled/*/*/*.ji"))
        listed = run("scan", "--json", "-j", "4", "-0", "--files-from", "-", input=b"\0".join(bytes(n) for n in names))
        self.assertEqual(listed.stdout, run("scan", "--json", "-j", "1", *names).stdout)
        self.assertEqual(len(listed.stdout.splitlines()), len(names))


if __name__ == "__main__":
    unittest.main()
