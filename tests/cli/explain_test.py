"""`jireloc check --explain PACKAGE`: the story ends with the reason that the real Julias of the corpus recorded."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from support import JIRELOC, unpack

U, G = "home/pkgeval/.julia", "usr/share/julia"
OLD_FORMS = ("1.5.3-plain", "1.8.2-plain", "1.10.8-plain")      # times are compared
NEW_FORMS = ("1.12.5-split", "1.14.0-DEV-format15-plain")        # contents are compared


class Explain(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="je"))
        self.addCleanup(shutil.rmtree, self.root)

    def unpack(self, folder):
        self.depot = self.root / U
        shutil.rmtree(self.root / "home", ignore_errors=True)
        shutil.rmtree(self.root / "usr", ignore_errors=True)
        unpack(folder, self.depot)

    def image(self, package):
        return next(self.depot.glob(f"compiled/*/{package}/*.ji"))

    def shapes(self):
        return next(self.depot.glob("packages/Leaf/*/src/sub/shapes.jl"))

    def explain(self, package, *options):
        """(status, all that is said, the one sentence, the command or None)"""
        ran = subprocess.run([JIRELOC, "check", "--root", self.root, "--depot", f"/{U}:/{G}", "--project",
                              self.depot / "environments/eval", "--explain", package, *options],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        lines = ran.stdout.rstrip().splitlines()
        self.assertTrue(lines, ran.stderr)
        command = lines.pop().strip() if lines[-1].startswith("  ") else None
        return ran.returncode, ran.stdout, lines[-1], command

    def test_what_is_fresh_is_loaded_and_nothing_is_compiled(self):
        for folder in OLD_FORMS + NEW_FORMS[1:]:
            with self.subTest(folder):
                self.unpack(folder)
                status, text, answer, command = self.explain("Top")
                self.assertEqual(answer, f"Julia loads Top from {self.image('Top')}; nothing is compiled.", text)
                self.assertEqual((status, command), (0, None))
                self.assertIn("Top", text[:text.index("its source:")])

    def test_each_situation_ends_with_its_reason(self):
        def touched():
            os.utime(self.shapes(), (1, 2e9))

        def edited():
            with open(self.shapes(), "a") as out:
                out.write("# edited\n")

        def flipped():
            content = bytearray(self.image("Leaf").read_bytes())
            content[-1] ^= 1
            self.image("Leaf").write_bytes(content)

        def other_version():
            content = bytearray(self.image("Leaf").read_bytes())
            content[content.index(b"1.")] = ord("2")
            self.image("Leaf").write_bytes(content)

        def moved():
            (self.root / G).mkdir(parents=True)
            (self.depot / "packages").rename(self.root / G / "packages")

        situations = [
            (touched, OLD_FORMS, "the mtime of /home/pkgeval/.julia/packages/Leaf/YapGN/src/sub/shapes.jl is 2000000000", "files"),
            (edited, NEW_FORMS, "the size of /home/pkgeval/.julia/packages/Leaf/YapGN/src/sub/shapes.jl is", "files"),
            (lambda: self.shapes().unlink(), OLD_FORMS + NEW_FORMS, "/sub/shapes.jl does not exist", "files"),
            (flipped, OLD_FORMS + NEW_FORMS, "its checksum does not hold", "checksum"),
            (other_version, OLD_FORMS, "it was made by another Julia", "header"),
            (moved, OLD_FORMS, "it is for file /home/pkgeval/.julia/packages/Leaf/YapGN/src/Leaf.jl, not for file "
                               "/usr/share/julia/packages/Leaf/YapGN/src/Leaf.jl", "entry file"),
        ]
        for situation, folders, reason, rule in situations:
            for folder in folders:
                with self.subTest(f"{folder}: {reason}"):
                    self.unpack(folder)
                    situation()
                    status, text, answer, _ = self.explain("Leaf")
                    self.assertTrue(answer.startswith("Julia compiles Leaf again because "), text)
                    self.assertIn(reason, answer)
                    self.assertIn(f"fell at: {rule} (", text)
                    self.assertIn("Julia says: Rejecting ", text)
                    self.assertEqual(status, 1)

    def test_the_command_mends_a_time_and_a_place(self):
        self.unpack("1.10.8-plain")
        os.utime(self.shapes(), (1, 2e9))
        command = self.explain("Top")[3]
        self.assertEqual(command, f"jireloc rewrite --mtime files --root {self.root} --depot /{U}:/{G} {self.image('Leaf')}")
        subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "PATH": f"{pathlib.Path(JIRELOC).parent}:{os.environ['PATH']}"})
        self.assertIn("nothing is compiled", self.explain("Top")[2])

    def test_a_header_that_is_cut_off_makes_julia_throw(self):
        self.unpack("1.10.8-plain")
        os.truncate(self.image("Leaf"), 200)
        status, _, answer, _ = self.explain("Leaf")
        self.assertTrue(answer.startswith("Julia does not load Leaf: it throws on "), answer)
        self.assertEqual(status, 3)

    def test_a_native_library_that_is_gone_is_named(self):
        self.unpack("1.12.5-split")
        self.image("Leaf").with_suffix(".so").unlink()
        _, text, answer, _ = self.explain("Leaf")
        self.assertIn("because its native library ", answer)
        self.assertIn("passed: header, worklist, flags\n", text)

    def test_other_preferences_are_named(self):
        self.unpack("1.10.8-plain")
        (self.depot / "environments/eval/LocalPreferences.toml").write_text('[Prefs]\nbackend = "slow"\nlevel = 3\n')
        self.assertIn("because the hash of its preferences is not", self.explain("Prefs")[2])

    def test_a_chain_is_followed_to_its_end(self):
        self.unpack("1.10.8-plain")
        os.utime(self.shapes(), (1, 2e9))
        status, text, answer, _ = self.explain("Mid")
        self.assertTrue(answer.startswith("Julia compiles Mid again because it needs Leaf, whose image is of no use: the mtime of "), text)
        self.assertIn("Mid needs Leaf: the mtime of ", text)
        self.assertEqual(status, 1)

    def test_an_image_that_a_dependent_needs_and_that_is_not_there_is_the_reason(self):
        self.unpack("1.10.8-plain")
        self.image("Mid").unlink()
        self.assertIn("Julia compiles Top again because there is no image of Mid [", self.explain("Top")[2])
        self.assertIn("Julia compiles Mid because no depot has an image of it for Julia 1.10", self.explain("Mid")[2])

    def test_images_for_another_julia_are_named_where_there_is_none_for_this(self):
        self.unpack("1.10.8-plain")
        other = self.depot / "compiled/v1.9/Leaf"
        other.parent.mkdir()
        self.image("Leaf").parent.rename(other)
        _, text, answer, _ = self.explain("Leaf")
        self.assertIn(f"those of other Julias are not for it: /{U}/compiled/v1.9/Leaf (1 image).", answer)
        self.assertIn("compiled/v1.10/Leaf: none", text)

    def test_a_package_that_the_project_does_not_know_is_not_compiled(self):
        self.unpack("1.10.8-plain")
        status, _, answer, _ = self.explain("Nowhere")
        self.assertIn('environments/eval/Project.toml does not know it, so "using Nowhere" fails.', answer)
        self.assertEqual(status, 1)

    def test_sources_that_are_in_no_depot_come_before_images(self):
        self.unpack("1.10.8-plain")
        shutil.rmtree(self.depot / "packages/Leaf")
        self.assertIn("source is in no depot", self.explain("Leaf")[2])

    def test_an_extension_is_told_by_its_parent(self):
        self.unpack("1.10.8-plain")
        _, text, answer, _ = self.explain("MidPrefsExt")
        self.assertIn("it is an extension of Mid", text)
        self.assertIn("Prefs are loaded", text)
        self.assertIn("nothing is compiled", answer)

    def test_of_several_images_the_one_that_gets_farthest_is_the_reason(self):
        self.unpack("1.10.8-plain")
        image = self.image("Leaf")
        for name, change in (("D4iCS_aaaaa.ji", b"1.10.8"), ("D4iCS_bbbbb.ji", b"")):
            content = bytearray(image.read_bytes())
            if change:
                content[content.index(change)] = ord("2")
            else:
                content[-1] ^= 1
            image.with_name(name).write_bytes(content)
        image.unlink()
        answer = self.explain("Leaf")[2]
        self.assertIn("none of its 2 images is of use; what speaks against the nearest: its checksum does not hold", answer)

    def test_the_story_as_json(self):
        self.unpack("1.10.8-plain")
        os.utime(self.shapes(), (1, 2e9))
        _, text, _, _ = self.explain("Mid", "--json")
        story = json.loads(text)
        self.assertEqual((story["schema"], story["package"], story["outcome"], story["julia"], story["chain"]),
                         ("jireloc/explain/2", "Mid", "compiles", "v1.10", ["Mid", "Leaf"]))
        tried, = story["tried"]
        self.assertEqual((tried["fell_at"], tried["code"], tried["taken"]), ("images of what it needs", "dependency-stale", False))
        self.assertIn("jireloc rewrite --mtime files", story["command"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
