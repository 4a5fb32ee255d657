"""A real Julia 1.5.3 as the judge: a compiled depot is moved, relocated, and must load and run uncompiled."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import julia_depot  # noqa: E402
from julia_depot import jireloc  # noqa: E402

ALL = {"Leaf", "Mid", "Top"}


class MovedDepot(unittest.TestCase):
    """Each test gets the same compiled depot at OLD, and moves it."""

    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="jr"))
        cls.addClassCleanup(shutil.rmtree, cls.base)
        cls.old = cls.base / "home/pkgeval/.julia"
        cls.new = cls.base / "share/julia"
        cls.longer = cls.base / "usr/local/share/julia/depots/shared"
        cls.alias = cls.base / "jl"
        compiling = julia_depot.Depot(cls.old, cls.base / "environment")
        compiling.install()
        cls.wanted = compiling.facts()
        assert cls.wanted["answer"] == "69" and cls.wanted["same"] == "true", cls.wanted
        assert {image.parent.name for image in compiling.images()} == ALL, compiling.images()
        cls.pristine = cls.base / "pristine"
        compiling.move(cls.pristine)

    def setUp(self):
        for leftover in (self.old, self.new, self.longer):
            shutil.rmtree(leftover, ignore_errors=True)
        self.alias.unlink(missing_ok=True)
        self.old.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", self.pristine, self.old], check=True)
        self.depot = julia_depot.Depot(self.old, self.base / "environment")

    def rewrite(self, depot, *options, status=0):
        ran = jireloc("rewrite", *options, "--map", f"{self.old}={depot.path}", depot.path / "compiled")
        self.assertEqual(ran.returncode, status, ran.stdout)
        return ran.stdout

    def assert_loads_uncompiled(self, depot, **options):
        """Runs the program; every image must have been loaded, none written. Returns what the program printed."""
        depot.age_images()
        before = depot.snapshot()
        facts = depot.facts(**options)
        self.assertEqual(depot.snapshot(), before, "Julia wrote images")
        self.assertEqual(depot.loaded_images(), ALL, "Julia loaded other images")
        return facts

    def assert_runs_at(self, facts, place):
        for name in ("answer", "rows", "größe", "same"):
            self.assertEqual(facts[name], self.wanted[name])
        for name in ("here", "file", "trace"):
            self.assertNotIn(str(self.old), facts[name])
            self.assertEqual(os.path.normpath(facts[name]), self.wanted[name].replace(str(self.old), str(place)))

    def test_without_jireloc_a_moved_depot_is_compiled_again(self):
        depot = self.depot.move(self.new)
        before = depot.snapshot()
        self.assertEqual(depot.facts()["answer"], "69")
        after = depot.snapshot()
        self.assertEqual({name.split("/")[0] for name in after if after[name] != before.get(name)}, ALL)

    def test_a_relocated_depot_loads_uncompiled_and_runs_at_the_new_place(self):
        depot = self.depot.move(self.new)
        self.rewrite(depot)
        facts = self.assert_loads_uncompiled(depot)
        self.assert_runs_at(facts, self.new)
        # Names of files are spelled as pkgdir() would: tools compare them by their heads.
        for name in ("file", "trace"):
            self.assertEqual(facts[name], self.wanted[name].replace(str(self.old), str(self.new)))

    def test_with_the_header_alone_relocated_julia_accepts_and_the_code_fails(self):
        depot = self.depot.move(self.new)
        said = self.rewrite(depot, "--payload=header-only")
        facts = self.assert_loads_uncompiled(depot)
        self.assertIn("opening file", facts["rows"])
        self.assertIn(str(self.old), facts["rows"])
        self.assertTrue(facts["trace"].startswith(str(self.old)))
        self.assertIn("Leaf", said)

    def test_a_relocated_depot_never_looks_at_the_old_place(self):
        depot = self.depot.move(self.new)
        self.rewrite(depot)
        log = self.base / "strace.log"
        wrapper = ["strace", "-f", "-s", "4096", "-e", "trace=file", "-o", log]
        if subprocess.run([*wrapper, "true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("strace may not trace here")
        self.assert_loads_uncompiled(depot, wrapper=wrapper)
        calls = log.read_text(errors="replace")
        self.assertIn(f'{self.new}', calls)
        self.assertIn("data/table.csv", calls)
        self.assertEqual([call for call in calls.splitlines() if str(self.old) in call], [])

    def test_a_longer_place_without_an_alias_or_growth_is_refused_and_nothing_is_changed(self):
        depot = self.depot.move(self.longer)
        before = depot.snapshot()
        said = self.rewrite(depot, "--payload=require", "--longer=leave", status=3)
        self.assertEqual(depot.snapshot(), before)
        self.assertIn("alias", said)

    def test_with_an_alias_a_longer_place_is_served(self):
        depot = self.depot.move(self.longer)
        self.rewrite(depot, "--payload-alias", self.alias, "--make-alias")
        self.assertEqual(self.alias.resolve(), self.longer)
        self.assert_runs_at(self.assert_loads_uncompiled(depot), self.alias)

    def test_moved_there_and_back_the_images_are_the_same_bytes(self):
        depot = self.depot.move(self.new)
        before = {name: digest for name, (_, digest) in depot.snapshot().items()}
        self.rewrite(depot)
        there = {name: digest for name, (_, digest) in depot.snapshot().items()}
        self.assertTrue(all(there[name] != before[name] for name in before))
        back = depot.move(self.old)
        ran = jireloc("rewrite", "--map", f"{self.new}={self.old}", back.path / "compiled")
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertEqual({name: digest for name, (_, digest) in back.snapshot().items()}, before)
        self.assertEqual(self.assert_loads_uncompiled(back), self.wanted)

    def test_sources_copied_without_their_times_are_accepted_after_mtime_files(self):
        subprocess.run(["cp", "-r", self.old, self.new], check=True)
        shutil.rmtree(self.old)
        depot = julia_depot.Depot(self.new, self.depot.environment)
        self.rewrite(depot, "--mtime", "files")
        self.assert_runs_at(self.assert_loads_uncompiled(depot), self.new)

    def test_an_edited_source_whose_time_was_put_back_is_not_made_fresh(self):
        depot = self.depot.move(self.new)
        source = next(self.new.glob("packages/Leaf/*/src/sub/shapes.jl"))
        times = source.stat()
        source.write_text(source.read_text().replace("x * x", "x + x"))
        os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
        before = depot.snapshot()
        said = self.rewrite(depot, status=1)
        after = depot.snapshot()
        leaf = next(name for name in before if name.startswith("Leaf/"))
        self.assertEqual(after[leaf], before[leaf])
        self.assertIn("shapes.jl", said)
        self.assertEqual(depot.facts()["answer"], "66", "Julia compiles the edited source")


if __name__ == "__main__":
    unittest.main(verbosity=2)
