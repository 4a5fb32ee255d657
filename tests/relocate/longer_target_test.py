"""relocate into a depot with a longer path: images grow, keep together, and are found there again by later runs."""
import fcntl
import hashlib
import json
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import follow_references as judge  # noqa: E402
from relocate_test import Depots  # noqa: E402
from short_run import LONG  # noqa: E402

# Every version whose images grow. Of the split ones, some libraries are not in the corpus.
VERSIONS = [f"{version}-{kind}" for version in ("1.10.8", "1.11.0-DEV", "1.12.5", "1.13.0-rc1", "1.14.0-DEV",
                                                "1.14.0-DEV-format15") for kind in ("plain", "split")]
STREAMS = ["1.5.3-plain", "1.6.0-DEV-plain", "1.7.0-DEV-plain", "1.8.2-plain"]
# What is done to them is the same for all; rewrite/growth_test judges all of them.
THOROUGHLY = VERSIONS if LONG else ["1.10.8-plain", "1.13.0-rc1-split"]

NOT_GROWN = {"names": 0, "constants": 0, "dropped_code": 0, "new_identity": False, "payload_size": 0,
             "payload_size_after": 0}


def digests(depot):
    return {path.relative_to(depot): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (depot / "compiled").rglob("*") if path.is_file() and path.name != ".jireloc-index"}


class LongerTarget(unittest.TestCase):
    def longer(self, folder):
        depots = Depots(folder)
        self.addCleanup(depots.__exit__)
        depots.shared = depots.top / "/".join(["longer"] * 12)
        depots.shared.parent.mkdir(parents=True)
        return depots

    def assert_accepted_whole(self, depots, arrived):
        """As Julia would find it: every image that is there is fresh, and so is what it needs."""
        self.assertEqual(depots.prune_problems(), [])
        check = depots.run("check", "--json", "--depot", str(depots.shared), str(depots.shared / "compiled"))
        told = [json.loads(line) for line in check.stdout.splitlines()]
        self.assertEqual(len(told), len(arrived))
        self.assertEqual({(image["verdict"], image["loads"]) for image in told}, {("fresh", True)}, check.stdout)
        for path in (depots.shared / "compiled").rglob("*.ji"):
            self.assertNotIn(str(depots.user).encode() + b"/", path.read_bytes(), path)

    def test_a_set_grows_together_and_is_accepted_whole(self):
        for folder in VERSIONS:
            complete = folder.endswith("plain")
            thoroughly = folder in THOROUGHLY
            with self.subTest(folder=folder):
                depots = self.longer(folder)
                foretold = self.forecasts(depots) if thoroughly else {}
                run = depots.relocate("--allow-build-scripts")
                arrived = {name for name, item in depots.images.items() if item["status"] == "relocated"}
                self.assertGreaterEqual(arrived, {"Leaf", "Mid"}, run.stderr)
                if complete:
                    self.assertEqual((run.returncode, arrived), (0, set(depots.images)), run.stderr)
                self.assertGreater(depots.images["Leaf"]["grown"]["constants"], 0)
                for name, told in foretold.items():
                    if name in arrived:
                        self.assertEqual(depots.images[name].get("grown", NOT_GROWN), told, name)
                # Leaf has a new identity, and Mid asks for it.
                self.assert_accepted_whole(depots, arrived)
                if thoroughly:
                    self.follow_all(depots, arrived)
                    self.assert_is_there_already(depots, arrived)

    def assert_is_there_already(self, depots, arrived):
        once = digests(depots.shared)
        depots.relocate("--allow-build-scripts")
        self.assertEqual({item["status"] for name, item in depots.images.items() if name in arrived}, {"already-there"})
        self.assertEqual(digests(depots.shared), once)

    def test_a_set_of_streams_is_accepted_whole(self):
        for folder in STREAMS:
            with self.subTest(folder=folder):
                depots = self.longer(folder)
                run = depots.relocate("--allow-build-scripts")
                # In 1.8 code that may have folded a text cannot be dropped, and so Leaf and what needs it stay.
                left = {name for name, item in depots.images.items() if item["status"] != "relocated"}
                self.assertEqual("Leaf" in left, folder == "1.8.2-plain", run.stderr)
                if folder != "1.8.2-plain":
                    self.assertEqual(left, set(), run.stderr)
                self.assert_accepted_whole(depots, set(depots.images) - left)

    def forecasts(self, depots):
        """What `scan` says beforehand, by package; a dry run says the same."""
        said = depots.run("scan", "--json", "--summary", "--path", str(depots.user), "--to", str(depots.shared),
                          str(depots.user / "compiled"))
        items = [json.loads(line) for line in said.stdout.splitlines()]
        foretold = {Path(item["path"]).parent.name: {key: item["forecast"][key] for key in NOT_GROWN} for item in items}
        depots.relocate("--allow-build-scripts", "--dry-run")
        for name, item in depots.images.items():
            if "grown" in item:
                self.assertEqual(item["grown"], foretold[name], name)
        return foretold

    def with_a_dependent_behind(self, folder="1.12.5-plain", *beside):
        """A user's depot, and one behind it whose Mid asks for the user's Leaf, with what is named `beside` it."""
        depots = Depots(folder)
        self.addCleanup(depots.__exit__)
        depots.shared = depots.top / "/".join(["longer"] * 12)
        depots.shared.parent.mkdir(parents=True)
        site = depots.top / "site"
        for name in ("Mid", *beside):
            image = depots.image(name)
            (site / image.relative_to(depots.user)).parent.mkdir(parents=True)
            shutil.copy2(image, site / image.relative_to(depots.user))
        return depots, site, site / depots.image("Mid").relative_to(depots.user)

    def test_dependents_behind_that_ask_for_the_old_build_are_named_and_move_leaves_it_where_it_is(self):
        depots, site, mid = self.with_a_dependent_behind()
        for options in (["--dry-run"], ["--move"]):
            run = depots.relocate("--allow-build-scripts", "--depot", str(site), *options)
            warnings = {name: [w["message"] for w in item["warnings"] if w["code"] == "dependent-outside"]
                        for name, item in depots.images.items()}
            self.assertIn(str(mid), "".join(warnings["Leaf"]), run.stderr)
            self.assertIn(str(mid), run.stderr)
            self.assertEqual({name for name, said in warnings.items() if said}, {"Leaf"})
        self.assertEqual({image.parent.name for image in depots.user.rglob("*.ji")}, {"Leaf"})

    def test_they_are_named_once_and_before_anything_is_written(self):
        depots, site, mid = self.with_a_dependent_behind()
        depots.shared.mkdir()
        with (depots.shared / ".jireloc-lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # nothing can be written now
            stopped = depots.relocate("--allow-build-scripts", "--depot", str(site))
        self.assertEqual(stopped.returncode, 3, stopped.stderr)
        self.assertEqual([path.name for path in depots.shared.iterdir()], [".jireloc-lock"])
        written = depots.relocate("--allow-build-scripts", "--depot", str(site))
        for run in (stopped, written):
            self.assertEqual(run.stderr.count(str(mid)), 1, run.stderr)

    def test_dependents_behind_that_another_image_serves_are_no_reason_to_say_anything(self):
        depots, site, _ = self.with_a_dependent_behind("1.12.5-plain", "Leaf")
        depots.relocate("--allow-build-scripts", "--depot", str(site), "--dry-run")
        self.assertEqual([w for item in depots.images.values() for w in item["warnings"]
                          if w["code"] == "dependent-outside"], [])

    def test_in_place_an_image_that_one_in_a_depot_behind_asks_for_is_left(self):
        for beside, status in ([], "skipped"), (["Leaf"], "rewritten"):
            with self.subTest(beside=beside):
                depots, site, mid = self.with_a_dependent_behind("1.12.5-plain", *beside)
                before = depots.image("Leaf").read_bytes()
                ran = depots.run("rewrite", "--json", "--map", f"{depots.user}={depots.shared}", "--depot",
                                 f"{depots.user}:{site}", str(depots.user / "compiled"))
                said = {Path(item["path"]).parent.name: item for item in map(json.loads, ran.stdout.splitlines())}
                self.assertEqual(said["Leaf"]["status"], status, ran.stderr)
                self.assertEqual(depots.image("Leaf").read_bytes() == before, status == "skipped")
                self.assertEqual(str(mid) in ran.stderr, status == "skipped")

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
            self.assertEqual(depots.images["Mid"]["reasons"][0]["code"], "dependency-dropped")
            self.assertIn("alias", depots.images["Leaf"]["reasons"][0]["message"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
