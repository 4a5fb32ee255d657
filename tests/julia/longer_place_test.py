"""A real Julia 1.5.3 as the judge: a compiled depot goes to longer places, its texts grow, and nothing is compiled.

What code may have folded of the old path (its length, its last character, ...) must be what it is in a depot that was
compiled at the longer place."""
import json
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

# Each is a function without arguments, compiled with the package. `DIR` is Leaf's folder.
PROBES = {
    "length": "length(DIR)",
    "sizeof": "sizeof(DIR)",
    "last": "DIR[end]",
    "last_unit": "codeunit(DIR, ncodeunits(DIR))",
    "head": "DIR[1:4]",
    "tail": "DIR[end-5:end]",
    "interpolated": "\"<$(DIR)>\"",
    "twice": "string(DIR, ':', DIR)",
    "joined": "joinpath(DIR, \"x\", \"y.txt\")",
    "printed": "(io = IOBuffer(); print(io, DIR); String(take!(io)))",
    "sized_buffer": "(io = IOBuffer(sizehint=ncodeunits(DIR)); write(io, DIR); String(take!(io)))",
    "bytes": "sum(Int, codeunits(DIR))",
    "units": "length(collect(codeunits(DIR)))",
    "parts": "length(split(DIR, '/'))",
    "upper": "uppercase(DIR)",
    "reversed": "reverse(DIR)",
    "slashes": "count(==('/'), DIR)",
    "found": "findlast(isequal('/'), DIR)",
    "compared": "(DIR == string(DIR), DIR < \"/b\", isempty(DIR))",
    "hashed": "hash(DIR) == hash(String(collect(DIR)))",
    "c_length": "Int(ccall(:strlen, Csize_t, (Cstring,), DIR))",
    "looped": "(n = 0; for c in DIR; n += Int(c); end; n)",
    "range": "collect(eachindex(DIR))[end]",
    "tuple": "(DIR, length(DIR))",
    "repeated": "length(repeat(DIR, 3))",
    "folder": "isdir(DIR)",
    "named": "NAME",
    "name_length": "length(NAME)",
}


def probe_functions(prefix, dir_name):
    text = f"const PROBES = Pair{{String,Function}}[]\n"
    for name, body in PROBES.items():
        body = body.replace("NAME", "NAME_OF_FILE" if prefix == "" else "Leaf.NAME_OF_FILE").replace("DIR", dir_name)
        text += f"{prefix}probe_{name}() = {body}\nprecompile({prefix}probe_{name}, ())\n"
        text += f"push!(PROBES, \"{name}\" => {prefix}probe_{name})\n"
    return text


def packages():
    named = {name: dict(files) for name, files in julia_depot.PACKAGES.items()}
    leaf = named["Leaf"]["src/Leaf.jl"]
    named["Leaf"]["src/Leaf.jl"] = leaf.replace(
        "module Inner", "const NAME_OF_FILE = @__FILE__\n" + probe_functions("", "HERE") + "module Inner")
    named["Mid"]["src/Mid.jl"] = named["Mid"]["src/Mid.jl"].replace(
        "precompile(sum_rows, ())\n", "precompile(sum_rows, ())\n" + probe_functions("mid_", "Leaf.HERE"))
    return named


PROGRAM = julia_depot.PROGRAM + '''
import Mid
for (who, probes) in (("leaf", Leaf.PROBES), ("mid", Mid.PROBES)), (name, probe) in probes
    show_result("probe $who $name", probe)
end
show_result("method", () -> String(first(methods(Leaf.square)).file))
show_result("docs", () -> string(@doc(Leaf.rows)))
'''


class LongerPlace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.base)
        cls.old = cls.base / "r"
        cls.environment = cls.base / "environment"
        compiling = julia_depot.Depot(cls.old, cls.environment)
        compiling.install(packages())
        cls.at_old = compiling.facts(program=PROGRAM)
        assert {image.parent.name for image in compiling.images()} == ALL, compiling.images()
        cls.pristine = cls.base / "pristine"
        compiling.move(cls.pristine)

    def place_depot_at_old(self):
        shutil.rmtree(self.old, ignore_errors=True)
        subprocess.run(["cp", "-a", self.pristine, self.old], check=True)

    def compiled_at(self, place):
        """What the program prints of a depot that was compiled at `place`, which is empty again afterwards."""
        shutil.copytree(self.pristine, place, ignore=shutil.ignore_patterns("compiled"))
        # In the session itself, of the same sources: an image each would cost three more starts of Julia.
        facts = julia_depot.Depot(place, self.environment).facts(program=PROGRAM, options=["--compiled-modules=no"])
        shutil.rmtree(place)
        return facts

    def loaded_at(self, depot):
        """What the program prints; every image must have been loaded, none written."""
        depot.age_images()
        before = depot.snapshot()
        facts = depot.facts(program=PROGRAM)
        self.assertEqual(depot.snapshot(), before, "Julia wrote images")
        self.assertEqual(depot.loaded_images(), ALL, "Julia loaded other images")
        return facts

    def relocate_to(self, place, *options, status=0):
        self.place_depot_at_old()
        ran = jireloc("relocate", "--json", "--from", self.old, "--to", place, *options)
        self.assertEqual(ran.returncode, status, ran.stdout)
        shutil.rmtree(self.old)
        return "".join(line + "\n" for line in ran.stdout.splitlines() if line.startswith("{"))

    def places(self):
        yield self.base / "usr/share/julia"
        yield self.base / "/".join(["a-longer-folder-name"] * 14)

    def test_relocated_to_longer_places_all_is_as_if_it_had_been_compiled_there(self):
        for place in self.places():
            with self.subTest(length=len(str(place))):
                place.parent.mkdir(parents=True)
                wanted = self.compiled_at(place)
                self.relocate_to(place)
                facts = self.loaded_at(julia_depot.Depot(place, self.environment))
                self.assertEqual(facts, wanted)
                self.assertIn(str(place) + "/packages", facts["trace"])
                for image in place.rglob("*.ji"):
                    self.assertNotIn(str(self.old).encode() + b"/", image.read_bytes())
                check = jireloc("check", "--depot", place, place / "compiled")
                self.assertEqual(check.returncode, 0, check.stdout)

    def test_with_the_code_kept_something_is_wrong_which_shows_that_dropping_it_is_needed(self):
        place = self.base / "kept/in/a/longer/place"
        place.parent.mkdir(parents=True)
        wanted = self.compiled_at(place)
        self.relocate_to(place, "--keep-code")
        facts = self.loaded_at(julia_depot.Depot(place, self.environment))
        self.assertNotEqual({name: value for name, value in facts.items() if value != wanted[name]}, {})

    def test_with_an_alias_that_is_chosen_nothing_grows_and_no_code_is_dropped(self):
        place = self.base / "alias/for/a/longer/place"
        place.parent.mkdir(parents=True)
        # In place of "…/r" there is room for a link of one letter in the same folder only.
        said = [json.loads(line) for line in self.relocate_to(
            place, "--payload-alias=auto", f"--alias-dir={self.base}").splitlines()]
        alias = next(item for item in said if item["kind"] == "alias")
        self.assertEqual((alias["path"], alias["status"]), (f"{self.base}/j", "merged"))
        self.assertEqual(pathlib.Path(alias["path"]).resolve(), place)
        self.assertEqual((place / "compiled/.jireloc-alias").read_text(), alias["path"] + "\n")
        self.assertFalse([item for item in said if "grown" in item])
        facts = self.loaded_at(julia_depot.Depot(place, self.environment))
        self.assertEqual(facts["rows"], self.at_old["rows"])
        self.assertEqual(facts["same"], "true")
        # A later run uses it without being asked to; a broken one is found.
        again = [json.loads(line) for line in self.relocate_to(place).splitlines()]
        self.assertIn((alias["path"], "already-there"), [(item["path"], item["status"]) for item in again])
        self.assertEqual({item["status"] for item in again if item["kind"] == "image"}, {"already-there"})
        self.assertEqual(jireloc("prune", place).returncode, 0)
        os.unlink(alias["path"])
        self.assertEqual(jireloc("prune", place).returncode, 1)
        checked = jireloc("check", "--json", place / "compiled")
        self.assertEqual(checked.returncode, 1)
        self.assertIn("alias-broken", checked.stdout)

    def test_with_names_alone_an_image_with_constants_is_left(self):
        place = self.base / "names/only/a/longer/place"
        place.parent.mkdir(parents=True)
        said = self.relocate_to(place, "--longer=names", status=1)
        self.assertIn("too-long", said)
        self.assertFalse(list(place.rglob("Leaf/*.ji")))

    def test_rewritten_there_and_back_an_image_is_the_same_bytes(self):
        self.place_depot_at_old()
        place = self.base / "there/and/back/again"
        depot = julia_depot.Depot(self.old, self.environment)
        before = {name: digest for name, (_, digest) in depot.snapshot().items()}
        depot = depot.move(place)
        ran = jireloc("rewrite", "--keep-code", "--map", f"{self.old}={place}", depot.compiled)
        self.assertEqual(ran.returncode, 0, ran.stdout)
        self.assertTrue(all(digest != before[name] for name, (_, digest) in depot.snapshot().items()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
