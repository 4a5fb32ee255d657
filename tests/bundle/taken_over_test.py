"""unpack moves the packages that it has staged into place: they come out as copies would."""
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import JIRELOC, Depots  # noqa: E402


def modes_of(depot):
    return {str(path.relative_to(depot)): stat.S_IMODE(path.lstat().st_mode) for path in (Path(depot) / "packages").rglob("*")}


class TakenOver(unittest.TestCase):
    def setUp(self):
        self.depots = Depots("1.10.8-plain")
        self.addCleanup(self.depots.__exit__)
        for path in (self.depots.user / "packages").rglob("*.jl"):
            path.chmod(0o444)
        self.bundle = self.depots.top / "b.jlb.tar.zst"
        run = self.depots.run("pack", str(self.depots.user), "-o", str(self.bundle), "--allow-build-scripts")
        self.assertEqual(run.returncode, 0, run.stderr)

    def unpack(self, target, *options, umask=0o022):
        run = subprocess.run([JIRELOC, "unpack", str(self.bundle), "--to", str(target), "--allow-build-scripts", *options],
                             capture_output=True, text=True, preexec_fn=lambda: os.umask(umask))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual([path.name for path in Path(target).glob(".jireloc-*") if path.name != ".jireloc-lock"], [])

    def fresh(self, target):
        check = self.depots.run("check", "--depot", str(target), str(target / "compiled"))
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)

    def test_whatever_the_umask_and_the_parent_everybody_may_read_it_and_nobody_write_to_sources(self):
        plain = self.depots.top / "plain"
        self.unpack(plain)
        self.fresh(plain)
        self.assertEqual({mode for name, mode in modes_of(plain).items() if name.endswith(".jl")}, {0o444})
        self.assertEqual({mode for name, mode in modes_of(plain).items() if (plain / name).is_dir()}, {0o755})
        for umask in (0o077, 0o002, 0):
            with self.subTest(umask=umask):
                target = self.depots.top / f"u{umask}"
                self.unpack(target, umask=umask)
                self.assertEqual(modes_of(target), modes_of(plain))
        full = self.depots.top / "full"
        self.unpack(full, "--durability", "full")
        self.assertEqual(modes_of(full), modes_of(plain))

    def test_below_a_folder_that_passes_its_group_on_it_gets_that(self):
        target = self.depots.top / "shared"
        (target / "packages").mkdir(parents=True)
        (target / "packages").chmod(0o2755)
        self.unpack(target)
        self.fresh(target)
        folders = [path for path in (target / "packages").rglob("*") if path.is_dir()]
        self.assertEqual({bool(path.stat().st_mode & stat.S_ISGID) for path in folders}, {True})

    def test_packages_that_lie_on_another_file_system_are_copied_there(self):
        if not os.access("/dev/shm", os.W_OK) or os.stat("/dev/shm").st_dev == self.depots.top.stat().st_dev:
            self.skipTest("no other file system to write to")
        elsewhere = Path(tempfile.mkdtemp(dir="/dev/shm"))
        self.addCleanup(shutil.rmtree, elsewhere)
        for durability in ("batch", "none"):
            target = self.depots.top / durability
            target.mkdir()
            (elsewhere / durability).mkdir()
            (target / "packages").symlink_to(elsewhere / durability)
            self.unpack(target, "--durability", durability)
            self.fresh(target)
            self.assertTrue(any((elsewhere / durability).rglob("*.jl")))


if __name__ == "__main__":
    unittest.main()
