"""What src/payload/README.md claims of Julia's own relocation, held against what the real Julias of the corpus printed."""
import os
import pathlib
import re
import unittest

CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])


class Claims(unittest.TestCase):
    def test_since_1_11_each_julia_loads_a_moved_depot_without_compiling_and_the_code_fails(self):
        seen = set()
        for log in sorted(CORPUS.glob("*/load-naive.log")):
            version = log.parent.name
            if tuple(map(int, re.match(r"1\.(\d+)", version).groups())) < (11,):
                continue
            with self.subTest(version):
                text = log.read_text()
                self.assertIn('SystemError: opening file "/home/pkgeval/.julia/packages/Leaf/YapGN/data/table.csv"', text)
                self.assertIn("wrote: nothing", text)
                seen.add(version.rpartition("-")[0])
        self.assertEqual(seen, {"1.11.0-DEV", "1.12.5", "1.13.0-rc1", "1.14.0-DEV", "1.14.0-DEV-format15"})

    def test_with_the_payload_relocated_it_works_in_each_version(self):
        logs = sorted(CORPUS.glob("*/load-payload.log"))
        self.assertGreaterEqual(len(logs), 18)
        for log in logs:
            with self.subTest(log.parent.name):
                self.assertNotIn("SystemError", log.read_text())
                self.assertIn("wrote: nothing", log.read_text())


if __name__ == "__main__":
    unittest.main()
