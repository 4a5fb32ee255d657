"""On a file system that shares blocks (btrfs, in a loop device), large images whose paths keep their length share all
but the changed blocks with the old ones, and are what they are on any other file system. Skipped (status 77) where no
btrfs can be made and mounted.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

JIRELOC = os.environ["JIRELOC"]
MAKE_DEPOT = os.path.join(os.environ["JIRELOC_BUILD"], "tools", "make-depot")
OLD, NEW = "/home/pkgeval/.julia", "/home/pkgeval/.jul_x"


def quietly(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


class Btrfs:
    """A mounted file system of 300 MB; `place` is None where that cannot be."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        top = pathlib.Path(self.folder.name)
        image, place = top / "image", top / "mounted"
        place.mkdir()
        image.touch()
        os.truncate(image, 300 << 20)
        try:
            mounted = quietly("mkfs.btrfs", "-q", image) and quietly("mount", "-o", "loop", image, place)
        except FileNotFoundError:
            mounted = False
        self.place = place if mounted else None
        return self

    def __exit__(self, *_):
        if self.place:
            subprocess.run(["umount", self.place], check=True)
        self.folder.cleanup()


def rewrite(depot, output):
    # The sources are not looked for at the new place, where nothing is: a finding, status 1.
    done = subprocess.run([JIRELOC, "rewrite", "--quiet", "--map", f"{OLD}={NEW}", "-o", output, depot / "compiled"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1, done.stderr


def shared_bytes(path):
    """How much of the file lies in extents that other files have too."""
    report = subprocess.run(["filefrag", "-v", "-b4096", path], stdout=subprocess.PIPE, check=True).stdout.decode()
    rows = re.findall(r"^ +\d+: +\d+\.\. *\d+: +\d+\.\. *\d+: +(\d+):.*?([a-z,]*)$", report, re.MULTILINE)
    assert rows, report
    return sum(4096 * int(length) for length, flags in rows if "shared" in flags.split(","))


class Reflink(unittest.TestCase):
    def test_large_images_share_what_does_not_change(self):
        depot = PLACE / "depot"
        subprocess.run([MAKE_DEPOT, "--corpus", os.environ["JIRELOC_CORPUS"], "--images", "4", "--total-size", "40M",
                        "--recorded", OLD, depot], check=True, stdout=subprocess.DEVNULL)
        os.sync()
        rewrite(depot, PLACE / "out")
        os.sync()
        with tempfile.TemporaryDirectory() as elsewhere:
            rewrite(depot, pathlib.Path(elsewhere) / "out")
            images = sorted((PLACE / "out").rglob("*.ji"))
            self.assertEqual(len(images), 4)
            for image in images:
                other = pathlib.Path(elsewhere) / "out" / image.relative_to(PLACE / "out")
                self.assertEqual(image.read_bytes(), other.read_bytes(), image)
        large = [image for image in images if image.stat().st_size > 4 << 20]
        self.assertGreaterEqual(len(large), 2)
        for image in large:
            self.assertGreater(shared_bytes(image), 0.8 * image.stat().st_size, image)


if __name__ == "__main__":
    with Btrfs() as file_system:
        PLACE = file_system.place
        if PLACE is None:
            print("skipped: no btrfs can be made and mounted here (root, btrfs-progs and loop devices are needed)")
            sys.exit(77)
        unittest.main()
