"""Header relocation of every real image equals, byte for byte, what the real Julia accepted at the new place."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

JIRELOC = os.environ["JIRELOC"]
CORPUS = Path(os.environ["JIRELOC_CORPUS"])


def relocate(folder: Path, out: Path, *options: str) -> subprocess.CompletedProcess:
    old, new = ("/home/pkgeval/dev", "/usr/share/julia/dev") if folder.name.endswith("-path") else (
        "/home/pkgeval/.julia", "/usr/share/julia")
    with tempfile.TemporaryDirectory() as empty_root:
        return subprocess.run(
            [JIRELOC, "rewrite", "--payload=header-only", "--map", f"{old}={new}", "--root", empty_root,
             "--output-dir", str(out), "--durability=none", *options, str(folder / "images")],
            capture_output=True, text=True)


class Golden(unittest.TestCase):
    def test_every_image_equals_its_golden(self):
        compared = 0
        for folder in sorted(path for path in CORPUS.iterdir() if path.is_dir()):
            with self.subTest(folder=folder.name), tempfile.TemporaryDirectory() as out:
                run = relocate(folder, Path(out))
                self.assertIn(run.returncode, (0, 1), run.stderr)
                for golden in sorted((folder / "header-relocated").rglob("*.ji")):
                    made = Path(out) / golden.relative_to(folder / "header-relocated")
                    self.assertEqual(made.read_bytes(), golden.read_bytes(), golden)
                    compared += 1
                for library in (folder / "images").rglob("*.so"):
                    made = Path(out) / library.relative_to(folder / "images")
                    self.assertEqual(made.read_bytes(), library.read_bytes(), library)
        self.assertGreater(compared, 100)

    def test_a_dry_run_writes_nothing(self):
        with tempfile.TemporaryDirectory() as out:
            run = relocate(CORPUS / "1.10.8-plain", Path(out), "--dry-run")
            self.assertIn(run.returncode, (0, 1), run.stderr)
            self.assertEqual(list(Path(out).rglob("*")), [])
            self.assertIn("dry run: rewritten 6", run.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
