"""Depots behind mounts: one folder under two names, and folders that cannot be renamed."""
import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import skips  # noqa: E402

if __name__ == "__main__":
    skips.run_in_mount_namespace()

from relocate_test import Depots  # noqa: E402
from removal_test import files_below  # noqa: E402


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def can_overlay(top: Path):
    for name in ("lower", "upper", "work", "merged"):
        (top / name).mkdir(parents=True)
    run = subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                          f"lowerdir={top}/lower,upperdir={top}/upper,workdir={top}/work", str(top / "merged")],
                         capture_output=True)
    if run.returncode == 0:
        subprocess.run(["umount", str(top / "merged")], check=True)
    return run.returncode == 0


class MountedDepots(Depots):
    """With a file system of memory below them, on which an overlay can have its upper layer."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-R", str(self.user)], capture_output=True)
        for folder in (self.shared, self.shared / "packages", self.top / "layers"):
            subprocess.run(["umount", "-R", str(folder)], capture_output=True)
        super().__exit__(None, None, None)

    def overlay(self):
        """The user's depot becomes an overlay of what it was."""
        layers = self.top / "layers"
        mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(self.mkdir(layers))], capture_output=True)
        if mounted.returncode != 0 or not can_overlay(layers / "try"):
            raise unittest.SkipTest("no overlay can be mounted here")
        for name in ("upper", "work"):
            (layers / name).mkdir()
        subprocess.run(["cp", "-a", str(self.user), str(layers / "lower")], check=True)
        mount("-t", "overlay", "overlay", "-o", "redirect_dir=off,"
              f"lowerdir={layers}/lower,upperdir={layers}/upper,workdir={layers}/work", self.user)

    @staticmethod
    def mkdir(path):
        path.mkdir()
        return path


class Mounts(unittest.TestCase):
    def test_a_depot_mounted_under_a_second_name_is_the_same_depot(self):
        with MountedDepots("1.10.8-plain") as depots:
            depots.shared.mkdir()
            mount("--bind", depots.user, depots.shared)
            before = files_below(depots.user)
            for options in ([], ["--move"]):
                run = depots.run("relocate", "--from", str(depots.user), "--to", str(depots.shared), *options)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn("one folder under two names", run.stderr)
            self.assertEqual(files_below(depots.user), before)

    def test_where_only_packages_are_one_folder_nothing_there_is_removed(self):
        with MountedDepots("1.10.8-plain") as depots:
            (depots.shared / "packages").mkdir(parents=True)
            mount("--bind", depots.user / "packages", depots.shared / "packages")
            before = files_below(depots.user / "packages")
            run = depots.relocate("--allow-build-scripts", "--move")
            self.assertEqual(files_below(depots.user / "packages"), before, run.stderr)
            self.assertIn("same-folder", [i["reasons"][0]["code"] for i in depots.items if i["reasons"]])
            self.assertEqual(files_below(depots.user / "compiled"), {}, "the images have another place")
            self.assertEqual(depots.prune_problems(), [])

    def test_where_only_one_package_is_one_folder_it_stays(self):
        with MountedDepots("1.10.8-plain") as depots:
            place = depots.shared / "packages" / "Leaf"
            place.mkdir(parents=True)
            mount("--bind", depots.user / "packages" / "Leaf", place)
            before = files_below(depots.user / "packages" / "Leaf")
            run = depots.relocate("--allow-build-scripts", "--move")
            self.assertEqual(files_below(depots.user / "packages" / "Leaf"), before, run.stderr)
            self.assertEqual(files_below(depots.user / "packages" / "Mid"), {})
            subprocess.run(["umount", str(place)], check=True)

    def test_packages_of_an_overlays_lower_layer_are_removed_all_the_same(self):
        with MountedDepots("1.10.8-plain") as depots:
            depots.overlay()
            leaf = next((depots.user / "packages" / "Leaf").iterdir())
            with self.assertRaises(OSError):
                os.rename(leaf / "src", leaf / "moved")
            run = depots.relocate("--allow-build-scripts", "--move")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(files_below(depots.user / "packages"), {})
            self.assertEqual(files_below(depots.user / "compiled"), {})
            self.assertEqual(list((depots.user / "packages").glob("*/*")), [])
            self.assertEqual(depots.prune_problems(), [])

    def test_a_package_of_a_lower_layer_that_was_removed_in_part_is_finished(self):
        with MountedDepots("1.10.8-plain") as depots:
            depots.overlay()
            depots.relocate("--allow-build-scripts")
            leaf = next((depots.user / "packages" / "Leaf").iterdir())
            for path in sorted(leaf.rglob("*"), reverse=True):
                if path.is_file() and path.name != "Project.toml":
                    path.unlink()
            run = depots.relocate("--allow-build-scripts", "--move")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertFalse(leaf.exists())

    def test_prune_deletes_a_changed_package_of_a_lower_layer_whole(self):
        with MountedDepots("1.10.8-plain") as depots:
            depots.overlay()
            leaf = next((depots.user / "packages" / "Leaf").iterdir())
            (leaf / "src" / "shapes.jl").write_text("changed")
            run = depots.run("prune", "--delete", "--allow-build-scripts", str(depots.user))
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertFalse(leaf.exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
