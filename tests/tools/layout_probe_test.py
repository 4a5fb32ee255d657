"""tools/layout-probe against the files of a made-up format 16, as a maintainer uses it on the day of a new format."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["JIRELOC_BUILD"])
CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])
LEAF, = CORPUS.glob("1.14.0-DEV-format15-plain/images/compiled/*/Leaf/*.ji")


def attempts(content):
    """(layout, offset, what) of each, the farthest first."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "D4iCS_aaaaa.ji"
        path.write_bytes(content)
        ran = subprocess.run([BUILD / "tools/layout-probe", path], capture_output=True, text=True, check=True)
    first, *rest = ran.stdout.splitlines()
    return first, [re.fullmatch(r"  (V\w+) +to offset +(\d+): (.*)", line).groups() for line in rest]


class LayoutProbe(unittest.TestCase):
    def test_a_new_number_alone_leaves_a_layout_that_fits_to_the_last_byte(self):
        content = bytearray(LEAF.read_bytes())
        content[8] = 99
        first, found = attempts(content)
        self.assertIn("format 99 of Julia 1.14.0-DEV (Linux x86_64, 8-byte pointers)", first)
        self.assertGreaterEqual(len(found), 14)
        layout, offset, what = found[0]
        self.assertEqual((layout, int(offset)), ("V15", len(content)))
        self.assertIn("all fits: header, 5 source texts", what)
        self.assertIn("payload checksum holds", what)
        self.assertLess(int(found[1][1]), len(content))

    def test_a_new_field_is_where_the_nearest_layout_stops(self):
        content = bytearray(LEAF.read_bytes())
        content[8] = 99
        behind_flags = content.index(b"stock\0") + 6 + 4
        content[behind_flags:behind_flags] = b"x86-64\0"  # a text before the branch
        _, found = attempts(content)
        self.assertFalse(any("all fits" in what for _, _, what in found))
        v15 = next(int(offset) for layout, offset, _ in found if layout == "V15")
        self.assertGreater(v15, behind_flags)
        self.assertLess(v15, 400)

    def test_what_is_no_cache_file_is_said_to_be_none(self):
        with tempfile.NamedTemporaryFile(suffix=".ji") as file:
            file.write(b"garbage")
            file.flush()
            ran = subprocess.run([BUILD / "tools/layout-probe", file.name], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 3)
        self.assertIn("not a Julia cache file", ran.stderr)


if __name__ == "__main__":
    unittest.main()
