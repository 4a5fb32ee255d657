"""Depots of more packages than the process may have files open, as under the usual limit of a login (ulimit -n 1024)."""
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from short_run import UNDER_ASAN  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
MAKE_DEPOT = os.path.join(os.environ["JIRELOC_BUILD"], "tools", "make-depot")
PACKAGES, MOST_FILES = 700, 600


@unittest.skipIf(UNDER_ASAN, "what is open is the same in the other build")
class FewOpenFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        cls.depot = cls.top / "u"
        subprocess.run([MAKE_DEPOT, "--corpus", os.environ["JIRELOC_CORPUS"], "--from", "1.10.8-plain", "--images", str(PACKAGES),
                        "--total-size", "9M", cls.depot], check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.top)

    def run_with_few(self, command, *arguments):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_FILES, MOST_FILES))

        if command in ("relocate", "unpack", "rewrite"):
            arguments = "--durability", "none", *arguments
        run = subprocess.run([JIRELOC, command, "--quiet", "-j", "2", *arguments], capture_output=True, text=True, preexec_fn=limit)
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def images(self, folder):
        return len(list(folder.rglob("*.ji")))

    def test_a_whole_depot_is_merged_judged_packed_and_rewritten(self):
        self.assertEqual(self.images(self.depot), PACKAGES)
        shared, unpacked, moved = self.top / "s", self.top / "n", self.top / "m"
        bundle = self.top / "b.jlb.tar.zst"
        self.run_with_few("relocate", "--allow-build-scripts", "--from", self.depot, "--to", shared)
        self.run_with_few("relocate", "--allow-build-scripts", "--no-index", "--from", self.depot, "--to", shared)
        self.run_with_few("prune", "--allow-build-scripts", shared)
        self.run_with_few("check", "--depot", shared, shared / "compiled")
        self.run_with_few("pack", "--allow-build-scripts", shared, "-o", bundle)
        self.run_with_few("unpack", "--allow-build-scripts", bundle, "--to", unpacked)
        self.run_with_few("rewrite", "--map", f"{shared}={unpacked}", "--output-dir", self.top / "o", shared / "compiled")
        self.run_with_few("relocate", "--allow-build-scripts", "--move", "--from", unpacked, "--to", moved)
        for folder in (shared, moved, self.top / "o"):
            self.assertEqual(self.images(folder), PACKAGES, folder)


if __name__ == "__main__":
    unittest.main()
