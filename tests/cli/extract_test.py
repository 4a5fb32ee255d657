"""Stored source texts: listed, printed, and written below a folder, never outside of it."""
import json
import os
import pathlib
import shutil
import tempfile
import unittest

from support import NEW, OLD, Fixture, image, run, unpack, with_names_changed

LEAF = "root/home/pkgeval/.julia/packages/Leaf/YapGN/src"


class ExtractTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = self.folder / "out"

    def extract(self, path):
        return run("inspect", "--json", "--extract", self.out, path)

    def test_the_texts_of_an_image_are_the_files_that_it_was_compiled_from(self):
        packages = self.folder / "depot"
        unpack("1.12.5-split", packages, images=False)
        done = self.extract(image(NEW, "Leaf"))
        self.assertEqual(done.returncode, 0)
        texts = json.loads(done.stdout)["source_texts"]
        self.assertEqual(len(texts), 5)
        for text in texts:
            original = packages / text["path"].removeprefix("@depot/")
            self.assertEqual(pathlib.Path(text["extracted_to"]).read_bytes(), original.read_bytes())
            self.assertEqual(text["extracted_to"], f"{self.out}/depot/{text['path'].removeprefix('@depot/')}")

    def test_what_is_there_already_is_kept_if_equal_and_a_conflict_if_not(self):
        self.assertEqual(self.extract(image(OLD, "Leaf")).returncode, 0)
        self.assertEqual(self.extract(image(OLD, "Leaf")).returncode, 0)
        (self.out / LEAF / "inner.jl").write_text("mine")
        done = self.extract(image(OLD, "Leaf"))
        self.assertEqual(done.returncode, 3)
        self.assertEqual(json.loads(done.stdout)["reasons"][0]["code"], "conflict")
        self.assertEqual((self.out / LEAF / "inner.jl").read_text(), "mine")

    def test_names_that_climb_are_refused_and_nothing_is_written(self):
        path = self.folder / "x.ji"
        path.write_bytes(with_names_changed(image(OLD, "Leaf"), b"YapGN/src/inner.jl", b"YapGN/..//inner.jl"))
        done = self.extract(path)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"..", done.stderr)
        self.assertEqual(os.listdir(self.out), [])

    def test_paths_of_windows_become_folders_whatever_its_build_calls_the_system(self):
        for uname in ("Windows", "NT", "MINGW64_NT-10.0"):
            with self.subTest(uname):
                path = self.folder / "x.ji"
                path.write_bytes(bytes(Fixture(
                    f"layout V11b\njulia uname={uname} version=1.6.7\nmodule A uuid=5a0be500-0000-4000-8000-0000000000d1 build-id=0x1\n"
                    "include 'C:\\Users\\u\\dev\\A.jl' mtime=1.0 module=1 text=\"module A end\"\npayload-zeros 200\n").out.data))
                done = self.extract(path)
                self.assertEqual(done.returncode, 0, done.stderr)
                written = [str(file.relative_to(self.out)) for file in self.out.rglob("*") if file.is_file()]
                self.assertEqual(written, ["drive-C/Users/u/dev/A.jl"])
                shutil.rmtree(self.out)

    def test_links_planted_in_the_folder_lead_nowhere(self):
        outside = self.folder / "outside"
        outside.mkdir()
        for planted in ("root", "root/home/pkgeval"):
            with self.subTest(planted):
                shutil.rmtree(self.out, ignore_errors=True)
                (self.out / planted).parent.mkdir(parents=True)
                os.symlink(outside, self.out / planted)
                self.assertEqual(self.extract(image(OLD, "Leaf")).returncode, 3)
                self.assertEqual(os.listdir(outside), [])

    def test_a_link_in_place_of_a_file_is_not_written_through(self):
        victim = self.folder / "victim"
        (self.out / LEAF).mkdir(parents=True)
        os.symlink(victim, self.out / LEAF / "Leaf.jl")
        self.assertEqual(self.extract(image(OLD, "Leaf")).returncode, 3)
        self.assertFalse(victim.exists())

    def test_a_fifo_in_place_of_a_file_does_not_block(self):
        (self.out / LEAF).mkdir(parents=True)
        os.mkfifo(self.out / LEAF / "Leaf.jl")
        self.assertEqual(self.extract(image(OLD, "Leaf")).returncode, 3)

    def test_one_text_is_printed_byte_for_byte_by_its_name_or_its_end(self):
        unpack("1.5.3-plain", self.folder, "Leaf", images=False)
        original = (self.folder / "packages/Leaf/YapGN/src/inner.jl").read_bytes()
        full = "/home/pkgeval/.julia/packages/Leaf/YapGN/src/inner.jl"
        for arguments in ([f"--source={full}"], ["--source=src/inner.jl"], ["--source", "inner.jl"]):
            done = run("inspect", *arguments, image(OLD, "Leaf"))
            self.assertEqual((done.returncode, done.stdout), (0, original))
        told = json.loads(run("inspect", "--json", "--source=inner.jl", image(OLD, "Leaf")).stdout)
        self.assertEqual(told["source"]["text"].encode(), original)

    def test_a_name_that_no_image_holds_is_said(self):
        for name in ("nner.jl", "absent.jl"):
            done = run("inspect", f"--source={name}", image(OLD, "Leaf"))
            self.assertEqual((done.returncode, done.stdout), (3, b""))
            self.assertIn(b"no image holds", done.stderr)

    def test_an_option_alone_lists_the_texts(self):
        done = run("inspect", "--source", image(OLD, "Leaf"))
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"/src/inner.jl\n", done.stdout)
        self.assertNotIn(b"Modules", done.stdout)


if __name__ == "__main__":
    unittest.main()
