"""The table of codes is the one that jireloc prints."""
import os
import subprocess
import unittest
from pathlib import Path


class Codes(unittest.TestCase):
    def test_the_page_holds_the_table_that_is_printed(self):
        page = (Path(os.environ["JIRELOC_SOURCE"]) / "src/cli/CODES.md").read_text(encoding="utf-8")
        printed = subprocess.run([os.environ["JIRELOC"], "help", "--codes"], capture_output=True, text=True, check=True)
        self.assertIn("\n" + printed.stdout + "\n", page)


if __name__ == "__main__":
    unittest.main()
