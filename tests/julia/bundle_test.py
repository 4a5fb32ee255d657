"""A real Julia 1.5.3 as the judge: a depot is packed, is gone, and comes out at shorter, equal and longer places, where all
of it is loaded, nothing is compiled, and what its code names is there."""
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import julia_depot  # noqa: E402
from julia_depot import jireloc  # noqa: E402

ALL = {"Leaf", "Mid", "Top"}


class Bundle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.base)
        depot = julia_depot.Depot(cls.base / "depot/of/a/builder", cls.base / "environment")
        depot.install()
        cls.facts = depot.facts()
        cls.bundle = cls.base / "layer.jlb.tar.zst"
        cls.packed = jireloc("pack", depot.path, "-o", cls.bundle)
        cls.bundles = cls.base / "bundles"
        cls.bundles.mkdir()
        base = cls.bundles / "z.jlb.tar.zst"
        jireloc("pack", depot.path, "-o", base, "--package", "Mid")
        cls.delta = jireloc("pack", depot.path, "-o", cls.bundles / "a.jlb.tar.zst", "--since", base)
        cls.indexed = jireloc("pack", "--index", cls.bundles)
        cls.depot = depot
        shutil.rmtree(depot.path)

    def unpacked(self, place, *options):
        run = jireloc("unpack", self.bundle, "--to", self.base / place, *options)
        self.assertEqual(run.returncode, 0, run.stdout)
        return julia_depot.Depot(self.base / place, self.depot.environment)

    def test_it_loads_and_works_at_places_of_any_length_and_at_its_own(self):
        self.assertEqual(self.packed.returncode, 0, self.packed.stdout)
        own = "depot/of/a/builder"
        for place in ("s", "x" * len(own), "y" * 20 + "/" + "z" * 40, own):
            with self.subTest(place=place):
                depot = self.unpacked(place)
                before = depot.snapshot()
                depot.age_images()
                facts = depot.facts()
                self.assertEqual(depot.loaded_images(), ALL)
                self.assertEqual(depot.snapshot(), before)
                here = {name: value.replace(str(self.base / own), str(depot.path)) for name, value in self.facts.items()}
                self.assertEqual({name: re.sub("/+", "/", value) for name, value in facts.items()}, here)
                self.assertEqual((facts["answer"], facts["rows"], facts["same"]), ("69", "10,20,30", "true"))

    def loads(self, place):
        """Everything, with nothing compiled, and works."""
        depot = julia_depot.Depot(self.base / place, self.depot.environment)
        before = depot.snapshot()
        depot.age_images()
        facts = depot.facts()
        self.assertEqual((depot.loaded_images(), depot.snapshot()), (ALL, before))
        self.assertEqual((facts["answer"], facts["rows"], facts["same"]), ("69", "10,20,30", "true"))

    def test_what_came_since_is_unpacked_later_and_loads_with_what_was_there(self):
        self.assertEqual(self.delta.returncode, 0, self.delta.stdout)
        place = self.base / "what/came/since/at/a/much/longer/place"
        for bundle in ("z", "a"):
            run = jireloc("unpack", self.bundles / f"{bundle}.jlb.tar.zst", "--to", place)
            self.assertEqual(run.returncode, 0, run.stdout)
        self.loads(place)

    def test_a_project_is_served_from_a_folder_of_bundles(self):
        self.assertEqual(self.indexed.returncode, 0, self.indexed.stdout)
        run = jireloc("unpack", "--from", self.bundles, "--project", self.depot.environment, "--to", self.base / "served",
                      "--julia", julia_depot.julia(), "--strict")
        self.assertEqual(run.returncode, 0, run.stdout)
        self.loads("served")

    def test_this_julia_has_nothing_against_it_and_another_is_named(self):
        run = jireloc("unpack", self.bundle, "--to", self.base / "strict", "--strict", "--julia", julia_depot.julia())
        self.assertEqual(run.returncode, 0, run.stdout)
        other = self.base / "julia"
        other.write_text('#!/bin/bash\nsaid=$("%s" "$@") || exit\necho "${said//1.5.3/1.5.2}"\n' % julia_depot.julia())
        other.chmod(0o755)
        run = jireloc("unpack", self.bundle, "--to", self.base / "other", "--strict", "--julia", other)
        self.assertEqual(run.returncode, 3, run.stdout)
        self.assertIn("another Julia", run.stdout)
        self.assertFalse((self.base / "other").exists())


if __name__ == "__main__":
    unittest.main()
