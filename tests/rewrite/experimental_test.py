"""What no real image has shown is rewritten only on request: a library of another container than ELF, here."""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["JIRELOC_SOURCE"])
CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])
sys.path.insert(0, str(SOURCE / "tests/support"))
from fixture import crc32c  # noqa: E402

OLD = "/home/pkgeval/.julia"


class Experimental(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        leaf, = CORPUS.glob("1.10.8-split/images/compiled/*/Leaf/*.ji")
        # A Mach-O header without load commands, and a real library's bytes behind it.
        library = b"\xcf\xfa\xed\xfe" + bytes(28) + leaf.with_suffix(".so").read_bytes()
        image = leaf.read_bytes()[:-8] + struct.pack("<I", crc32c(library))
        image += struct.pack("<I", crc32c(image))
        self.image = self.folder / leaf.name
        self.image.write_bytes(image)
        self.image.with_suffix(".so").write_bytes(library)

    def rewrite(self, *options):
        ran = subprocess.run([os.environ["JIRELOC"], "rewrite", "--json", "--map", f"{OLD}=/usr/share/julia", "--root",
                              "/nonexistent", *options, self.image], capture_output=True, text=True)
        return ran.returncode, json.loads(ran.stdout)

    def test_a_macho_library_is_left_alone_unless_asked_for(self):
        before = self.image.read_bytes(), self.image.with_suffix(".so").read_bytes()
        status, item = self.rewrite()
        self.assertEqual((status, item["status"]), (1, "skipped"))
        self.assertIn("experimental", [reason["code"] for reason in item["reasons"]])
        self.assertEqual((self.image.read_bytes(), self.image.with_suffix(".so").read_bytes()), before)
        status, item = self.rewrite("--experimental")
        self.assertEqual(item["status"], "rewritten")
        self.assertNotIn(OLD.encode() + b"/", self.image.with_suffix(".so").read_bytes())

    def test_its_header_alone_needs_no_asking(self):
        self.assertEqual(self.rewrite("--payload=header-only")[1]["status"], "rewritten")


if __name__ == "__main__":
    unittest.main()
