"""A shared depot of a group: what one member has made, the next can add to."""
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import relocate_test  # noqa: E402
from relocate_test import Depots  # noqa: E402

GROUP, FIRST, SECOND = 4400, 4401, 4402
if __name__ == "__main__" and os.getuid() != 0:
    print("needs root, to be two users")
    sys.exit(77)


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


class Group(unittest.TestCase):
    def setUp(self):
        # The program where all may run it.
        self.bin = Path(tempfile.mkdtemp(prefix="jg", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.bin)
        os.chmod(self.bin, 0o755)
        shutil.copy(relocate_test.JIRELOC, self.bin / "jireloc")

    def relocate_as(self, user, depots, *options, umask=0o002):
        for path in (depots.user, *depots.user.rglob("*")):
            os.chown(path, user, user, follow_symlinks=False)
        return subprocess.run([self.bin / "jireloc", "relocate", "--json", "--allow-build-scripts", "--from", depots.user,
                               "--to", depots.shared, *options], capture_output=True, text=True, user=user, group=user,
                              extra_groups=[GROUP], umask=umask)

    def make_shared(self, depots):
        os.chmod(depots.top, 0o755)
        depots.shared.mkdir()
        os.chown(depots.shared, 0, GROUP)
        os.chmod(depots.shared, 0o2775)

    def test_two_users_of_one_group_relocate_in_turn_whatever_their_umask(self):
        with Depots("1.12.5-plain") as depots:
            self.make_shared(depots)
            later = depots.top / "later"
            later.mkdir()
            (depots.user / "packages/Top").rename(later / "package")
            (depots.user / "compiled/v1.12/Top").rename(later / "image")
            first = self.relocate_as(FIRST, depots, umask=0o077)
            self.assertEqual(first.returncode, 0, first.stderr)
            (later / "package").rename(depots.user / "packages/Top")
            (later / "image").rename(depots.user / "compiled/v1.12/Top")
            second = self.relocate_as(SECOND, depots)
            self.assertEqual(second.returncode, 0, second.stderr)
            made = {(i["kind"], Path(i["path"]).parent.name): i["status"] for i in map(json.loads, second.stdout.splitlines())}
            self.assertEqual(made[("package", "Top")], "merged")
            self.assertEqual(made[("image", "Top")], "relocated")
            self.assertEqual(made[("package", "Leaf")], "already-there")
            owners = set()
            for path in depots.shared.rglob("*"):
                if path.name.startswith(".jireloc-lock"):
                    continue
                info = path.lstat()
                owners.add(info.st_uid)
                self.assertEqual(info.st_gid, GROUP, path)
                if not path.is_symlink():
                    self.assertEqual(mode(path) & ~0o111, 0o2664 if path.is_dir() else 0o664, path)
            self.assertEqual(owners, {FIRST, SECOND})
            # And each may remove what the other has made.
            pruned = subprocess.run([self.bin / "jireloc", "prune", "--delete", depots.shared], capture_output=True,
                                    text=True, user=FIRST, group=FIRST, extra_groups=[GROUP])
            self.assertEqual(pruned.returncode, 1, pruned.stderr)
            self.assertFalse(list(depots.shared.glob("packages/Top/*")))

    def test_default_access_lists_are_passed_on(self):
        with Depots("1.5.3-plain") as depots:
            self.make_shared(depots)
            if not shutil.which("setfacl") or subprocess.run(
                    ["setfacl", "-d", "-m", f"u:{SECOND}:rwx,g::rwx", depots.shared], capture_output=True).returncode:
                self.skipTest("no access lists here")
            run = self.relocate_as(FIRST, depots)
            self.assertEqual(run.returncode, 0, run.stderr)
            for path in (depots.shared / "packages/Leaf", depots.image("Leaf", depots.shared)):
                listed = subprocess.run(["getfacl", "-pcE", path], capture_output=True, text=True, check=True).stdout
                self.assertIn(f"user:{SECOND}:rwx", listed)
                self.assertIn("mask::rwx" if path.is_dir() else "mask::rw-", listed)

    def test_modes_that_are_said_hold_and_others_groups_get_nothing(self):
        for options, shared_mode, group, file_mode, folder_mode in (
                ((), 0o755, GROUP, 0o644, 0o755), ((), 0o2775, GROUP, 0o664, 0o2775), ((), 0o775, GROUP, 0o644, 0o755),
                ((), 0o775, 0, 0o664, 0o775), (("--mode", "640"), 0o2775, GROUP, 0o640, 0o2750),
                (("--folder-mode", "711"), 0o2775, GROUP, 0o644, 0o2711)):
            with self.subTest(options=options, mode=oct(shared_mode), group=group), Depots("1.5.3-plain") as depots:
                depots.shared.mkdir()
                os.chown(depots.shared, 0, group)
                os.chmod(depots.shared, shared_mode)
                run = depots.relocate("--allow-build-scripts", *options)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(mode(depots.image("Leaf", depots.shared)), file_mode)
                self.assertEqual(mode(depots.shared / "packages/Leaf"), folder_mode)
                self.assertEqual(mode(next((depots.shared / "packages/Leaf").rglob("src"))), folder_mode)
                self.assertEqual(mode(next((depots.shared / "packages/Leaf").rglob("Leaf.jl"))), file_mode)

    def test_a_target_that_is_made_takes_after_the_folder_above(self):
        with Depots("1.5.3-plain") as depots:
            self.make_shared(depots)
            above, depots.shared = depots.shared, depots.shared / "site/julia"
            run = self.relocate_as(FIRST, depots, umask=0o022)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual([mode(above / "site"), mode(depots.shared)], [0o2775, 0o2775])

    def test_where_everybody_may_write_the_folder_is_no_groups(self):
        with Depots("1.5.3-plain") as depots:
            os.chmod(depots.top, 0o1777)
            run = depots.relocate("--allow-build-scripts")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual([mode(depots.shared), mode(depots.image("Leaf", depots.shared))], [0o755, 0o644])

    def test_what_cannot_be_written_is_named(self):
        with Depots("1.5.3-plain") as depots:
            self.make_shared(depots)
            (depots.shared / "packages").mkdir(mode=0o755)
            run = self.relocate_as(FIRST, depots)
            self.assertEqual(run.returncode, 3)
            failed = [i for i in map(json.loads, run.stdout.splitlines()) if i["status"] == "failed"]
            messages = {i["reasons"][0]["message"] for i in failed if i["kind"] == "package"}
            self.assertTrue(messages and all(f"{depots.shared}/packages" in m for m in messages), messages)


if __name__ == "__main__":
    unittest.main()
