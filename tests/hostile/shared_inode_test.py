"""--link shares a file with the target only where nobody else can change it, now or later; else it is copied.

Real users: run as root, files of others are made by chown.
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import unpack  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
CORPUS = Path(os.environ["JIRELOC_CORPUS"])
ALICE, BOB = 11111, 22222
CAPABILITY = struct.pack("<5I", 0x02000000, 1 << 10, 0, 0, 0)  # VFS_CAP_REVISION_2, cap_net_bind_service


class SharedInodes(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.top.chmod(0o777)
        self.program = self.top / "jireloc"  # where every user may run it
        shutil.copy(JIRELOC, self.program)
        self.addCleanup(shutil.rmtree, self.top)

    def depot(self, user=0):
        """One pair of images and its package, all of `user`."""
        depot = self.top / "u"
        shutil.rmtree(depot, ignore_errors=True)
        leaf = depot / "compiled/v1.10/Leaf"
        leaf.mkdir(parents=True)
        pair = next((CORPUS / "1.10.8-split/images/compiled/v1.10/Leaf").glob("*.ji"))
        for suffix in ".ji", ".so":
            shutil.copy(pair.with_suffix(suffix), leaf)
        unpack("1.10.8-split", depot, "Leaf", images=False)
        for path in [depot, *depot.rglob("*")]:
            os.chown(path, user, user, follow_symlinks=False)
            if path.is_file():
                path.chmod(0o644)
        return depot

    def rewritten(self, depot, user=0):
        """The number of libraries that rewrite --link shares."""
        out = self.top / "out"
        shutil.rmtree(out, ignore_errors=True)
        done = subprocess.run([self.program, "rewrite", "--payload=header-only", "--link", "-o", out, "--map",
                               "/home/pkgeval/.julia=/usr/share/julia", "--root", "/nonexistent", depot / "compiled"],
                              capture_output=True, user=user, group=user, extra_groups=[], check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        old, = depot.rglob("*.so")
        new, = out.rglob("*.so")
        self.assertEqual(new.read_bytes(), old.read_bytes())
        return int(new.samefile(old))

    def relocated(self, depot, *options):
        """The files of packages that relocate --link shares, and all that it brought."""
        shared = self.top / "s"
        shutil.rmtree(shared, ignore_errors=True)
        done = subprocess.run([self.program, "relocate", "--link", "--from", depot, "--to", shared, *options],
                              capture_output=True, check=False)
        new = [path for path in (shared / "packages").rglob("*") if path.is_file()]
        self.assertNotEqual(new, [], done.stderr)
        return [path for path in new if path.samefile(depot / path.relative_to(shared))], new

    def test_files_of_root_and_of_the_targets_owner_are_shared(self):
        depot = self.depot()
        self.assertEqual(self.rewritten(depot), 1)
        shared, all_files = self.relocated(self.depot())
        self.assertEqual(shared, all_files)
        self.assertEqual(self.rewritten(self.depot(ALICE), user=ALICE), 1)

    def test_files_of_another_user_are_copied(self):
        self.assertEqual(self.rewritten(self.depot(ALICE)), 0)
        self.assertEqual(self.rewritten(self.depot(ALICE), user=BOB), 0)
        self.assertEqual(self.relocated(self.depot(ALICE))[0], [])
        self.assertEqual(self.relocated(self.depot(ALICE), "--owner", "nobody")[0], [])

    def test_what_its_group_or_others_may_write_is_copied(self):
        for mode in 0o664, 0o646:
            depot = self.depot()
            for path in depot.rglob("*"):
                if path.is_file():
                    path.chmod(mode)
            self.assertEqual(self.rewritten(depot), 0)
            self.assertEqual(self.relocated(depot, f"--mode={mode:o}", "--allow-world-writable")[0], [])

    def test_what_has_another_name_already_is_copied(self):
        depot = self.depot()
        for number, path in enumerate([path for path in depot.rglob("*") if path.suffix in (".so", ".jl")]):
            os.link(path, self.top / f"other-{number}")
        self.assertEqual(self.rewritten(depot), 0)
        self.assertEqual([path for path in self.relocated(depot)[0] if path.suffix == ".jl"], [])

    def test_what_has_a_capability_is_copied_without_it(self):
        depot = self.depot()
        for path in depot.rglob("*"):
            if path.suffix in (".so", ".jl"):
                try:
                    os.setxattr(path, "security.capability", CAPABILITY)
                except OSError as error:
                    print(f"SKIPPED: no capability can be set here: {error}", file=sys.stderr)
                    self.skipTest(str(error))
        self.assertEqual(self.rewritten(depot), 0)
        self.assertEqual([path for path in self.relocated(depot)[0] if path.suffix == ".jl"], [])
        for path in [*(self.top / "out").rglob("*"), *(self.top / "s").rglob("*")]:
            self.assertNotIn("security.capability", os.listxattr(path, follow_symlinks=False))


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("SKIPPED: only root can act as several users", file=sys.stderr)
        sys.exit(77)
    unittest.main()
