"""A limit of file sizes (ulimit -f) is met like a full disk: an ordinary error, old files whole, nothing left behind."""
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import unpack  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
CORPUS = Path(os.environ["JIRELOC_CORPUS"])
PAIR = next((CORPUS / "1.10.8-split/images/compiled/v1.10/Leaf").glob("*.ji"))
MAP = ["--map", "/home/pkgeval/.julia=/usr/share/julia"]


def run(limit, *arguments, **keywords):
    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, and what we start would too
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return subprocess.run([JIRELOC, *map(str, arguments)], stderr=subprocess.PIPE, preexec_fn=limited, timeout=300,
                          check=False, **keywords)


class FileSizeLimit(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.top)
        self.depot = self.top / "u"
        (self.depot / "compiled/v1.10/Leaf").mkdir(parents=True)
        for suffix in ".ji", ".so":
            shutil.copy2(PAIR.with_suffix(suffix), self.depot / "compiled/v1.10/Leaf")

    def files(self, folder):
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def test_rewrite_fails_the_image_and_leaves_the_old_one(self):
        before = self.files(self.depot)
        for limit in 0, 1000, PAIR.stat().st_size - 1:
            done = run(limit, "rewrite", *MAP, "--root", "/nonexistent", self.depot, stdout=subprocess.PIPE)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(b"File too large", done.stderr)
            self.assertEqual(self.files(self.depot), before)

    def test_nothing_is_left_in_an_output_tree(self):
        done = run(1000, "rewrite", *MAP, "--root", "/nonexistent", "-o", self.top / "out", self.depot,
                   stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(self.files(self.top / "out"), {})

    def test_relocate_puts_no_part_of_a_package_into_the_target(self):
        package = self.depot / "packages/Leaf/YapGN"
        package.mkdir(parents=True)
        unpack("1.10.8-split", self.depot, "Leaf", images=False)
        done = run(100, "relocate", "--from", self.depot, "--to", self.top / "s", stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 3, done.stderr)
        for path in (self.top / "s").rglob("*"):
            self.assertNotEqual(path.suffix, ".jl")
            self.assertNotRegex(path.name, r"^\.jireloc-\d")  # a temporary name

    def test_extract_leaves_no_part_of_a_text(self):
        done = run(10, "inspect", "--extract", self.top / "texts", self.depot / "compiled/v1.10/Leaf" / PAIR.name,
                   stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(self.files(self.top / "texts"), {})

    def test_standard_output_into_a_file_that_may_not_grow_is_a_failed_write(self):
        with open(self.top / "listing", "wb") as listing:
            done = run(100, "inspect", "--json", PAIR, stdout=listing)
        self.assertEqual(done.returncode, 3, done.stderr)


if __name__ == "__main__":
    unittest.main()
