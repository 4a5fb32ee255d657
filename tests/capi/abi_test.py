"""The shared library: what it exports, what it needs, and what C and C++ make of its header."""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(os.environ["JIRELOC_BUILD"])
SOURCE = Path(os.environ["JIRELOC_SOURCE"])
LIBRARY = BUILD / "libjireloc.so.0"
sys.path.insert(0, str(SOURCE / "tests/support"))
import skips  # noqa: E402
from building import run  # noqa: E402

HEADER = SOURCE / "include/jireloc.h"


class Abi(unittest.TestCase):
    @unittest.skipUnless(LIBRARY.exists(), "this build has no shared library: it is made without sanitizers and coverage")
    def test_what_is_exported_is_what_the_list_has_and_nothing_else(self):
        listed = (SOURCE / "src/capi/libjireloc.abi").read_text().split()
        symbols = run("nm", "-D", "--defined-only", "--with-symbol-versions", LIBRARY)
        exported = [line.split()[-1] for line in symbols.splitlines() if line.split()[-1] != "JIRELOC_0"]
        self.assertEqual(sorted(exported), sorted(listed),
                         "what is new is added to src/capi/libjireloc.abi; what is gone breaks programs")
        without_comments = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
        declared = set(re.findall(r"\b(jireloc_[a-z_]+)\(", without_comments))
        self.assertEqual({name.split("@")[0] for name in listed}, declared)

    @unittest.skipUnless(LIBRARY.exists(), "this build has no shared library: it is made without sanitizers and coverage")
    def test_it_needs_nothing_but_the_c_library_and_what_has_no_archive(self):
        dynamic = run("readelf", "-d", LIBRARY)
        self.assertIn("[libjireloc.so.0]", dynamic)
        needed = set(re.findall(r"NEEDED.*\[(.*)\]", dynamic))
        self.assertLessEqual(needed, {"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"})

    def test_the_header_is_plain_c_and_cpp(self):
        with tempfile.TemporaryDirectory() as folder:
            for compiler, standard, name in (("cc", "c99", "a.c"), ("c++", "c++11", "a.cpp")):
                source = Path(folder, name)
                source.write_text(f'#include "{HEADER}"\n#include "{HEADER}"\nint main(void) {{ return jireloc_abi() != JIRELOC_ABI; }}\n')
                run(compiler, f"-std={standard}", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", source)


if __name__ == "__main__":
    skips.main()
