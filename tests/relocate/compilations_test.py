"""prune beside Julias that compile into the depot: their work in progress is left alone, what they left behind is not."""
import json
import os
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from relocate_test import Depots  # noqa: E402

HOST = socket.gethostname()


def dead_process():
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


class Compiling(unittest.TestCase):
    def prune(self, depots, *options):
        run = depots.run("prune", "--json", "--allow-build-scripts", "--delete", *options, str(depots.user))
        self.items = {}
        for item in map(json.loads, run.stdout.splitlines()):
            self.items[Path(item["path"]).name] = item
        return run

    def said(self, path):
        item = self.items[path.name]
        return item["status"], item["reasons"][0]["code"], item["removed"]

    def lock(self, depots, text, age=0):
        """A lock in the folder of Leaf, and an image there that lacks its library and would be removed."""
        image = depots.image("Leaf")
        image.with_suffix(".so").unlink()
        lock = image.parent / "D4iCS_AAAAA.ji.pidfile"
        lock.write_text(text)
        os.utime(lock, (time.time() - age, time.time() - age))
        return image, lock

    def test_images_beside_a_lock_that_may_be_alive_are_left_alone_and_so_is_the_lock(self):
        for text, age in ((f"{os.getpid()} {HOST}", 0), (f"{os.getpid()}", 200), (f"1 {HOST}", 0), ("7 elsewhere", 200),
                          ("", 2)):
            with self.subTest(text=text), Depots("1.10.8-split") as depots:
                image, lock = self.lock(depots, text, age)
                self.prune(depots, "--grace", "0")
                self.assertEqual(self.said(image), ("kept", "being-compiled", False))
                self.assertEqual(self.said(lock), ("kept", "being-compiled", False))
                self.assertTrue(image.exists() and lock.exists())

    def test_a_lock_whose_process_is_dead_or_that_is_older_than_julia_respects_is_left_over(self):
        for text, age in ((f"{dead_process()} {HOST}", 0), (f"{dead_process()}", 0), (f"{os.getpid()} {HOST}", 300),
                          ("7 elsewhere", 300), ("", 20), ("nonsense", 20)):
            with self.subTest(text=text), Depots("1.10.8-split") as depots:
                image, lock = self.lock(depots, text, age)
                self.prune(depots, "--grace", "0")
                self.assertEqual(self.said(lock), ("dropped", "pidfile", True))
                self.assertEqual(self.said(image), ("dropped", "library-absent", True))
                self.assertFalse(image.exists() or lock.exists())

    def test_halves_of_images_and_temporaries_are_work_in_progress_until_they_are_old(self):
        with Depots("1.10.8-split") as depots:
            image = depots.image("Leaf")
            image.with_suffix(".so").unlink()
            library = image.parent / "D4iCS_zzzzz.so"
            temporary, other = image.parent / "jl_AbC123", image.parent / "jl_notes.txt"
            for path in (library, temporary, other):
                path.write_bytes(b"x")
            self.prune(depots)
            self.assertEqual({self.said(p) for p in (image, library, temporary)}, {("kept", "in-progress", False)})
            self.assertTrue(image.exists() and library.exists() and temporary.exists())
            self.prune(depots, "--grace", "0")
            self.assertEqual(self.said(temporary), ("dropped", "temporary-of-julia", True))
            self.assertEqual(self.said(library), ("dropped", "orphan-library", True))
            self.assertEqual(self.said(image), ("dropped", "library-absent", True))
            self.assertFalse(image.exists() or library.exists() or temporary.exists())
            self.assertTrue(other.exists())
            self.assertNotIn(other.name, self.items)

    def test_what_needs_an_image_that_is_being_compiled_is_not_dropped_for_it(self):
        with Depots("1.12.5-plain") as depots:
            leaf = depots.image("Leaf")
            leaf.write_bytes(leaf.read_bytes()[:-10] + bytes(10))
            lock = leaf.parent / "D4iCS_AAAAA.ji.pidfile"
            lock.write_text(f"{os.getpid()} {HOST}")
            self.prune(depots)
            self.assertEqual(self.said(leaf), ("kept", "being-compiled", False))
            self.assertEqual({i["status"] for i in self.items.values()}, {"kept"})
            lock.unlink()
            self.prune(depots)
            self.assertEqual(self.said(leaf)[0], "dropped")
            self.assertEqual(self.items[depots.image("Prefs").name]["status"], "kept")
            self.assertFalse(leaf.exists() or list((depots.user / "compiled").rglob("Top/*.ji")))


if __name__ == "__main__":
    unittest.main()
