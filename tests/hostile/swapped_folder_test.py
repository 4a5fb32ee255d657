"""A folder below the one that was given is swapped for a symbolic link, again and again, while jireloc works.

Whoever owns a depot can do that while root rewrites it. What the link leads to must stay as it is: no byte, no name.
"""
import ctypes
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from short_run import LONG, REDUCED  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
CORPUS = Path(os.environ["JIRELOC_CORPUS"])
RUNS = 20 if LONG else 2 if REDUCED else 5
OLD, NEW = "/home/pkgeval/.julia", "/usr/share/julia"
AT_FDCWD, RENAME_EXCHANGE = -100, 2
LIBC = ctypes.CDLL(None, use_errno=True)


def exchange(a, b):
    return LIBC.renameat2(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), RENAME_EXCHANGE)


def swap_until(stop, a, b):
    while not stop.is_set():
        for _ in range(50):
            exchange(a, b)


def snapshot(folder):
    """Each name below the folder, with what tells that it was touched."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        info = path.lstat()
        found[str(path.relative_to(folder))] = (info.st_ino, info.st_mode, info.st_nlink, info.st_mtime_ns,
                                                path.read_bytes() if path.is_file() else b"")
    return found


class Swapped(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="jireloc-swap-"))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)

    def fill(self, folder, copies=60, twins=False):
        """Copies of one pair of images with a path in the header and in the library."""
        folder.mkdir(parents=True)
        pair = next((CORPUS / "1.10.8-split/images/compiled/v1.10/Leaf").glob("*.ji"))
        for number in range(copies):
            for suffix in ".ji", ".so":
                name = folder / f"leaf_{number:03}{suffix}"
                if twins and number % 2:
                    os.link(folder / f"leaf_{number - 1:03}{suffix}", name)
                else:
                    shutil.copy2(pair.with_suffix(suffix), name)

    def attacked(self, one, other, *arguments):
        """Runs rewrite while `one` and `other` are exchanged all the time."""
        stop = multiprocessing.Event()
        attacker = multiprocessing.Process(target=swap_until, args=(stop, one, other), daemon=True)
        attacker.start()
        try:
            done = subprocess.run([JIRELOC, "rewrite", "--durability=none", "--map", f"{OLD}={NEW}", "--root",
                                   "/nonexistent", *map(str, arguments)], capture_output=True, timeout=300, check=False)
        finally:
            stop.set()
            attacker.join()
        self.assertIn(done.returncode, (0, 1, 3), done.stderr[-500:])
        return done

    def make(self, twins=False):
        self.fill(self.top / "victim/Leaf", twins=twins)
        self.fill(self.top / "depot/compiled/v1.10/Leaf", twins=twins)
        link = self.top / "depot/compiled/link"
        link.symlink_to(self.top / "victim/Leaf")
        folder = self.top / "depot/compiled/v1.10/Leaf"
        if exchange(folder, link) != 0:
            print("SKIPPED: this file system cannot exchange names", file=sys.stderr)
            sys.exit(77)
        exchange(folder, link)
        return folder, link

    def rounds(self, attack, twins=False):
        for number in range(RUNS):
            with self.subTest(run=number):
                folder, link = self.make(twins)
                before = snapshot(self.top / "victim")
                attack(folder, link)
                after = snapshot(self.top / "victim")
                self.assertEqual(sorted(after), sorted(before), "names came or went")
                self.assertEqual([name for name in before if before[name] != after[name]], [], "files were changed")
            shutil.rmtree(self.top)
            self.top.mkdir()

    def test_rewriting_in_place_changes_nothing_that_a_link_leads_to(self):
        self.rounds(lambda folder, link: self.attacked(folder, link, self.top / "depot/compiled"))

    def test_nor_are_hard_links_made_there(self):
        self.rounds(lambda folder, link: self.attacked(folder, link, self.top / "depot/compiled"), twins=True)

    def test_an_output_tree_is_not_left_through_a_link(self):
        def attack(_, link):
            output = self.top / "output"
            (output / "v1.10/Leaf").mkdir(parents=True)
            for name in (self.top / "victim/Leaf").iterdir():
                (output / "v1.10/Leaf" / name.name).write_bytes(b"theirs")
            self.fill(self.top / "source/v1.10/Leaf")
            self.attacked(output / "v1.10/Leaf", link, "-o", output, self.top / "source")
        self.rounds(attack)

    def test_an_output_tree_is_not_linked_into_what_a_link_leads_to(self):
        def attack(folder, link):
            self.attacked(folder, link, "--payload=header-only", "--link", "-o", self.top / "output",
                          self.top / "depot/compiled")
        self.rounds(attack)

    def test_a_library_that_is_a_link_is_not_followed(self):
        folder, _ = self.make()
        before = snapshot(self.top / "victim")
        for library in folder.glob("*.so"):
            library.unlink()
            library.symlink_to(self.top / "victim/Leaf" / library.name)
        done = subprocess.run([JIRELOC, "rewrite", "--map", f"{OLD}={NEW}", "--root", "/nonexistent", folder],
                              capture_output=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 3, done.stderr[-500:])
        self.assertIn(b"symbolic link", done.stderr)
        self.assertEqual(snapshot(self.top / "victim"), before)

    def test_a_folder_given_by_name_may_be_a_link(self):
        folder, _ = self.make()
        link = self.top / "given"
        link.symlink_to(folder.parent)
        done = subprocess.run([JIRELOC, "rewrite", "--map", f"{OLD}={NEW}", "--root", "/nonexistent", link],
                              capture_output=True, timeout=300, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr[-500:])
        self.assertTrue(link.is_symlink())
        self.assertIn(NEW.encode(), (folder / "leaf_000.ji").read_bytes())


if __name__ == "__main__":
    unittest.main()
