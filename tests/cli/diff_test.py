"""`jireloc diff` on images of the corpus and their relocated twins."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

JIRELOC = os.environ["JIRELOC"]
CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])


def image(folder, package, form="images"):
    return next((CORPUS / folder / form).glob(f"compiled/*/{package}/*.ji" if form == "images" else f"**/{package}/*.ji"))


def diff(a, b, *options):
    ran = subprocess.run([JIRELOC, "diff", *options, a, b], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return ran.returncode, ran.stdout


def found(a, b):
    status, out = diff(a, b, "--json")
    report = json.loads(out)
    assert report["schema"] == "jireloc/diff/1"
    return status, report["differences"]


class Diff(unittest.TestCase):
    def test_an_image_does_not_differ_from_its_copy(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "copy.ji"
            shutil.copyfile(image("1.10.8-plain", "Leaf"), copy)
            self.assertEqual(diff(image("1.10.8-plain", "Leaf"), copy), (0, "nothing differs\n"))

    def test_a_relocated_header_differs_in_paths_and_text_names_alone(self):
        status, differences = found(image("1.10.8-plain", "Leaf"), image("1.10.8-plain", "Leaf", "header-relocated"))
        self.assertEqual(status, 1)
        self.assertEqual({difference["code"] for difference in differences}, {"dependency", "source text"})
        gone = {d["what"] for d in differences if not d["b"]}
        come = {d["what"] for d in differences if not d["a"]}
        self.assertEqual({what.replace("/home/pkgeval/.julia", "/usr/share/julia") for what in gone}, come)

    def test_every_relocated_header_of_1_13_and_format_15_differs_in_nothing_that_matters(self):
        for folder in ("1.13.0-rc1-plain", "1.13.0-rc1-split", "1.14.0-DEV-format15-plain", "1.14.0-DEV-format15-split"):
            for package in ("Big", "Leaf", "Mid", "MidPrefsExt", "Prefs", "Top"):
                with self.subTest(folder=folder, package=package):
                    old, new = image(folder, package), image(folder, package, "header-relocated")
                    _, differences = found(old, new)
                    # All paths are recorded below @depot, so that Julia itself relocates these headers.
                    self.assertEqual(differences, [])
                    other = image(folder, "Top" if package != "Top" else "Mid")
                    self.assertIn("worklist", {d["code"] for d in found(old, other)[1]})

    def test_a_flipped_payload_byte_is_a_difference_of_the_payload_alone(self):
        original = image("1.10.8-plain", "Leaf")
        with tempfile.TemporaryDirectory() as folder:
            changed = pathlib.Path(folder) / "changed.ji"
            content = bytearray(original.read_bytes())
            content[len(content) // 2] ^= 1
            changed.write_bytes(content)
            status, differences = found(original, changed)
            self.assertEqual((status, [d["code"] for d in differences]), (1, ["payload"]))

    def test_images_of_two_julias_differ_in_version_builds_and_layout(self):
        _, differences = found(image("1.8.2-plain", "Top"), image("1.12.5-split", "Top"))
        by_what = {(d["code"], d["what"]): (d["a"], d["b"]) for d in differences}
        self.assertEqual(by_what["header", "Julia version"], ("1.8.2", "1.12.5"))
        self.assertEqual(by_what["header", "layout"], ("V11b", "V12b"))
        self.assertIn(("required module", "Core [00000000-0000-0000-0000-000000000000]"), by_what)
        self.assertEqual(by_what["clone targets", ""][0], "none")

    def test_anything_but_two_images_is_a_usage_error(self):
        ran = subprocess.run([JIRELOC, "diff", image("1.8.2-plain", "Top")], stderr=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 2)
        self.assertEqual(diff(image("1.8.2-plain", "Top"), "/nonexistent.ji")[0], 3)


if __name__ == "__main__":
    unittest.main()
