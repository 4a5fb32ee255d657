"""What a user of `jireloc rewrite` relies on, on real images in a copied depot."""
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import unpack  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
CORPUS = Path(os.environ["JIRELOC_CORPUS"])
OLD, NEW = "/home/pkgeval/.julia", "/usr/share/julia"


class Depot:
    """A root folder in which a corpus depot's images and sources lie at NEW (and, if asked, sources at OLD too)."""

    def __init__(self, folder: str, places=(NEW,)):
        self.temporary = tempfile.TemporaryDirectory()
        self.root = Path(self.temporary.name)
        for place in places:
            unpack(folder, self.root / place[1:], images=place == NEW)

    @property
    def images(self) -> Path:
        return self.root / NEW[1:] / "compiled"

    def image(self, name: str) -> Path:
        return next(self.images.rglob(f"{name}/*.ji"))

    def source(self, relative: str) -> Path:
        return self.root / NEW[1:] / "packages" / relative

    def rewrite(self, *options, paths=None, check=None):
        run = subprocess.run(
            [JIRELOC, "rewrite", "--json", "--payload=header-only", "--map", f"{OLD}={NEW}", "--root", str(self.root),
             *options, *(paths or [str(self.images)])], capture_output=True, text=True)
        self.objects = {Path(item["path"]).parent.name: item for item in map(json.loads, run.stdout.splitlines())}
        return run

    def inspect(self, name: str):
        run = subprocess.run([JIRELOC, "inspect", "--json", str(self.image(name))], capture_output=True, text=True,
                             check=True)
        return json.loads(run.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()


class Rewrite(unittest.TestCase):
    def test_proven_images_are_rewritten_in_place_with_mode_and_time_kept(self):
        with Depot("1.10.8-plain") as depot:
            leaf = depot.image("Leaf")
            leaf.chmod(0o640)
            os.utime(leaf, ns=(1, 1_600_000_000_123_456_789))
            run = depot.rewrite()
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual({item["status"] for item in depot.objects.values()}, {"rewritten"})
            self.assertEqual(depot.objects["Leaf"]["sources"], {"proven": 6, "unproven": 0, "absent": 0})
            golden = next((CORPUS / "1.10.8-plain" / "header-relocated").rglob("Leaf/*.ji"))
            self.assertEqual(leaf.read_bytes(), golden.read_bytes())
            self.assertEqual(stat.S_IMODE(leaf.stat().st_mode), 0o640)
            self.assertEqual(leaf.stat().st_mtime_ns, 1_600_000_000_123_456_789)
            self.assertEqual([path for path in depot.images.rglob(".*")], [])

    def test_a_second_run_finds_nothing_to_change_and_touches_nothing(self):
        with Depot("1.8.2-plain") as depot:
            self.assertEqual(depot.rewrite("--payload=auto").returncode, 0)
            before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in depot.images.rglob("*.ji")}
            run = depot.rewrite("--payload=auto")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual({item["status"] for item in depot.objects.values()}, {"unchanged"})
            self.assertEqual(before, {path: (path.stat().st_ino, path.stat().st_mtime_ns)
                                      for path in depot.images.rglob("*.ji")})
            self.assertIn("matched nothing", run.stderr)

    def test_an_edited_source_keeps_its_image_from_being_rewritten_whatever_its_time(self):
        for mtime in ("keep", "files"):
            with self.subTest(mtime=mtime), Depot("1.10.8-plain") as depot:
                shapes = depot.source("Leaf/YapGN/src/sub/shapes.jl")
                time = shapes.stat().st_mtime_ns
                shapes.write_bytes(shapes.read_bytes().replace(b"Square", b"Sqaure"))
                os.utime(shapes, ns=(time, time))
                original = depot.image("Leaf").read_bytes()
                run = depot.rewrite("--mtime", mtime)
                self.assertEqual(run.returncode, 1, run.stderr)
                self.assertEqual(depot.objects["Leaf"]["status"], "skipped")
                self.assertEqual(depot.objects["Leaf"]["reasons"][0]["code"], "unproven")
                self.assertEqual(depot.image("Leaf").read_bytes(), original)
                self.assertEqual(depot.objects["Mid"]["status"], "rewritten")
                run = depot.rewrite("--force-unproven")
                self.assertEqual(depot.objects["Leaf"]["status"], "rewritten")

    def test_an_edited_include_dependency_is_unproven_though_it_has_no_stored_text(self):
        with Depot("1.5.3-plain") as depot:
            csv = depot.source("Leaf/YapGN/data/table.csv")
            time = csv.stat().st_mtime_ns
            csv.write_bytes(csv.read_bytes() + b"x,1\n")
            os.utime(csv, ns=(time, time))
            self.assertEqual(depot.rewrite().returncode, 1)
            self.assertEqual(depot.objects["Leaf"]["status"], "skipped")
            self.assertIn("table.csv", depot.objects["Leaf"]["reasons"][0]["message"])

    def test_absent_sources_are_reported_and_block_only_the_policy_that_needs_their_times(self):
        with Depot("1.9.4-plain") as depot:
            shutil.rmtree(depot.source("Leaf"))
            self.assertEqual(depot.rewrite("--mtime", "files").returncode, 1)
            self.assertEqual(depot.objects["Leaf"]["status"], "skipped")
            self.assertEqual(depot.objects["Leaf"]["reasons"][0]["code"], "unproven-absent")
            self.assertEqual(depot.rewrite().returncode, 1)
            self.assertEqual(depot.objects["Leaf"]["status"], "rewritten")
            self.assertEqual(depot.objects["Leaf"]["sources"]["absent"], 6)

    def test_the_times_of_proven_files_are_recorded_with_julias_arithmetic(self):
        with Depot("1.10.8-plain") as depot:
            shapes = depot.source("Leaf/YapGN/src/sub/shapes.jl")
            os.utime(shapes, ns=(0, 1_700_000_001_234_567_891))
            run = depot.rewrite("--mtime", "files")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(depot.objects["Leaf"]["mtimes_changed"], 1)
            recorded = {item["path"]: item["mtime"] for item in depot.inspect("Leaf")["includes"]}
            expected = float(1_700_000_001) + float(234_567_891) * 1e-9
            self.assertEqual(recorded[f"{NEW}/packages/Leaf/YapGN/src/sub/shapes.jl"], expected)

    def test_names_of_one_file_are_changed_once_and_linked_again(self):
        with Depot("1.10.8-plain") as depot:
            leaf = depot.image("Leaf")
            twin = leaf.with_name(leaf.name.split("_")[0] + "_twins.ji")
            os.link(leaf, twin)
            run = depot.rewrite()
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(leaf.stat().st_ino, twin.stat().st_ino)
            golden = next((CORPUS / "1.10.8-plain" / "header-relocated").rglob("Leaf/*.ji"))
            self.assertEqual(twin.read_bytes(), golden.read_bytes())

    def test_a_link_outside_the_inputs_fails_the_image_unless_it_may_be_broken(self):
        with Depot("1.10.8-plain") as depot:
            leaf = depot.image("Leaf")
            outside = depot.root / "outside.ji"
            os.link(leaf, outside)
            original = leaf.read_bytes()
            self.assertEqual(depot.rewrite().returncode, 3)
            self.assertEqual(depot.objects["Leaf"]["status"], "failed")
            self.assertEqual(leaf.read_bytes(), original)
            self.assertEqual(depot.rewrite("--break-links").returncode, 0)
            self.assertEqual(outside.read_bytes(), original)
            self.assertNotEqual(leaf.read_bytes(), original)

    def test_a_link_to_the_library_outside_the_inputs_fails_the_image_too(self):
        with Depot("1.10.8-split") as depot:
            library = depot.image("Leaf").with_suffix(".so")
            outside = depot.root / "outside.so"
            os.link(library, outside)
            original = {path: path.read_bytes() for path in library.parent.iterdir()}
            self.assertEqual(depot.rewrite("--payload=auto").returncode, 3)
            self.assertEqual(depot.objects["Leaf"]["status"], "failed")
            self.assertEqual({path: path.read_bytes() for path in library.parent.iterdir()}, original)
            depot.rewrite("--payload=auto", "--break-links")
            self.assertEqual(depot.objects["Leaf"]["status"], "rewritten")
            self.assertEqual(outside.read_bytes(), original[library])
            self.assertNotEqual(library.read_bytes(), original[library])

    def test_names_of_a_whole_pair_are_linked_again(self):
        with Depot("1.10.8-split") as depot:
            leaf = depot.image("Leaf")
            twin = leaf.with_name(leaf.name.split("_")[0] + "_twins.ji")
            for suffix in (".ji", ".so"):
                os.link(leaf.with_suffix(suffix), twin.with_suffix(suffix))
            depot.rewrite("--payload=auto")
            self.assertEqual(depot.objects["Leaf"]["status"], "rewritten")
            for suffix in (".ji", ".so"):
                self.assertEqual(leaf.with_suffix(suffix).stat().st_ino, twin.with_suffix(suffix).stat().st_ino)
                self.assertNotIn(OLD.encode() + b"/", leaf.with_suffix(suffix).read_bytes())

    def test_with_link_a_library_that_does_not_change_is_linked_and_one_that_does_is_written(self):
        with Depot("1.10.8-split") as depot:
            library = depot.image("Leaf").with_suffix(".so")
            for payload, linked in (("header-only", True), ("auto", False)):
                out = depot.root / payload
                run = depot.rewrite(f"--payload={payload}", "--link", "-o", str(out), paths=[str(depot.images)])
                self.assertIn(run.returncode, (0, 1, 3), run.stderr)
                written = next(out.rglob(f"Leaf/{library.name}"))
                self.assertEqual(written.samefile(library), linked)
                ran = subprocess.run([JIRELOC, "inspect", "--verify", str(written.with_suffix(".ji"))],
                                     stdout=subprocess.DEVNULL)
                self.assertEqual(ran.returncode, 0)

    def test_a_symbolic_link_given_by_name_stays_one(self):
        with Depot("1.10.8-plain") as depot:
            leaf = depot.image("Leaf")
            link = depot.root / "link.ji"
            link.symlink_to(leaf)
            original = leaf.read_bytes()
            run = depot.rewrite(paths=[str(link)])
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertTrue(link.is_symlink())
            self.assertNotEqual(leaf.read_bytes(), original)

    def test_a_damaged_image_fails_alone(self):
        with Depot("1.10.8-plain") as depot:
            leaf = depot.image("Leaf")
            data = bytearray(leaf.read_bytes())
            data[-1] ^= 1
            leaf.write_bytes(data)
            run = depot.rewrite()
            self.assertEqual(run.returncode, 3)
            self.assertEqual(depot.objects["Leaf"]["reasons"][0]["code"], "bad-file-checksum")
            self.assertEqual(leaf.read_bytes(), bytes(data))
            self.assertEqual(depot.objects["Top"]["status"], "rewritten")

    def test_a_library_that_is_not_the_one_recorded_fails_its_image(self):
        with Depot("1.10.8-split") as depot:
            library = next(depot.images.rglob("Leaf/*.so"))
            library.chmod(0o755)
            data = bytearray(library.read_bytes())
            data[len(data) // 2] ^= 1
            library.write_bytes(data)
            self.assertEqual(depot.rewrite().returncode, 3)
            self.assertEqual(depot.objects["Leaf"]["reasons"][0]["code"], "bad-library-checksum")

    def test_the_payload_follows_by_default_and_every_checksum_holds_after(self):
        for folder in sorted(path.name for path in CORPUS.iterdir() if path.is_dir() and not path.name.endswith(("-path", "-compressed"))):
            with self.subTest(folder=folder), Depot(folder) as depot:
                original = {path: path.read_bytes() for path in depot.images.rglob("*") if path.is_file()}
                depot.rewrite("--payload=auto")
                left = [name for name, item in depot.objects.items() if item["status"] == "skipped"]
                self.assertEqual(left, ["Big", "Prefs"] if "split" in folder else [], depot.objects)
                for path in depot.images.rglob("*"):
                    if path.is_file() and path.parent.name not in left:
                        self.assertNotIn(OLD.encode(), path.read_bytes(), path)
                subprocess.run([JIRELOC, "inspect", "--verify", str(depot.image("Leaf"))], check=True,
                               capture_output=True)
                run = subprocess.run([JIRELOC, "rewrite", "--map", f"{NEW}={OLD}", "--root", "/nonexistent",
                                      str(depot.images)], capture_output=True, text=True)
                self.assertIn("failed 0", run.stdout)
                self.assertEqual({path: path.read_bytes() for path in depot.images.rglob("*") if path.is_file()},
                                 original)

    def test_there_and_back_again_on_disk(self):
        for folder in ("1.5.3-plain", "1.9.4-split", "1.14.0-DEV-plain-path"):
            with self.subTest(folder=folder), Depot(folder) as depot:
                original = {path: path.read_bytes() for path in depot.images.rglob("*") if path.is_file()}
                away = "/home/pkgeval/dev" if folder.endswith("-path") else OLD
                there, back = f"{away}=/somewhere/else/that/is/longer", f"/somewhere/else/that/is/longer={away}"
                for one in (there, back):
                    run = subprocess.run([JIRELOC, "rewrite", "--payload=header-only", "--map", one, "--root",
                                          "/nonexistent", str(depot.images)], capture_output=True, text=True)
                    self.assertIn("failed 0", run.stdout)
                    if one is there:
                        self.assertNotEqual(depot.image("Leaf").read_bytes(), original[depot.image("Leaf")])
                self.assertEqual({path: path.read_bytes() for path in depot.images.rglob("*") if path.is_file()},
                                 original)

    def test_two_inputs_for_one_output_are_a_conflict(self):
        with Depot("1.10.8-plain") as depot, tempfile.TemporaryDirectory() as out:
            leaf = str(depot.image("Leaf"))
            run = depot.rewrite("--output-dir", out, paths=[leaf, leaf])
            self.assertEqual(run.returncode, 3)
            self.assertIn("same place", run.stderr)

    def test_contradictory_or_missing_maps_are_usage_errors(self):
        for options in ([], ["--map", "/a"], ["--map", "/a=/b", "--map", "/a=/c"], ["--map", "/a=/b", "--mtime", "x"],
                        ["--map", "/a=/b", "--payload", "x"]):
            run = subprocess.run([JIRELOC, "rewrite", *options, "/nonexistent"], capture_output=True, text=True)
            self.assertEqual(run.returncode, 2, options)

    def test_with_to_the_old_place_is_inferred_from_each_image_itself(self):
        for folder in ("1.8.2-plain", "1.10.8-plain", "1.12.5-plain", "1.13.0-rc1-plain", "1.14.0-DEV-plain",
                       "1.14.0-DEV-format15-plain"):
            with self.subTest(folder=folder), Depot(folder) as by_map, Depot(folder) as by_inference:
                by_map.rewrite("--payload=auto")
                run = subprocess.run([JIRELOC, "rewrite", "--json", "--to", NEW, "--root", str(by_inference.root),
                                      str(by_inference.images)], capture_output=True, text=True)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual({json.loads(line)["status"] for line in run.stdout.splitlines()}, {"rewritten"})
                for image in by_map.images.rglob("*.ji"):
                    other = by_inference.images / image.relative_to(by_map.images)
                    self.assertEqual(image.read_bytes(), other.read_bytes(), image)
                    self.assertNotIn(OLD.encode() + b"/", other.read_bytes())

    def test_an_image_compiled_below_two_places_is_not_guessed_about(self):
        with Depot("1.10.8-plain") as depot:
            dev = "/home/pkgeval/elsewhere/packages/Leaf"
            self.assertIn(subprocess.run([JIRELOC, "rewrite", "--payload=header-only", "--map",
                                          f"{OLD}/packages/Leaf/YapGN/data={dev}/YapGN/data", "--root", "/nonexistent",
                                          str(depot.image("Leaf"))], capture_output=True).returncode, (0, 1))
            original = depot.image("Leaf").read_bytes()
            run = subprocess.run([JIRELOC, "rewrite", "--json", "--to", NEW, "--root", str(depot.root),
                                  str(depot.image("Leaf"))], capture_output=True, text=True)
            self.assertEqual(run.returncode, 1, run.stderr)
            self.assertEqual(json.loads(run.stdout)["reasons"][0]["code"], "ambiguous-depot")
            self.assertEqual(depot.image("Leaf").read_bytes(), original)

    def test_shards_cover_every_image_once(self):
        with Depot("1.10.8-plain") as depot:
            seen = []
            for number in (1, 2, 3):
                depot.rewrite("--dry-run", "--shard", f"{number}/3")
                seen += list(depot.objects)
            self.assertEqual(sorted(seen), ["Big", "Leaf", "Mid", "MidPrefsExt", "Prefs", "Top"])

    def test_maps_come_from_the_environment_only_when_asked(self):
        with Depot("1.10.8-plain") as depot:
            command = [JIRELOC, "rewrite", "--payload=header-only", "--root", str(depot.root), str(depot.images)]
            environment = dict(os.environ, BUILD_PATH_PREFIX_MAP=f"{NEW}={OLD}")
            self.assertEqual(subprocess.run(command, env=environment, capture_output=True).returncode, 2)
            run = subprocess.run(command + ["--map-from-env"], env=environment, capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("rewritten 6", run.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
