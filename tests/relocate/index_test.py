"""The record of what was proven (compiled/.jireloc-index): a run passes over what has not changed, and sees whatever has."""
import collections
import os
import re
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import Depots  # noqa: E402
from short_run import REDUCED  # noqa: E402

SETTLED = 3.1  # seconds; what is younger than two when a run begins is not recorded


TEMPORARY = ".jireloc-999999999-1"


def overwrite(path):
    """As somebody does who wants nobody to see it: the same size, and the time of writing put back."""
    data, before = bytearray(path.read_bytes()), path.stat()
    data[-40] ^= 1
    mode = before.st_mode
    path.chmod(0o644)
    with open(path, "r+b") as file:
        file.write(data)
    path.chmod(mode)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def exchange(path, other):
    """Gives a path another file, which lay there before all this, by a rename."""
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    os.rename(other, path)


def put_other_build(farm):
    """A sound image of the same package in the place of one that the target has: what its header said holds no more."""
    image = farm.image("Leaf")
    for suffix in (".ji", ".so"):
        other = next(Path(os.environ["JIRELOC_CORPUS"]).glob(f"1.10.8-split/images/compiled/v1.10/Leaf/*{suffix}"))
        shutil.copyfile(other, image.with_suffix(suffix))
    farm.run("rewrite", "--map", f"/home/pkgeval/.julia={farm.user}", str(image))


class Farm(Depots):
    def __init__(self, folder):
        super().__init__(folder)
        self.index = self.shared / "compiled/.jireloc-index"
        for depot in (self.user, self.shared):
            (depot / "old").mkdir(parents=True)
            shutil.copy(self.image("Leaf"), depot / "old/image")
            overwrite(depot / "old/image")
        self.relocate()

    def relocate(self, *options):
        return super().relocate("--allow-build-scripts", *options)

    def source(self, depot):
        return next((depot / "packages/Leaf").rglob("shapes.jl"))


def intruders():
    """By name: the corpus, what is done, and what must become of the package and the image of Leaf."""
    plain, split = "1.10.8-plain", "1.10.8-split"

    def library(farm, depot):
        return farm.image("Leaf", depot).with_suffix(".so")

    return {
        "an image in the source": (plain, lambda f: overwrite(f.image("Leaf")), "already-there", "dropped"),
        "another build in the source": (plain, put_other_build, "already-there", "relocated"),
        "a file of a package in the source": (plain, lambda f: overwrite(f.source(f.user)), "dropped", "dropped"),
        "a library in the source": (split, lambda f: overwrite(library(f, f.user)), "already-there", "dropped"),
        "a new file in a package": (plain, lambda f: f.source(f.user).with_name("new.jl").write_text(""), "dropped", "dropped"),
        "a file less in a package": (plain, lambda f: f.source(f.user).unlink(), "dropped", "dropped"),
        "another image by a rename": (plain, lambda f: exchange(f.image("Leaf"), f.user / "old/image"),
                                      "already-there", "dropped"),
        "an image in the target": (plain, lambda f: overwrite(f.image("Leaf", f.shared)), "already-there", "relocated"),
        "a library in the target": (split, lambda f: overwrite(library(f, f.shared)), "already-there", "relocated"),
        "no library in the target": (split, lambda f: library(f, f.shared).unlink(), "already-there", "relocated"),
        "a file of a package in the target": (plain, lambda f: overwrite(f.source(f.shared)), "conflict", "dropped"),
        "a new file in the target's package": (plain, lambda f: f.source(f.shared).with_name("new.jl").write_text(""),
                                               "conflict", "dropped"),
        "another image in the target by a rename": (
            plain, lambda f: exchange(f.image("Leaf", f.shared), f.shared / "old/image"), "already-there", "relocated"),
        "no image in the target": (plain, lambda f: f.image("Leaf", f.shared).unlink(), "already-there", "relocated"),
    }


class NamesAbsentPackage(Farm):
    """A depot whose images' code names a package that is in neither depot."""

    def __init__(self):
        super().__init__("1.10.8-plain")
        for depot in (self.user, self.shared):
            shutil.rmtree(depot)
        make_depot = os.path.join(os.environ["JIRELOC_BUILD"], "tools", "make-depot")
        subprocess.run([make_depot, "--corpus", os.environ["JIRELOC_CORPUS"], "--from", "1.10.8-plain", "--images", "20",
                        "--total-size", "2400K", self.user], check=True, capture_output=True)
        self.absent = {name for image in (self.user / "compiled").rglob("*.ji")
                       for name in re.findall(rb"packages/[^/]+/\w{5}(?=/)", image.read_bytes())
                       if not (self.user / os.fsdecode(name)).exists()}
        self.relocate()


class Index(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.intruders = dict([*intruders().items()][::3 if REDUCED else 1])  # the other build has the rest
        cls.farms = {name: Farm(corpus) for name, (corpus, *_) in cls.intruders.items()}
        cls.farms["none"] = Farm("1.10.8-plain")
        cls.farms["more"] = Farm("1.10.8-plain")
        cls.farms["absent"] = NamesAbsentPackage()
        time.sleep(SETTLED)
        for farm in cls.farms.values():
            farm.relocate()

    @classmethod
    def tearDownClass(cls):
        for farm in cls.farms.values():
            shutil.rmtree(farm.top)

    def test_what_an_intruder_has_changed_is_seen(self):
        for name, (_, intrude, package, image) in self.intruders.items():
            with self.subTest(name=name):
                farm = self.farms[name]
                self.assertIn(b"/Leaf/", farm.index.read_bytes().partition(b"compiled/")[2], "else there is nothing to see past")
                self.assertEqual((farm.packages["Leaf"]["status"], farm.images["Leaf"]["status"]), ("already-there",) * 2)
                intrude(farm)
                run = farm.relocate()
                self.assertEqual((farm.packages["Leaf"]["status"], farm.images["Leaf"]["status"]), (package, image), run.stderr)
                told = [item["path"] for item in farm.items]
                farm.relocate("--no-index")
                self.assertEqual(told, [item["path"] for item in farm.items], "what is known is told in its place")

    def test_a_run_with_the_record_says_what_one_without_says(self):
        farm = self.farms["none"]
        before, inode = farm.index.read_bytes(), farm.index.stat().st_ino
        farm.relocate()
        known = farm.items
        self.assertEqual((farm.index.read_bytes(), farm.index.stat().st_ino), (before, inode), "nothing new, nothing written")
        farm.relocate("--no-index")
        self.assertEqual(known, farm.items)
        self.assertEqual({i["status"] for i in known if i["kind"] != "leftover"}, {"already-there"})
        self.assertEqual(farm.index.stat().st_mode & 0o777, 0o644)
        self.assertEqual(farm.prune_problems(), [])

    def traced(self, farm, calls, *options):
        """What a run asks of the system, of these calls."""
        trace = farm.traced(calls, "relocate", "--quiet", "--from", farm.user, "--to", farm.shared, "--allow-build-scripts", *options)
        if trace is None:
            self.skipTest("strace may not trace here")
        return trace

    def opened(self, farm, *options):
        """Sources and images of which a run opens a name, on either side."""
        return set(re.findall(r'"([^"]*\.(?:jl|ji|so))"', self.traced(farm, "open,openat,openat2", *options)))

    def test_no_source_is_opened_of_what_is_recorded(self):
        farm = self.farms["none"]
        farm.relocate()
        with_record, without = self.opened(farm), self.opened(farm, "--no-index")
        self.assertEqual({name for name in with_record if name.endswith(".jl")}, set())
        self.assertTrue({name for name in without if name.endswith("shapes.jl")}, without)

    def test_no_image_is_opened_that_is_recorded(self):
        farm = self.farms["none"]
        farm.relocate()
        with_record, without = self.opened(farm), self.opened(farm, "--no-index")
        self.assertEqual({name for name in with_record if name.endswith(".ji")}, set())
        self.assertTrue({name for name in without if name.endswith(".ji")}, without)

    def test_each_file_of_an_image_that_is_recorded_is_looked_at_once(self):
        farm = self.farms["none"]
        farm.relocate()

        def looks(*options):
            return collections.Counter(re.findall(r'"(compiled/[^"]*\.ji)"', self.traced(farm, "newfstatat,fstatat64,statx", *options)))

        on_both_sides = {str(path.relative_to(farm.user)): 2 for path in (farm.user / "compiled").rglob("*.ji")}
        self.assertEqual(looks(), on_both_sides)
        self.assertNotEqual(looks("--no-index"), on_both_sides)

    def test_what_names_a_package_that_is_nowhere_is_recorded_until_it_comes(self):
        farm = self.farms["absent"]
        images = {os.fsencode(path.relative_to(farm.user)) for path in (farm.user / "compiled").rglob("*.ji")}

        def unrecorded():
            return {image for image in images if image not in farm.index.read_bytes()}

        self.assertTrue(farm.absent)
        farm.relocate()
        self.assertEqual(unrecorded(), set())
        for name in farm.absent:
            (farm.shared / os.fsdecode(name)).mkdir(parents=True)
        run = farm.relocate()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(unrecorded(), "what they are judged by now is more than a place")

    def test_damage_to_the_record_does_no_harm_and_it_is_made_anew(self):
        farm = self.farms["none"]
        farm.relocate()
        whole, secret = farm.index.read_bytes(), farm.top / "secret"
        secret.write_text("not ours")

        def flip(place):
            data = bytearray(whole)
            data[place] ^= 1
            farm.index.write_bytes(data)

        def link():
            farm.index.unlink()
            farm.index.symlink_to(secret)

        spoilers = [*(lambda at=at: flip(at) for at in range(0, len(whole), max(1, len(whole) // (6 if REDUCED else 20)))),
                    lambda: farm.index.write_bytes(b""), lambda: farm.index.write_bytes(whole[:-1]), link, farm.index.unlink,
                    lambda: farm.index.chmod(0o666)]
        for number, spoil in enumerate(spoilers):
            with self.subTest(number=number):
                spoil()
                run = farm.relocate()
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual({i["status"] for i in farm.items if i["kind"] != "leftover"}, {"already-there"})
                self.assertEqual(farm.index.read_bytes(), whole)
                self.assertFalse(farm.index.is_symlink())
                self.assertEqual(secret.read_text(), "not ours")

    def test_what_is_new_comes_to_what_is_known_and_rests_on_it(self):
        farm = self.farms["more"]
        for image in farm.image("Top", farm.shared).parent.iterdir():
            image.unlink()
        run = farm.relocate()
        self.assertEqual(farm.images["Top"]["status"], "relocated", run.stderr)
        self.assertEqual({i["status"] for n, i in farm.images.items() if n != "Top"}, {"already-there"})
        self.assertEqual(farm.prune_problems(), [])

    def test_what_has_come_into_a_folder_that_is_recorded_is_seen(self):
        farm = self.farms["none"]
        farm.relocate()
        record, before = farm.index.read_bytes(), farm.items
        image, there = farm.image("Leaf"), farm.image("Leaf", farm.shared)
        self.assertIn(b"\x08" + os.fsencode(there.name) + b"\0", record, "else the folder is listed")
        new = {
            "a new image in the source": image.with_name("new.ji"),
            "an empty one": image.with_name("empty.ji"),
            "a new package in the source": farm.user / "packages/Leaf/NewOn",
            "what a killed run has left in the target": farm.shared / "packages/Leaf" / TEMPORARY,
        }
        shutil.copy(image, new["a new image in the source"])
        new["an empty one"].touch()
        new["a new package in the source"].mkdir()
        new["what a killed run has left in the target"].mkdir()
        farm.relocate()
        told = {item["path"]: item["status"] for item in farm.items if item not in before}
        self.assertEqual(told[str(new["a new image in the source"])], "already-there")
        self.assertEqual(told[str(new["a new package in the source"])], "dropped")
        self.assertIn(str(new["an empty one"]), told)
        self.assertFalse(new["what a killed run has left in the target"].exists())
        for path in new.values():
            if path.is_dir():
                path.rmdir()
            elif path.exists():
                path.unlink()
        other = there.with_name(there.name.partition("_")[0] + "_AbCdE.ji")
        there.rename(other)
        farm.relocate()
        self.assertEqual(farm.images["Leaf"]["target"], str(other))
        other.rename(there)
        time.sleep(SETTLED)
        farm.relocate()
        self.assertEqual(farm.items, before)

    def test_no_folder_is_listed_that_is_recorded(self):
        farm = self.farms["none"]
        farm.relocate()

        def listed(*options):
            return {name for name in re.findall(r'"((?:packages|compiled)/[^"]*)"', self.traced(farm, "openat2,getdents64", *options))
                    if name.count("/") == 2 - (name[0] == "p")}

        self.assertEqual(listed(), set())
        self.assertTrue({"packages/Leaf", "compiled/v1.10/Leaf"} <= listed("--no-index"))

    def test_what_writes_nothing_or_takes_away_keeps_no_record(self):
        for options in (["--dry-run"], ["--no-index"], ["--shard", "1/1"], ["--move"]):
            with self.subTest(options=options), Farm("1.10.8-plain") as farm:
                farm.index.unlink(missing_ok=True)
                time.sleep(SETTLED)
                farm.relocate(*options)
                self.assertEqual(farm.index.exists(), options == ["--shard", "1/1"])

    def test_what_has_just_come_is_not_recorded(self):
        with Farm("1.10.8-plain") as farm:
            farm.relocate()
            self.assertFalse(farm.index.exists())


if __name__ == "__main__":
    unittest.main()
