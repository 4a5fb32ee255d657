"""relocate into a depot with a longer path: images grow, keep together, and are found there again by later runs."""
import hashlib
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import follow_references as judge  # noqa: E402
from relocate_test import Depots  # noqa: E402

# (folder of the corpus, whether all of its images are complete there)
FOLDERS = [("1.10.8-plain", True), ("1.12.5-plain", True), ("1.13.0-rc1-plain", True), ("1.10.8-split", False),
           ("1.12.5-split", False), ("1.13.0-rc1-split", False)]


def digests(depot):
    return {path.relative_to(depot): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (depot / "compiled").rglob("*") if path.is_file()}


class LongerTarget(unittest.TestCase):
    def test_a_set_grows_together_and_is_accepted_whole(self):
        for folder, complete in FOLDERS:
            with self.subTest(folder=folder), Depots(folder) as depots:
                depots.shared = depots.top / "/".join(["longer"] * 12)
                depots.shared.parent.mkdir(parents=True)
                run = depots.relocate("--allow-build-scripts")
                self.assertEqual(run.returncode, 0 if complete else 1, run.stderr)  # libraries are absent
                arrived = {name for name, item in depots.images.items() if item["status"] == "relocated"}
                self.assertGreaterEqual(arrived, {"Leaf", "Mid"}, run.stderr)
                if complete:
                    self.assertEqual(arrived, set(depots.images))
                self.assertGreater(depots.images["Leaf"]["grown"]["constants"], 0)
                self.assertEqual(depots.prune_problems(), [])
                # Leaf has a new identity, and Mid asks for it.
                check = depots.run("check", "--json", "--depot", str(depots.shared), str(depots.shared / "compiled"))
                told = [json.loads(line) for line in check.stdout.splitlines()]
                self.assertEqual({(image["verdict"], image["loads"]) for image in told}, {("fresh", True)}, check.stdout)
                for path in (depots.shared / "compiled").rglob("*.ji"):
                    self.assertNotIn(str(depots.user).encode() + b"/", path.read_bytes(), path)
                self.follow_all(depots, arrived)
                once = digests(depots.shared)
                depots.relocate("--allow-build-scripts")
                self.assertEqual({item["status"] for name, item in depots.images.items() if name in arrived},
                                 {"already-there"})
                self.assertEqual(digests(depots.shared), once)

    def follow_all(self, depots, arrived):
        for image in (depots.user / "compiled").rglob("*.ji"):
            if image.parent.name not in arrived:
                image.unlink()  # its library is not in the corpus
        verdicts = judge.judge_folders(depots.user / "compiled", depots.shared / "compiled", str(depots.user),
                                       str(depots.shared))
        self.assertEqual(len(verdicts), len(arrived))
        self.assertEqual({name: verdict.problems for name, verdict in verdicts.items() if verdict.problems}, {})

    def test_an_image_whose_dependency_cannot_grow_is_dropped_with_it(self):
        with Depots("1.9.4-plain") as depots:
            depots.shared = depots.top / "/".join(["longer"] * 12)
            depots.shared.parent.mkdir(parents=True)
            depots.relocate("--allow-build-scripts")
            self.assertEqual(depots.images["Leaf"]["status"], "dropped")
            self.assertEqual(depots.images["Mid"]["reasons"][0]["code"], "dependency_dropped")
            self.assertIn("alias", depots.images["Leaf"]["reasons"][0]["message"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
