"""The picture of the layouts is the one that is drawn of the rows in src/format/layout.cpp now."""
import os
import pathlib
import subprocess
import unittest
import xml.etree.ElementTree

SOURCE = pathlib.Path(os.environ["JIRELOC_SOURCE"])
DRAW = pathlib.Path(os.environ["JIRELOC_BUILD"]) / "tools/layout-picture"


class Picture(unittest.TestCase):
    def test_it_is_drawn_of_the_rows_of_now(self):
        drawn = subprocess.run([DRAW], stdout=subprocess.PIPE, check=True).stdout
        xml.etree.ElementTree.fromstring(drawn)  # throws where it is malformed
        self.assertEqual((SOURCE / "src/format/layouts.svg").read_bytes(), drawn,
                         "draw it again: build/release/tools/layout-picture >src/format/layouts.svg")


if __name__ == "__main__":
    unittest.main(verbosity=2)
