"""What Julia itself brings, and the depots behind: images there serve, and nothing there is written."""
import json
import os
import sys
import unittest
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from fixture import Fixture, crc32c  # noqa: E402
from relocate_test import Depots  # noqa: E402

SOCKETS = "6462fe0b-24de-5631-8697-dd941f90decc"
REPLEXT = "e5eb5ef1-03cf-53a7-ae1d-5a66b08e832b"  # of Pkg, as Julia 1.9 to 1.12 make it
NO_IMAGE = "fafbfcfd00000001"  # the upper half of a build id that no system image has
SLUGS = {"Sockets": "QLXIl"}
OTHER = "6462fe0b-24de-5631-8697-dd941f90decd"


def words(text, hi, lo):
    number = uuid.UUID(text).int
    return b"".join(word.to_bytes(8, "little") for word in (number >> 64, number & 2**64 - 1, hi, lo))


def need_other(image, name, its_uuid, hi, lo=None):
    """Lets an image of 1.12 need another module in the place of Sockets, of the system image, and mends its checksum."""
    data = bytearray(image.read_bytes())
    assert crc32c(bytes(data[:-4])) == int.from_bytes(data[-4:], "little"), "not as expected"
    number = uuid.UUID(SOCKETS).int
    marks = b"Sockets" + (number >> 64).to_bytes(8, "little") + (number & 2**64 - 1).to_bytes(8, "little")
    at = data.index(marks)
    low = int.from_bytes(data[at + 31:at + 39], "little") if lo is None else lo
    data[at:at + 39] = name.encode() + words(its_uuid, int(hi, 16), low)
    data[-4:] = crc32c(bytes(data[:-4])).to_bytes(4, "little")
    image.write_bytes(data)
    return low


def image_of(depot, name, its_uuid, build, like, source=None):
    """An image of a standard library in some build, as a depot may hold it."""
    version = "v" + ".".join(like["julia"].split(".")[:2])
    folder = depot / "compiled" / version / name
    folder.mkdir(parents=True, exist_ok=True)
    source = source or f"@depot/stdlib/{version}/{name}/src/{name}.jl"
    facts = f"uname={like['uname']} arch={like['arch']} version={like['julia']} branch={like['branch']} commit={like['commit']}"
    content = "mtime=-1.0 fsize=auto hash=auto" if like["layout"] == "V12b" else "mtime=1.0"
    text = f"layout {like['layout']}\njulia {facts}\npkgimage 0\nflags 0x22\n" \
           f"module {name} uuid={its_uuid} build-id={build:#x}\n" \
           f"include {source} {content} module=1 text=\"module {name} end\"\npayload-zeros 200\n"
    image = folder / f"{SLUGS[name]}_BBBBB.ji"
    image.write_bytes(bytes(Fixture(text).out.data))
    return image


class OfJuliaItself(unittest.TestCase):
    def changed(self, depots, name, its_uuid, hi=NO_IMAGE):
        return [need_other(image, name, its_uuid, hi) for image in sorted((depots.user / "compiled").rglob("*.ji"))]

    def test_builds_of_standard_libraries_and_their_extensions_are_assumed_of_julia_and_said(self):
        for name, its_uuid in (("Sockets", SOCKETS), ("REPLExt", REPLEXT)):
            with self.subTest(name), Depots("1.12.5-plain") as depots:
                self.changed(depots, name, its_uuid)
                run = depots.relocate("--allow-build-scripts")
                self.assertEqual(set(depots.status().values()), {"relocated"}, run.stderr)
                for item in depots.images.values():
                    self.assertEqual(item["assumed_of_julia"], [name])
                self.assertEqual(depots.prune_problems(), [])
                check = depots.run("check", "--json", "--depot", str(depots.shared), str(depots.shared / "compiled"))
                for verdict in map(json.loads, check.stdout.splitlines()):
                    self.assertTrue(verdict["loads"], verdict)
                    self.assertEqual(verdict["assumed_of_julia"], [name])

    def test_another_build_of_the_library_in_a_depot_is_no_reason_to_drop_or_delete(self):
        with Depots("1.12.5-plain") as depots:
            self.changed(depots, "Sockets", SOCKETS)
            like = json.loads(depots.run("inspect", "--json", str(depots.image("Leaf"))).stdout)
            image_of(depots.user, "Sockets", SOCKETS, 77, like)
            run = depots.relocate("--allow-build-scripts")
            status = depots.status()
            self.assertEqual(status.pop("Sockets"), "merged")
            self.assertEqual(set(status.values()), {"relocated"}, run.stderr)
            depots.image("Sockets", depots.shared).unlink()
            image_of(depots.shared, "Sockets", SOCKETS, 78, like)
            depots.run("prune", "--delete", "--allow-build-scripts", str(depots.shared))
            for name in status:
                self.assertTrue(depots.image(name, depots.shared).exists())
            check = depots.run("check", "--json", "--depot", str(depots.shared), str(depots.image("Leaf", depots.shared)))
            self.assertEqual(json.loads(check.stdout)["load_problems"], [])

    def test_a_package_that_only_has_the_name_is_missed(self):
        with Depots("1.12.5-plain") as depots:
            self.changed(depots, "Sockets", OTHER)
            depots.relocate("--allow-build-scripts")
            self.assertEqual(set(depots.status().values()), {"dropped"})
            self.assertEqual({i["reasons"][0]["code"] for i in depots.images.values()}, {"dependency-missing"})


def snapshot(folder):
    return {p: (p.lstat().st_ino, p.lstat().st_mtime_ns, p.lstat().st_ctime_ns) for p in folder.rglob("*")}


class Behind(Depots):
    """The same with a third depot, behind both: /site, and a share/julia of Julia's own."""

    def __init__(self, folder):
        super().__init__(folder)
        self.site, self.share = self.top / "site", self.top / "opt/share/julia"
        self.version = next((self.user / "compiled").iterdir()).name
        self.like = json.loads(self.run("inspect", "--json", str(self.image("Leaf"))).stdout)

    def move_to_site(self, *what):
        for name in what:
            (self.site / name).parent.mkdir(parents=True, exist_ok=True)
            (self.user / name).rename(self.site / name)

    def library(self, content="module Sockets end"):
        source = self.share / f"stdlib/{self.version}/Sockets/src/Sockets.jl"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(content)
        os.utime(source, (1, 1))
        return source


class DepotsBehind(unittest.TestCase):
    def test_images_in_a_depot_behind_serve_and_nothing_there_is_written(self):
        for folder in ("1.5.3-plain", "1.12.5-plain"):
            with self.subTest(folder), Behind(folder) as depots:
                depots.move_to_site("packages/Leaf", f"compiled/{depots.version}/Leaf")
                if folder == "1.5.3-plain":
                    depots.run("rewrite", "--map", f"{depots.user}/packages/Leaf={depots.site}/packages/Leaf",
                               str(depots.user / "compiled"), str(depots.site / "compiled"))
                before = snapshot(depots.site)
                depots.relocate("--allow-build-scripts", "--dry-run")
                self.assertEqual(depots.images["Mid"]["reasons"][0]["code"], "dependency-missing")
                run = depots.relocate("--allow-build-scripts", "--move", "--depot", f"/nowhere:{depots.user}:{depots.site}")
                self.assertEqual(set(depots.status().values()), {"relocated"}, run.stderr)
                self.assertNotIn("Leaf", depots.images)
                self.assertEqual(snapshot(depots.site), before)
                self.assertNotEqual(depots.prune_problems(), [])
                prune = depots.run("prune", "--json", "--allow-build-scripts", "--depot", str(depots.site), str(depots.shared))
                self.assertEqual({json.loads(line)["status"] for line in prune.stdout.splitlines()}, {"kept"}, prune.stderr)

    def test_sources_in_a_depot_behind_serve_and_the_variable_names_it_too(self):
        for folder in ("1.5.3-plain", "1.12.5-plain"):
            with self.subTest(folder), Behind(folder) as depots:
                depots.move_to_site("packages/Leaf")
                depots.run("rewrite", "--map", f"{depots.user}/packages/Leaf={depots.site}/packages/Leaf",
                           str(depots.user / "compiled"))
                depots.relocate("--allow-build-scripts", "--dry-run")
                self.assertEqual(depots.images["Leaf"]["status"], "dropped")
                before = snapshot(depots.site)
                os.environ["JULIA_DEPOT_PATH"] = f"{depots.user}:{depots.site}"
                try:
                    run = depots.relocate("--allow-build-scripts")
                finally:
                    del os.environ["JULIA_DEPOT_PATH"]
                self.assertEqual(set(depots.status().values()) - {"merged"}, {"relocated"}, run.stderr)
                self.assertEqual(snapshot(depots.site), before)
                check = depots.run("check", "--json", "--depot", f"{depots.shared}:{depots.site}", str(depots.shared / "compiled"))
                verdicts = list(map(json.loads, check.stdout.splitlines()))
                self.assertEqual({(v["verdict"], v["loads"]) for v in verdicts}, {("fresh", True)}, check.stdout)

    def test_a_depot_behind_that_cannot_be_read_drops_nothing(self):
        with Behind("1.12.5-plain") as depots:
            depots.move_to_site("packages/Leaf", "compiled/v1.12/Leaf")
            (depots.site / "compiled").rename(depots.site / "hidden")
            (depots.site / "compiled").symlink_to("compiled")  # root reads everything, but no loop of links
            depots.relocate("--allow-build-scripts", "--dry-run", "--depot", str(depots.site))
            self.assertEqual(depots.images["Mid"]["status"], "failed")
            self.assertEqual(depots.images["Mid"]["reasons"][0]["code"], "dependency-unknown")

    def test_bundled_images_tell_the_builds_of_julia_itself(self):
        with Behind("1.12.5-plain") as depots:
            depots.library()
            bundled = image_of(depots.share, "Sockets", SOCKETS, 77, depots.like)
            build = json.loads(depots.run("inspect", "--json", str(bundled)).stdout)["modules"][0]["full_build_id"]
            images = sorted((depots.user / "compiled").rglob("*.ji"))
            for image in images:
                need_other(image, "Sockets", SOCKETS, build[:16], int(build[16:], 16))
            before = snapshot(depots.share)
            run = depots.relocate("--allow-build-scripts", "--julia-share", str(depots.share))
            self.assertEqual(set(depots.status().values()), {"relocated"}, run.stderr)
            self.assertTrue(all("assumed_of_julia" not in i for i in depots.images.values()))
            self.assertEqual(snapshot(depots.share), before)
        with Behind("1.12.5-plain") as depots:
            depots.library()
            image_of(depots.share, "Sockets", SOCKETS, 78, depots.like)
            need_other(depots.image("Prefs"), "Sockets", SOCKETS, NO_IMAGE)
            depots.relocate("--allow-build-scripts", "--julia-share", str(depots.share))
            self.assertEqual(depots.images["Prefs"]["reasons"][0]["code"], "dependency-missing")
            self.assertEqual(depots.images["Mid"]["status"], "relocated")

    def test_a_share_folder_without_standard_libraries_is_a_usage_error(self):
        with Depots("1.12.5-plain") as depots:
            run = depots.relocate("--julia-share", str(depots.top))
            self.assertEqual(run.returncode, 2)
            self.assertIn("no folder stdlib", run.stderr)


class StandardLibraries(unittest.TestCase):
    """Images of them in a user's depot: Julia makes them for flags that it ships none for."""

    def for_each(self, judge):
        for folder, source in (("1.5.3-plain", "/nowhere/share/julia/stdlib/v1.5/Sockets/src/Sockets.jl"),
                               ("1.8.2-plain", "/nowhere/share/julia/stdlib/v1.8/Sockets/src/Sockets.jl"),
                               ("1.12.5-plain", None)):
            with self.subTest(folder), Behind(folder) as depots:
                judge(depots, image_of(depots.user, "Sockets", SOCKETS, 77, depots.like, source))

    def test_they_are_kept_as_they_are_where_it_is_not_known_where_julia_is(self):
        def judge(depots, image):
            run = depots.relocate("--allow-build-scripts")
            self.assertEqual(depots.images["Sockets"]["status"], "merged", run.stderr)
            self.assertEqual(depots.image("Sockets", depots.shared).read_bytes(), image.read_bytes())
            self.assertEqual(depots.prune_problems(), [])
        self.for_each(judge)

    def test_they_are_relocated_where_the_bundled_depot_is_known_and_proven_by_its_sources(self):
        def judge(depots, _):
            source = depots.library()
            run = depots.relocate("--allow-build-scripts", "--julia-share", str(depots.share))
            self.assertIn(depots.images["Sockets"]["status"], ("merged", "relocated"), run.stderr)
            arrived = json.loads(depots.run("inspect", "--json", str(depots.image("Sockets", depots.shared))).stdout)
            place = arrived["includes"][0]["path"].replace("@depot", str(depots.share))
            self.assertEqual(place, str(source))
            self.assertIn(arrived["includes"][0]["mtime"], (1.0, -1.0))
        self.for_each(judge)

    def test_one_of_another_julia_is_not_made_to_look_fresh(self):
        def judge(depots, _):
            depots.library("module Sockets; end")
            depots.relocate("--allow-build-scripts", "--julia-share", str(depots.share))
            self.assertEqual(depots.images["Sockets"]["status"], "dropped")
        self.for_each(judge)

    def test_a_julia_inside_of_the_depot_stays_there(self):
        with Behind("1.8.2-plain") as depots:
            share = depots.user / "juliaup/julia-1.8.2/share/julia"
            image_of(depots.user, "Sockets", SOCKETS, 77, depots.like,
                     f"{share}/stdlib/v1.8/Sockets/src/Sockets.jl")
            for option in ([], ["--julia-share", str(share)]):
                if option:
                    depots.share = share
                    depots.library()
                    (depots.shared / "compiled/v1.8/Sockets").rename(depots.top / "first")
                run = depots.relocate("--allow-build-scripts", *option)
                self.assertEqual(depots.images["Sockets"]["status"], "merged", run.stderr)
                arrived = json.loads(depots.run("inspect", "--json", str(depots.image("Sockets", depots.shared))).stdout)
                self.assertEqual(arrived["includes"][0]["path"], f"{share}/stdlib/v1.8/Sockets/src/Sockets.jl")


class OtherNames(unittest.TestCase):
    """Home is a link: one depot, recorded under two names."""

    def test_a_recorded_depot_that_is_the_sources_folder_is_the_source(self):
        with Depots("1.5.3-plain") as depots:
            for home in ("home", "other"):
                (depots.top / home).symlink_to(depots.top)
            for package, home in (("Leaf", "home"), ("Prefs", "other")):
                depots.run("rewrite", "--map", f"{depots.user}={depots.top}/{home}/u", str(depots.image(package)))
            prune = depots.run("prune", "--json", "--allow-build-scripts", str(depots.user))
            self.assertEqual({json.loads(line)["status"] for line in prune.stdout.splitlines()}, {"kept"}, prune.stderr)
            run = depots.relocate("--allow-build-scripts")
            self.assertEqual(set(depots.status().values()), {"relocated"}, run.stderr)
            self.assertEqual(depots.prune_problems(), [])
            for path in (depots.shared / "compiled").rglob("*.ji"):
                for home in ("u", "home/u", "other/u"):
                    self.assertNotIn(f"{depots.top}/{home}/".encode(), path.read_bytes(), path)

    def test_the_depot_may_be_named_by_the_link_too(self):
        with Depots("1.5.3-plain") as depots:
            (depots.top / "home").symlink_to(depots.top)
            (depots.top / "other").symlink_to(depots.top)
            depots.run("rewrite", "--map", f"{depots.user}={depots.top}/other/u", str(depots.image("Leaf")))
            depots.user = depots.top / "home/u"
            run = depots.relocate("--allow-build-scripts")
            self.assertEqual(set(depots.status().values()), {"relocated"}, run.stderr)
            self.assertEqual(depots.prune_problems(), [])

    def test_another_depot_of_the_same_look_is_none(self):
        with Depots("1.5.3-plain") as depots:
            depots.run("rewrite", "--map", f"{depots.user}={depots.top}/elsewhere", str(depots.image("Leaf")))
            (depots.top / "elsewhere").mkdir()
            depots.relocate("--allow-build-scripts")
            self.assertEqual(depots.images["Leaf"]["reasons"][0]["code"], "outside-depots")


if __name__ == "__main__":
    unittest.main()
