"""The program for any Linux: it loads nothing, runs where there is nothing else, and does what the other one does. That for
aarch64 is run by qemu where `tools/release --arch aarch64` has built it (JIRELOC_LONG=1 builds it, which takes minutes)."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(os.environ["JIRELOC_BUILD"])
SOURCE = Path(os.environ["JIRELOC_SOURCE"])
CORPUS = Path(os.environ["JIRELOC_CORPUS"])
sys.path.insert(0, str(SOURCE / "tests/support"))
import skips  # noqa: E402
from building import is_sanitized, run  # noqa: E402
from short_run import LONG  # noqa: E402

FAMILIES = ("1.5.3-plain", "1.10.8-split", "1.12.5-split")  # streams, static data, native libraries
AARCH64 = SOURCE / "build/packages-aarch64/jireloc-static"
MAP = "/home/pkgeval/.julia=/usr/share/julia"


def answers(*command, folder):
    ran = subprocess.run([str(part) for part in command], capture_output=True, timeout=600, cwd=folder)
    return ran.returncode, ran.stdout, ran.stderr


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Program:
    """`command`: the program, perhaps with what runs it before it."""

    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.top)

    def both(self, *arguments, folder):
        """What the program answers, after it was held against the answer of the one that loads its libraries."""
        wanted = answers(BUILD / "jireloc", *arguments, folder=folder)
        self.assertEqual(answers(*self.command, *arguments, folder=folder), wanted, arguments)
        return wanted

    def depot(self, family, name):
        return shutil.copytree(CORPUS / family / "images", self.top / name)

    def test_it_needs_no_library_and_no_loader(self):
        for options in ("-l", "-d"):
            told = run("readelf", "-W", options, self.command[-1])
            self.assertNotRegex(told, "INTERP|DYNAMIC|NEEDED")

    def test_it_says_the_same_of_images(self):
        for family in FAMILIES:
            for command in (["inspect", "--json"], ["inspect", "--verify"], ["scan"], ["check", "--json"]):
                status, text, _ = self.both(*command, CORPUS / family / "images", folder=self.top)
                self.assertIn(status, (0, 1))
                self.assertTrue(text)

    def test_it_writes_the_same_bytes(self):
        for family in FAMILIES:
            one, other = self.depot(family, "one"), self.depot(family, "other")
            for program, depot in (([BUILD / "jireloc"], one), (self.command, other)):
                self.assertIn(answers(*program, "rewrite", "--map", MAP, depot, folder=self.top)[0], (0, 1))
            self.assertEqual(contents(one), contents(other))
            self.assertNotEqual(contents(one), contents(CORPUS / family / "images"))
            shutil.rmtree(one)
            shutil.rmtree(other)

    def test_users_are_those_of_the_list(self):
        depot = self.depot("1.10.8-plain", "depot")
        for owner in ("root", "root:root", "nobody-of-this-name", "root:nobody-of-this-name"):
            self.both("relocate", "--dry-run", "--json", "--owner", owner, "--from", depot, "--to", self.top / "to", folder=self.top)


@unittest.skipIf(is_sanitized(BUILD), "a program with sanitizers is not for others")
class Native(Program, unittest.TestCase):
    command = [BUILD / "jireloc-static"]

    @unittest.skipIf(os.getuid() != 0, "only root can give a process another root")
    def test_it_runs_where_there_is_nothing_else(self):
        shutil.copy(self.command[0], self.top / "jireloc")
        shutil.copy(next(CORPUS.glob("1.12.5-split/images/compiled/v1.12/Leaf/*.ji")), self.top / "x.ji")
        inside = subprocess.run(["/jireloc", "inspect", "--header", "/x.ji"], capture_output=True, text=True,
                                preexec_fn=lambda: os.chroot(self.top))
        self.assertEqual((inside.returncode, inside.stderr), (0, ""))
        self.assertIn("Julia:", inside.stdout)

    def test_what_would_be_loaded_is_said_to_be_absent(self):
        packed = self.top / "General.tar.gz"
        packed.write_bytes(b"x")
        depot = self.depot("1.10.8-plain", "depot")
        status, _, said = answers(*self.command, "prune", "--registry", packed, depot, folder=self.top)
        self.assertNotEqual(status, 0)
        self.assertIn(b"unpack the registry", said)


def is_of_these_sources(program):
    newest = max(path.stat().st_mtime for folder in ("src", "include") for path in (SOURCE / folder).rglob("*.?pp"))
    return program.exists() and program.stat().st_mtime > newest


def lacking():
    if is_sanitized(BUILD):
        return "a program with sanitizers is not for others"
    if shutil.which("qemu-aarch64") is None:
        return "not here: qemu-aarch64"
    if not is_of_these_sources(AARCH64) and LONG:
        run(SOURCE / "tools/release", "--arch", "aarch64", "-o", SOURCE / "build/release-files-aarch64")
    return "" if is_of_these_sources(AARCH64) else "tools/release --arch aarch64 has not built it of these sources"


@unittest.skipIf(lacking(), lacking())
class Aarch64(Program, unittest.TestCase):
    command = ["qemu-aarch64", AARCH64]

    def test_it_is_for_that_machine(self):
        self.assertIn("AArch64", run("readelf", "-h", AARCH64))
        self.assertIn("aarch64", run(*self.command, "--version"))


if __name__ == "__main__":
    skips.main()
