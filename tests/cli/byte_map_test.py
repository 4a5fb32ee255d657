"""jireloc inspect --map-svg: where the bytes of an image lie."""
import os
import shutil
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from support import NEW, OLD, image, run

SVG = "{http://www.w3.org/2000/svg}"
LEAST, ALL = 3, 480  # of a bar, and of all bars of a file


class ByteMap(unittest.TestCase):
    def picture(self, path, status=0):
        done = run("inspect", "--map-svg", path)
        self.assertEqual(done.returncode, status, done.stderr)
        return ElementTree.fromstring(done.stdout)

    def rows(self, group):
        for item in group.findall(f"{SVG}g"):
            name, offset, size = (text.text for text in item.findall(f"{SVG}text"))
            bar = item.findall(f"{SVG}rect")[1]
            yield (item.find(f"{SVG}title").text, name, int(offset.replace(",", "")), int(size.replace(",", "")),
                   float(bar.get("x")), float(bar.get("width")))

    def files(self, picture):
        return [group for group in picture.findall(f"{SVG}g") if group.get("role") == "list"]

    def test_the_rows_add_up_to_the_files_and_the_bars_to_the_width(self):
        split = image(NEW, "Top")
        for path, files in ((image(OLD, "Top"), 1), (split, 2)):
            lists = self.files(self.picture(path))
            self.assertEqual(len(lists), files)
            for group in lists:
                at, left = 0, None
                for title, _, offset, size, x, width in self.rows(group):
                    self.assertEqual(offset, at)
                    self.assertIn(f"from {offset} on", title)
                    self.assertGreaterEqual(width, LEAST - 0.01)
                    self.assertAlmostEqual(x, left if left is not None else x, delta=0.02)
                    at, left = offset + size, x + width
                self.assertEqual(at, os.path.getsize(group.get("aria-label")))
                self.assertAlmostEqual(sum(row[5] for row in self.rows(group)), ALL, delta=0.5)

    def test_a_larger_part_has_a_wider_bar(self):
        for group in self.files(self.picture(image(NEW, "Top"))):
            by_size = sorted(self.rows(group), key=lambda row: row[3])
            self.assertEqual([row[5] for row in by_size], sorted(row[5] for row in by_size))

    def test_parts_are_named_and_sources_by_their_names(self):
        titles = [row[0] for row in self.rows(self.files(self.picture(image(OLD, "Leaf")))[0])]
        for part in ("dependency list", "stream", "checksum of the file", "/home/pkgeval/.julia/packages/Leaf/YapGN/src/Leaf.jl"):
            self.assertTrue(any(title.startswith(f"{part}: ") for title in titles), f"{part} in {titles}")

    def test_it_can_be_read_light_dark_and_aloud(self):
        picture = self.picture(image(OLD, "Leaf"))
        self.assertIn("prefers-color-scheme:dark", picture.find(f"{SVG}style").text)
        self.assertEqual(picture.get("aria-labelledby"), picture.find(f"{SVG}title").get("id"))
        for group in self.files(picture):
            self.assertEqual({item.get("role") for item in group}, {"listitem"})

    def test_a_picture_is_of_one_image_and_goes_with_nothing_else(self):
        for options in ([OLD], ["--json", image(OLD, "Leaf")], ["--header", image(OLD, "Leaf")]):
            done = run("inspect", "--map-svg", *options)
            self.assertEqual((done.returncode, done.stdout), (2, b""), options)
            self.assertIn(b"--map-svg draws", done.stderr)

    def test_damage_and_names_from_files_spoil_no_picture(self):
        top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, top)
        odd = top / 'a"<&.ji'
        shutil.copy(image(OLD, "Leaf"), odd)
        self.assertEqual(self.files(self.picture(odd))[0].get("aria-label"), str(odd))
        os.truncate(odd, 3000)
        done = run("inspect", "--map-svg", odd)
        self.assertEqual((done.returncode, done.stdout), (3, b""))
        shutil.copy(image(NEW, "Leaf"), odd)  # split, and its library is not here
        picture = self.picture(odd)
        self.assertEqual(len(self.files(picture)), 1)
        self.assertRegex(" ".join(picture.itertext()), "Not taken apart: .*library")


if __name__ == "__main__":
    unittest.main()
