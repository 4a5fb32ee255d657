"""Extended attributes, access lists and capabilities: what a rewritten or relocated file keeps, and what never arrives.

Real ones, set by setfattr, setfacl and setcap. Where the file system or the user may not, that part is skipped, and said.
"""
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import unpack  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
CORPUS = Path(os.environ["JIRELOC_CORPUS"])
MAP = ["--map", "/home/pkgeval/.julia=/usr/share/julia", "--root", "/nonexistent"]
ALICE, BOB, STAFF = 11111, 22222, 33333


def attempt(*command):
    """Whether the command could do it."""
    if shutil.which(command[0]) is None and not os.path.exists("/usr/sbin/" + command[0]):
        return False
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    return subprocess.run(command, capture_output=True, env={**os.environ, "PATH": path}, check=False).returncode == 0


class Attributes(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.top.chmod(0o755)
        self.program = self.top / "jireloc"  # where every user may run it
        shutil.copy(JIRELOC, self.program)
        self.addCleanup(shutil.rmtree, self.top)
        self.folder = self.top / "u/compiled/v1.10/Leaf"
        self.folder.mkdir(parents=True)
        pair = next((CORPUS / "1.10.8-split/images/compiled/v1.10/Leaf").glob("*.ji"))
        for suffix in ".ji", ".so":
            shutil.copy(pair.with_suffix(suffix), self.folder / f"leaf{suffix}")
        self.files = [self.folder / "leaf.ji", self.folder / "leaf.so"]

    def need(self, *command):
        for path in self.files:
            if not attempt(*command, str(path)):
                print(f"SKIPPED: {' '.join(command)} is not possible here", file=sys.stderr)
                self.skipTest(" ".join(command))

    def rewrite(self, *options, **user):
        done = subprocess.run([self.program, "rewrite", *MAP, *map(str, options), str(self.top / "u/compiled")],
                              capture_output=True, text=True, check=False, **user)
        self.assertIn("rewritten 1", done.stdout, done.stderr)
        return done.stderr

    def elsewhere(self):
        said = self.rewrite("-o", self.top / "o")
        return said, [self.top / "o/v1.10/Leaf" / path.name for path in self.files]

    def attributes(self, path):
        return {name for name in os.listxattr(path) if name != "security.selinux"}

    def access_list(self, path):
        return subprocess.run(["getfacl", "-cn", "--absolute-names", path], capture_output=True, text=True, check=True).stdout

    def test_user_attributes_are_kept_in_place_and_elsewhere(self):
        self.need("setfattr", "-n", "user.origin", "-v", "farm")
        _, others = self.elsewhere()
        self.rewrite()
        for path in self.files + others:
            self.assertEqual(os.getxattr(path, "user.origin"), b"farm")

    def test_a_capability_was_granted_to_the_old_content_and_is_given_to_no_other(self):
        self.need("setcap", "cap_net_bind_service=ep")
        said, others = self.elsewhere()
        self.assertIn("security.capability not kept", said)
        self.assertIn("security.capability not kept", self.rewrite())
        for path in self.files + others:
            self.assertEqual(self.attributes(path), set())

    def test_trusted_attributes_stay_at_their_place(self):
        self.need("setfattr", "-n", "trusted.overlay.opaque", "-v", "y")
        said, others = self.elsewhere()
        self.assertIn("trusted.overlay.opaque not kept", said)
        for path in others:
            self.assertEqual(self.attributes(path), set())
        self.rewrite()
        for path in self.files:
            self.assertEqual(os.getxattr(path, "trusted.overlay.opaque"), b"y")

    def test_an_access_list_is_kept(self):
        self.need("setfacl", "-m", f"u:{ALICE}:r,g::-,m::r")
        before = {path.name: self.access_list(path) for path in self.files}
        _, others = self.elsewhere()
        self.rewrite()
        for path in self.files + others:
            self.assertEqual(self.access_list(path), before[path.name])

    def test_a_default_list_of_the_folder_gives_nobody_what_the_old_file_did_not(self):
        if not attempt("setfacl", "-m", f"d:u:{BOB}:rwx,d:m::rwx", str(self.folder)):
            print("SKIPPED: setfacl is not possible here", file=sys.stderr)
            self.skipTest("setfacl")
        for path in self.files:
            path.chmod(0o640)
        self.rewrite()
        for path in self.files:
            self.assertEqual(self.attributes(path), set())
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o640)

    def test_set_id_bits_do_not_go_elsewhere(self):
        for path in self.files:
            path.chmod(0o6755)
        _, others = self.elsewhere()
        for path in others:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o755)

    @unittest.skipUnless(os.geteuid() == 0, "only root can act as several users")
    def test_where_the_group_cannot_be_kept_the_new_group_gets_no_more_than_all(self):
        for mode, expected in ((0o664, 0o644), (0o640, 0o600), (0o604, 0o600), (0o644, 0o644)):
            with self.subTest(mode=oct(mode)):
                self.folder.chmod(0o777)
                for path in self.files:
                    os.chown(path, ALICE, STAFF)
                    path.chmod(mode)
                self.folder.chmod(0o777)
                reader = STAFF if mode == 0o640 else BOB
                shutil.rmtree(self.top / "o", ignore_errors=True)
                output = self.top / "o"
                output.mkdir()
                output.chmod(0o777)
                groups = [STAFF] if reader == STAFF else []
                done = subprocess.run([self.program, "rewrite", *MAP, "-o", str(output), str(self.top / "u/compiled")],
                                      capture_output=True, text=True, check=False, user=BOB, group=BOB, extra_groups=groups)
                if "rewritten 1" not in done.stdout:
                    self.assertEqual(mode & 0o004, 0, done.stderr)
                    continue
                for path in (output / "v1.10/Leaf").iterdir():
                    info = path.stat()
                    kept = info.st_gid == STAFF
                    self.assertEqual(stat.S_IMODE(info.st_mode), mode if kept else expected, path.name)

    def test_nothing_of_all_that_arrives_by_relocate(self):
        package = self.top / "u/packages/Leaf/YapGN"
        unpack("1.10.8-split", self.top / "u", "Leaf", images=False)
        self.files += [path for path in package.rglob("*.jl")]
        done = [attempt(*command, str(path)) for path in self.files
                for command in (["setfattr", "-n", "user.origin", "-v", "farm"], ["setcap", "cap_net_bind_service=ep"],
                                ["setfattr", "-n", "trusted.overlay.opaque", "-v", "y"], ["setfacl", "-m", f"u:{BOB}:r"])]
        if not any(done):
            print("SKIPPED: no attribute can be set here", file=sys.stderr)
            self.skipTest("no attributes")
        ran = subprocess.run([self.program, "relocate", "--link", "--from", self.top / "u", "--to", self.top / "s"], capture_output=True,
                             text=True, check=False)
        arrived = [path for path in (self.top / "s").rglob("*.jl")]
        self.assertNotEqual(arrived, [], ran.stderr)
        for path in arrived:
            self.assertEqual(self.attributes(path), set())


if __name__ == "__main__":
    unittest.main()
