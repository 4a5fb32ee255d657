"""Images that a real 1.13.0-rc1 and a real master wrote with --compress-sysimage=yes: relocated, and back again."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import unpack  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
OLD, NEW = "/home/pkgeval/.julia", "/usr/share/julia"
FOLDERS = ("1.13.0-rc1-split-compressed", "1.14.0-DEV-format15-split-compressed")


def lines(*arguments):
    ran = subprocess.run([JIRELOC, *map(str, arguments)], capture_output=True, text=True)
    return ran, {Path(item["path"]).parent.name: item for item in map(json.loads, ran.stdout.splitlines())}


class Depot:
    """The images of a folder below NEW of a root, with their sources there."""

    def __init__(self, folder):
        self.temporary = tempfile.TemporaryDirectory(prefix="j", dir="/tmp")  # no longer than OLD, with what is in it
        self.root = Path(self.temporary.name)
        self.place = self.root / NEW[1:]
        unpack(folder, self.place)
        self.images = self.place / "compiled"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def files(self, suffix):
        return {path: path.read_bytes() for path in self.images.rglob("*" + suffix) if path.is_file()}

    def rewrite(self, old, new, *options):
        return lines("rewrite", "--json", "--map", f"{old}={new}", "--root", self.root, *options, self.images)

    def places(self, path):
        """What is found of `path`, by image: kind and text, without offsets."""
        found = lines("scan", "--json", "--path", path, self.images)[1]
        return {name: [(place["kind"], place["text"]) for place in item["occurrences"]] for name, item in found.items()}


def unpacked(path):
    """What the payload of a .ji of format 15 unpacks to."""
    payload = json.loads(subprocess.run([JIRELOC, "inspect", "--json", path], capture_output=True).stdout)["payload"]
    frame = path.read_bytes()[payload["offset"]:payload["offset"] + payload["size"]]
    return subprocess.run(["zstd", "-dcq"], input=frame, stdout=subprocess.PIPE, check=True).stdout


class Compressed(unittest.TestCase):
    def test_the_payload_follows_and_every_checksum_holds(self):
        for folder in FOLDERS:
            with self.subTest(folder), Depot(folder) as depot:
                before = depot.places(OLD)
                self.assertTrue(any(kind == "path-constant" for kind, _ in before["Leaf"]))
                sizes = {path: path.stat().st_size for path in depot.files(".so")}
                ran, items = depot.rewrite(OLD, NEW)
                # Of libraries of some kilobytes a later zstd had packed a few bytes smaller than the one here can:
                # there the data moves.
                moved = {path.parent.name for path, size in sizes.items() if path.stat().st_size != size}
                self.assertLessEqual(moved, {"MidPrefsExt", "Top"} if folder.startswith("1.13") else set())
                for path in depot.files(".so"):
                    told = subprocess.run(["readelf", "-aW", path], capture_output=True, text=True, check=True)
                    self.assertEqual(told.stderr, "")
                changed = {name for name, places in before.items() if places}
                self.assertEqual({n for n, item in items.items() if item["status"] == "rewritten"}, changed)
                self.assertEqual({n for n, places in depot.places(OLD).items() if places}, set())
                now = depot.places(NEW)
                self.assertEqual({n: [kind for kind, _ in places] for n, places in now.items()},
                                 {n: [kind for kind, _ in places] for n, places in before.items()})
                for path in depot.images.rglob("*.ji"):
                    told = lines("inspect", "--json", "--verify", path)[1].popitem()[1]
                    self.assertEqual((told["status"], told["native_library"]["problems"]), ("ok", []), path)

    def test_all_are_fresh_and_load_at_the_new_place_but_for_what_the_corpus_leaves_out(self):
        for folder in FOLDERS:
            with self.subTest(folder), Depot(folder) as depot:
                depot.rewrite(OLD, NEW)
                _, reports = lines("check", "--json", "--root", depot.root, "--content", depot.images)
                self.assertEqual({n: (r["verdict"], r["findings"]) for n, r in reports.items()},
                                 dict.fromkeys(("Leaf", "Mid", "MidPrefsExt", "Top"), ("fresh", [])))
                self.assertEqual({n for n, r in reports.items() if not r["loads"]}, {"MidPrefsExt"})  # it needs Prefs

    def test_what_may_be_decompressed_is_a_limit_of_every_command(self):
        for folder in FOLDERS:
            with self.subTest(folder), Depot(folder) as depot:
                before = depot.files("")
                here = {"JULIA_DEPOT_PATH": "", "PATH": os.environ["PATH"]}
                target = depot.root / "to"
                rewrite = ["rewrite", "--json", "--map", f"{OLD}={NEW}", "--root", depot.root, depot.images]
                relocate = ["relocate", "--json", "--from", depot.place, "--to", target, "--map", f"{OLD}={target}"]

                def run(command, limit):
                    ran = subprocess.run([JIRELOC, *map(str, command), "--limit", limit], capture_output=True, text=True, env=here)
                    objects = map(json.loads, ran.stdout.splitlines())
                    return ran, {Path(item["path"]).parent.name: item for item in objects if item.get("path", "").endswith(".ji")}

                for command in rewrite, relocate:
                    ran, items = run(command, "decompressed=2K")
                    self.assertEqual(set(items), {"Leaf", "Mid", "MidPrefsExt", "Top"}, ran.stderr)
                    reason = items["Leaf"]["reasons"][0]
                    self.assertEqual(reason["code"], "too-large", ran.stderr)
                    self.assertIn("--limit decompressed=N allows more", reason["mend_text"])
                    self.assertEqual({item["status"] for item in items.values()}, {"failed"})
                self.assertEqual(depot.files(""), before)
                self.assertEqual(list(target.rglob("*.ji")), [])
                ran, _ = run(relocate, "decompressed=100M")
                self.assertNotIn("too-large", ran.stdout)
                self.assertNotEqual(list(target.rglob("*.ji")), [])

    def test_there_and_back_gives_what_was_packed_byte_for_byte(self):
        with Depot("1.14.0-DEV-format15-split-compressed") as depot:
            before = {path: unpacked(path) for path in depot.files(".ji")}
            libraries = depot.files(".so")
            depot.rewrite(OLD, NEW)
            leaf = next(depot.images.rglob("Leaf/*.ji"))
            there = unpacked(leaf)
            self.assertEqual(len(there), len(before[leaf]))
            self.assertNotIn(OLD.encode(), there)
            self.assertIn(NEW.encode(), there)
            ran, _ = depot.rewrite(NEW, OLD)
            self.assertIn(ran.returncode, (0, 1), ran.stderr)
            self.assertEqual({path: unpacked(path) for path in depot.files(".ji")}, before)
            # Debug information names the old place in no library here; then they stay as they are.
            self.assertEqual(set(depot.files(".so")), set(libraries))

    def test_a_new_place_without_room_leaves_the_image_alone(self):
        for folder in FOLDERS:
            with self.subTest(folder), Depot(folder) as depot:
                before = {**depot.files(".ji"), **depot.files(".so")}
                ran, items = depot.rewrite(OLD, "/a/place/that/is/longer/than/it", "--dry-run")
                self.assertEqual(items["Leaf"]["status"], "skipped", ran.stderr)
                self.assertIn("too-long", [reason["code"] for reason in items["Leaf"]["reasons"]])
                self.assertEqual({**depot.files(".ji"), **depot.files(".so")}, before)


if __name__ == "__main__":
    unittest.main()
