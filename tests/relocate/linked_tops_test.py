"""Depots whose packages, artifacts or compiled are symbolic links to another disk."""
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from relocate_test import Depots  # noqa: E402

STRANGER = 4321


def lay_aside(depot, disk, *tops):
    """Puts folders of a depot on another disk, links in their place."""
    disk.mkdir(exist_ok=True)
    for top in tops:
        if (depot / top).exists():
            (depot / top).rename(disk / top)
        else:
            depot.mkdir(exist_ok=True)
            (disk / top).mkdir()
        (depot / top).symlink_to(disk / top)


class Linked(unittest.TestCase):
    def test_they_are_followed_in_source_and_target_and_nothing_else_changes(self):
        for folder in ("1.5.3-plain", "1.12.5-plain"):
            with self.subTest(folder), Depots(folder) as depots:
                lay_aside(depots.user, depots.top / "disk", "packages", "compiled", "artifacts")
                lay_aside(depots.shared, depots.top / "store", "packages", "compiled")
                run = depots.relocate("--allow-build-scripts", "--move")
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(set(depots.status("package").values()), {"merged"}, run.stderr)
                self.assertEqual(set(depots.status().values()), {"relocated"}, run.stderr)
                self.assertTrue(list((depots.top / "store/compiled").rglob("*.ji")))
                self.assertTrue((depots.shared / "packages").is_symlink() and (depots.user / "compiled").is_symlink())
                self.assertEqual(list((depots.top / "disk").rglob("*.ji")), [], "moved")
                self.assertEqual(depots.prune_problems(), [])
                again = depots.relocate("--allow-build-scripts")
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(json.loads(depots.run("relocate", "--json=array", "--from", str(depots.user), "--to",
                                                       str(depots.shared)).stdout), [])

    def test_one_folder_of_both_depots_is_known_behind_links(self):
        with Depots("1.5.3-plain") as depots:
            lay_aside(depots.user, depots.top / "disk", "packages")
            depots.shared.mkdir()
            (depots.shared / "packages").symlink_to(depots.top / "disk/packages")
            before = sorted((depots.top / "disk").rglob("*"))
            run = depots.relocate("--allow-build-scripts", "--move")
            self.assertEqual(sorted((depots.top / "disk").rglob("*")), before, run.stderr)
            self.assertIn("same-folder", {r["code"] for i in depots.items for r in i["reasons"]})

    def test_prune_removes_behind_links(self):
        with Depots("1.5.3-plain") as depots:
            lay_aside(depots.user, depots.top / "disk", "packages", "compiled")
            next((depots.user / "packages/Leaf").rglob("shapes.jl")).write_text("changed")
            run = depots.run("prune", "--delete", "--allow-build-scripts", str(depots.user))
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertEqual({p.parent.name for p in (depots.top / "disk").rglob("*.ji")}, {"Prefs"})
            self.assertEqual(list((depots.top / "disk/packages/Leaf").iterdir()), [])

    @unittest.skipUnless(os.getuid() == 0, "needs root, to give links away")
    def test_prune_removes_what_is_bad_beside_a_link_that_it_does_not_follow(self):
        with Depots("1.10.8-plain") as depots:
            lay_aside(depots.user, depots.top / "disk", "artifacts")
            os.chown(depots.user / "artifacts", STRANGER, STRANGER, follow_symlinks=False)
            image = depots.image("Top")
            image.write_bytes(image.read_bytes()[:-10] + bytes(10))
            run = depots.run("prune", "--delete", "--allow-build-scripts", str(depots.user))
            self.assertEqual(run.returncode, 3, run.stderr)
            self.assertIn(f"belongs to user {STRANGER}", run.stderr)
            self.assertNotIn("changed while it was judged", run.stderr)
            self.assertFalse(image.exists())

    @unittest.skipUnless(os.getuid() == 0, "needs root, to give links away")
    def test_links_of_strangers_or_to_what_is_theirs_are_refused_with_the_reason(self):
        for whose in ("link", "place"):
            with self.subTest(whose), Depots("1.5.3-plain") as depots:
                lay_aside(depots.user, depots.top / "disk", "packages")
                lay_aside(depots.shared, depots.top / "store", "packages")
                for depot, disk in ((depots.user, "disk"), (depots.shared, "store")):
                    path = depot / "packages" if whose == "link" else depots.top / disk / "packages"
                    os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
                run = depots.relocate("--allow-build-scripts")
                self.assertEqual(run.returncode, 3)
                self.assertIn(f"{depots.shared}/packages: ", run.stderr)
                self.assertIn(f"belongs to user {STRANGER}", run.stderr)
                os.chown(depots.shared / "packages", 0, 0, follow_symlinks=False)
                os.chown(depots.top / "store/packages", 0, 0)
                run = depots.relocate("--allow-build-scripts")
                self.assertEqual(run.returncode, 3)
                refused = [i for i in depots.items if i["path"] == f"{depots.user}/packages"]
                self.assertEqual([(i["status"], i["reasons"][0]["code"]) for i in refused], [("failed", "unsupported")])
                self.assertIn(f"belongs to user {STRANGER}", refused[0]["reasons"][0]["message"])
                self.assertEqual(list((depots.top / "store").rglob("*.jl")), [])

    def test_a_link_to_nothing_is_said(self):
        with Depots("1.5.3-plain") as depots:
            lay_aside(depots.user, depots.top / "disk", "packages")
            shutil.rmtree(depots.top / "disk")
            self.assertEqual(depots.relocate("--allow-build-scripts").returncode, 3)


if __name__ == "__main__":
    unittest.main()
