"""One condition has one code, whichever command meets it."""
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import Depots  # noqa: E402


class OneCode(unittest.TestCase):
    def setUp(self):
        self.depots = Depots("1.10.8-split")
        self.addCleanup(self.depots.__exit__, None, None, None)
        self.user = self.depots.user
        self.leaf = self.depots.image("Leaf")

    def codes(self, command, *arguments):
        said = self.depots.run(command, "--json", *map(str, arguments)).stdout
        return {code["code"]: code for line in said.splitlines() for item in [json.loads(line)]
                if Path(item["path"]).parent.name == "Leaf" for code in item["reasons"]}

    def all_codes(self):
        step = f"{self.user}={self.depots.shared}"
        return {"inspect": self.codes("inspect", "--verify", self.leaf),
                "scan": self.codes("scan", "--path", self.user, self.leaf),
                "check": self.codes("check", "--depot", self.user, self.leaf),
                "rewrite": self.codes("rewrite", "--dry-run", "--map", step, self.leaf),
                "relocate": self.codes("relocate", "--dry-run", "--from", self.user, "--to", self.depots.shared),
                "prune": self.codes("prune", "--grace=0", self.user)}

    def test_of_an_absent_native_library(self):
        self.leaf.with_suffix(".so").unlink()
        said = self.all_codes()
        self.assertEqual({command: set(codes) - {"unproven-absent"} for command, codes in said.items()},
                         {command: {"library-absent"} for command in said})
        self.assertEqual(said["check"]["library-absent"]["julia_code"], "missing ocachefile")

    def test_of_a_damaged_native_library(self):
        library = self.leaf.with_suffix(".so")
        data = bytearray(library.read_bytes())
        data[-1] ^= 1
        library.write_bytes(data)
        said = self.all_codes()
        said.pop("scan")  # asks for no checksum of the whole library
        for command, codes in said.items():
            self.assertIn("bad-library-checksum", codes, command)

    def test_of_a_damaged_cache_file(self):
        data = bytearray(self.leaf.read_bytes())
        data[-1] ^= 1
        self.leaf.write_bytes(data)
        said = self.all_codes()
        said.pop("scan")
        for command, codes in said.items():
            self.assertIn("bad-file-checksum", codes, command)


if __name__ == "__main__":
    unittest.main()
