"""`jireloc inspect --verify`: the native library beside a split image."""
import json
import pathlib
import shutil
import tempfile
import unittest

from support import CORPUS, NEW, image, run


class VerifyTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copyfile(image(NEW, "Leaf"), self.folder / "x.ji")
        self.library = self.folder / "x.so"
        shutil.copyfile(image(NEW, "Leaf").with_suffix(".so"), self.library)

    def verify(self):
        done = run("inspect", "--json", "--verify", self.folder / "x.ji")
        return done.returncode, json.loads(done.stdout)

    def test_every_real_library_holds_what_its_image_says(self):
        seen = 0
        for library in sorted(CORPUS.glob("*-split*/images/compiled/*/*/*.so")):
            done = run("inspect", "--json", "--verify", library.with_suffix(".ji"))
            told = json.loads(done.stdout)
            self.assertEqual((done.returncode, told["status"]), (0, "ok"), library)
            native = told["native_library"]
            self.assertEqual(native["path"], str(library))
            self.assertEqual(native["crc32c"], told["so_crc"])
            seen += 1
            if told["format"] >= 14:  # whose libraries hold neither header nor payload
                continue
            self.assertEqual(native["header_checksum"], told["header_checksum"])
            self.assertRegex(native["payload_xxh3_128"], "^[0-9a-f]{32}$")
        self.assertGreaterEqual(seen, 37)

    def test_a_library_that_was_changed_is_a_finding(self):
        data = bytearray(self.library.read_bytes())
        data[-1] ^= 1
        self.library.write_bytes(data)
        status, told = self.verify()
        self.assertEqual((status, told["status"]), (1, "damaged"))
        self.assertFalse(told["native_library"]["so_crc_ok"])

    def test_a_library_of_another_image_is_told_by_the_header_inside(self):
        shutil.copyfile(image(NEW, "Mid").with_suffix(".so"), self.library)
        status, told = self.verify()
        self.assertEqual(status, 1)
        problems = " ".join(told["native_library"]["problems"])
        self.assertIn("payload checksum", problems)
        self.assertIn("required modules", problems)

    def test_a_missing_or_cut_library_is_a_finding_and_the_image_is_shown_all_the_same(self):
        self.library.write_bytes(self.library.read_bytes()[:1000])
        status, told = self.verify()
        self.assertEqual((status, told["modules"][0]["name"]), (1, "Leaf"))
        self.library.unlink()
        status, told = self.verify()
        self.assertEqual((status, told["modules"][0]["name"]), (1, "Leaf"))
        self.assertEqual((told["native_library"]["problems"], told["reasons"][0]["code"]), (["it is not there"], "library-absent"))


if __name__ == "__main__":
    unittest.main()
