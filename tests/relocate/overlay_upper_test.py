"""A source that is the upper folder of an overlay: what was deleted there deletes nothing at the target, and what holds
no content of its own there is not taken for what it shows."""
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import skips  # noqa: E402

if __name__ == "__main__":
    skips.run_in_mount_namespace()

from mount_option_test import SHARED, WORKER, Farm  # noqa: E402
from removal_test import files_below  # noqa: E402


class Upper(Farm):
    """A farm on a file system of memory, on which marks can be set whatever /tmp is."""

    def __init__(self, folder="1.10.8-plain"):
        super().__init__(folder)
        real = self.top
        kept = real.with_name(real.name + "k")
        real.rename(kept)
        real.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", real], check=True)
        subprocess.run(["cp", "-a", f"{kept}/.", real], check=True)
        shutil.rmtree(kept)

    def __exit__(self, *_):
        subprocess.run(["umount", "-lR", self.top / "merged"], capture_output=True)
        subprocess.run(["umount", "-l", self.top], check=True)
        self.top.rmdir()

    def package(self, name, depot=None):
        return next(((depot or self.user) / "packages" / name).iterdir())

    def image(self, name, suffix=".ji"):
        return next((self.user / "compiled").rglob(f"{name}/*{suffix}"))

    def items_of(self, kind):
        return {Path(item["path"]).parent.name: item for item in self.items if item["kind"] == kind}

    def overlay(self, options="redirect_dir=on,metacopy=on"):
        """What the worker had is the lower layer now; its upper folder, and the sandbox's view of both."""
        lower, merged = self.top / "lower", self.top / "merged"
        self.user.rename(lower)
        for folder in (self.user, self.top / "work", merged):
            folder.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "overlay", "overlay", "-o",
             f"{options},lowerdir={lower},upperdir={self.user},workdir={self.top}/work", merged], capture_output=True)
        if mounted.returncode != 0:
            raise unittest.SkipTest("no overlay can be mounted here")
        return merged


def whiteout(path, form="device"):
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    if form == "device":
        os.mknod(path, 0o020000, os.makedev(0, 0))
    else:
        path.touch()
        os.setxattr(path, f"{form}.overlay.whiteout", b"y")


def without_content(path, prefix="trusted"):
    """As chmod leaves a file in the upper folder of an overlay with metacopy=on."""
    times, size = path.stat(), path.stat().st_size
    path.write_bytes(b"")
    os.truncate(path, size)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.setxattr(path, f"{prefix}.overlay.metacopy", b"")


class OverlayUpper(unittest.TestCase):
    def test_what_was_deleted_in_the_overlay_deletes_nothing_at_the_target(self):
        for form in ("device", "trusted", "user"):
            with self.subTest(form), Upper() as farm:
                farm.relocate()
                before = files_below(farm.shared)
                whiteout(farm.package("Leaf"), form)
                whiteout(farm.image("Leaf"), form)
                whiteout(farm.image("Mid").parent, form)
                whiteout(farm.user / "packages/Mid", form)
                run = farm.relocate("--move")
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual({i["kind"] for i in farm.items}, {"package", "image"}, farm.items)
                self.assertEqual(set(farm.items_of("package")), {"Big", "Prefs", "Top"})
                self.assertEqual(set(farm.items_of("image")), {"Big", "MidPrefsExt", "Prefs", "Top"})
                self.assertEqual({i["status"] for i in farm.items}, {"already-there"}, run.stderr)
                self.assertEqual(files_below(farm.shared), before)
                for top in ("packages", "compiled"):
                    whiteout(farm.user / top, form)
                run = farm.relocate()
                self.assertEqual((run.returncode, farm.items), (0, []), run.stderr)
                self.assertEqual(files_below(farm.shared), before)

    def test_a_deleted_library_is_missing_and_a_deleted_source_is_not_there(self):
        with Upper("1.10.8-split") as farm:
            whiteout(farm.image("Leaf", ".so"))
            farm.relocate()
            self.assertEqual(farm.reasons()["Leaf"], "library-absent")
        with Upper() as farm:
            whiteout(next(farm.user.rglob("table.csv")))
            farm.relocate()
            self.assertEqual(farm.reasons("package")["Leaf"], "overlay-whiteout")
            self.assertEqual(farm.reasons()["Leaf"], "package-dropped")

    def test_an_opaque_folder_holds_all_that_it_shows(self):
        with Upper() as farm:
            os.setxattr(farm.package("Leaf"), "trusted.overlay.opaque", b"y")
            os.setxattr(farm.package("Leaf"), "trusted.overlay.origin", b"x")
            run = farm.relocate()
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(farm.statuses("image") | farm.statuses("package"), {"relocated", "merged"})
            self.assertEqual([a for a in os.listxattr(farm.package("Leaf", farm.shared)) if "overlay" in a], [])

    def test_what_has_no_content_of_its_own_is_dropped_with_that_reason_and_never_deleted(self):
        for prefix in ("trusted", "user"):
            with self.subTest(prefix), Upper("1.10.8-split") as farm:
                without_content(next(farm.user.rglob("shapes.jl")), prefix)
                without_content(farm.image("Big"), prefix)
                os.setxattr(farm.package("Prefs"), f"{prefix}.overlay.redirect", b"/elsewhere")
                (farm.package("Prefs") / "Project.toml").unlink()
                run = farm.relocate()
                self.assertEqual(farm.reasons("package"),
                                 {"Leaf": "overlay-metacopy", "Prefs": "overlay-redirect"}, run.stderr)
                self.assertEqual(farm.reasons()["Big"], "overlay-metacopy")
                self.assertEqual(farm.reasons()["Leaf"], "package-dropped")
                pruned = farm.prune("--delete", depot="/home/pkgeval/.julia")
                failed = {Path(i["path"]).parent.name for i in pruned if i["status"] == "failed"}
                self.assertLessEqual({"Leaf", "Prefs", "Big"}, failed, pruned)
                self.assertTrue(farm.package("Leaf") and farm.package("Prefs") and farm.image("Big"))
        with Upper("1.10.8-split") as farm:
            without_content(farm.image("Leaf", ".so"))
            farm.relocate()
            self.assertEqual(farm.reasons()["Leaf"], "overlay-metacopy")

    def test_a_scratch_space_that_nothing_proves_is_taken_only_whole(self):
        for merged, expected in ((False, ("merged", [])), (True, ("dropped", ["overlay-part"]))):
            with self.subTest(merged), Upper("1.12.5-plain") as farm:
                data, cache = farm.package("Leaf") / "data", farm.user / "scratchspaces/u/cache"
                shutil.copytree(data, cache)
                names = [f"{WORKER}/{folder.relative_to(farm.user)}" for folder in (data, cache)]
                planted = farm.run("rewrite", "--map", "=".join(names), farm.image("Leaf"))
                self.assertEqual(planted.returncode, 0, planted.stderr)
                if merged:
                    os.setxattr(cache, "trusted.overlay.origin", b"x")
                run = farm.relocate("--with-scratchspaces")
                (item,) = [i for i in farm.items if i["kind"] == "scratchspace"]
                self.assertEqual((item["status"], [r["code"] for r in item["reasons"]]), expected, run.stderr)
                self.assertEqual((farm.shared / "scratchspaces/u/cache").exists(), not merged)

    def test_sources_that_are_not_in_the_upper_folder_are_looked_up_at_the_target(self):
        with Upper() as farm:
            farm.relocate()
            shutil.rmtree(farm.shared / "compiled")
            shutil.rmtree(farm.user / "packages")
            run = farm.relocate()
            self.assertEqual((run.returncode, farm.statuses("image")), (0, {"relocated"}), run.stderr)
            self.assertEqual(farm.prune(), [])
            # Where the target has other ones, they prove nothing.
            shutil.rmtree(farm.shared / "compiled")
            shapes = next(farm.shared.rglob("shapes.jl"))
            shapes.write_text(shapes.read_text().replace("Square", "Sqaure"))
            farm.relocate()
            self.assertEqual(farm.reasons()["Leaf"], "unproven")

    def test_the_marks_of_a_real_overlay_are_understood(self):
        with Upper() as farm:
            farm.relocate()
            shutil.rmtree(farm.shared / "compiled")
            merged = farm.overlay()
            for image in (merged / "compiled").rglob("*.ji"):
                os.utime(image)
                with open(image, "r+b"):  # copied up whole
                    pass
            touched = next(merged.rglob("shapes.jl"))
            with open(touched, "r+b") as file:  # as it was, yet in the upper folder now, with nothing beside it
                first = file.read(1)
                file.seek(0)
                file.write(first)
            os.utime(touched, ns=(0, (farm.shared / touched.relative_to(merged)).stat().st_mtime_ns))
            next((merged / "packages/Mid").rglob("Mid.jl")).chmod(0o600)
            big = next((merged / "packages/Big").iterdir())
            big.rename(big.with_name("other"))
            shutil.rmtree(merged / "packages/Prefs")
            next((merged / "packages/Top").rglob("Top.jl")).unlink()
            subprocess.run(["umount", merged], check=True)
            farm.relocate()
            packages = {name: (i["status"], [r["code"] for r in i["reasons"]])
                        for name, i in farm.items_of("package").items()}
            self.assertEqual(packages, {"Leaf": ("already-there", []),
                                        "Mid": ("dropped", ["overlay-metacopy"]),
                                        "Big": ("dropped", ["overlay-redirect"]),
                                        "Top": ("dropped", ["overlay-whiteout"])})
            images = {name: item["status"] for name, item in farm.items_of("image").items()}
            self.assertEqual({images[name] for name in ("Leaf", "Big", "Prefs")}, {"relocated"}, images)
            self.assertEqual(farm.reasons()["Mid"], "package-dropped")
            self.assertTrue(farm.package("Prefs", farm.shared).exists())
            self.assertEqual(farm.prune(), [])


if __name__ == "__main__":
    skips.main()
