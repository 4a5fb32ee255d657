"""A program of somebody else, built against what `cmake --install` installs: with find_package, and with pkg-config."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(os.environ["JIRELOC_BUILD"])
CORPUS = Path(os.environ["JIRELOC_CORPUS"])
SOURCE = Path(os.environ["JIRELOC_SOURCE"])
EXAMPLE = SOURCE / "tools/examples/consumer"
OLD = "/home/pkgeval/.julia"
sys.path.insert(0, str(SOURCE / "tests/support"))
import corpus_depots  # noqa: E402
import skips  # noqa: E402
from building import is_sanitized, run  # noqa: E402


@unittest.skipIf(is_sanitized(BUILD), "a library with sanitizers is not for others")
class Consumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="j", dir="/tmp")
        cls.root = Path(cls.temporary.name)
        cls.prefix = cls.root / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def library(self):
        archive, = self.prefix.rglob("libjireloc.a")
        return archive.parent

    def use(self, program):
        """Relocates an image with a library and one without: what it prints is what happened."""
        for family in ("1.10.8-plain", "1.10.8-split"):
            depot = self.root / "d"  # of no longer name than OLD
            corpus_depots.unpack(family, depot, images=False)
            image, = (CORPUS / family).glob("images/compiled/*/Leaf/*.ji")
            target = depot / "compiled/v1.10/Leaf" / image.name
            target.parent.mkdir(parents=True)
            printed = run(program, image, OLD, depot, target)
            self.assertEqual(printed, "Leaf, compiled by Julia 1.10.8\nfresh\n")
            self.assertEqual(target.with_suffix(".so").exists(), family.endswith("split"))
            ran = subprocess.run([program, image, OLD, depot, target], capture_output=True, text=True)
            self.assertEqual(ran.returncode, 3)
            self.assertIn("something else is there already", ran.stderr)
            shutil.rmtree(depot)

    def test_every_page_that_help_names_is_installed(self):
        program, pages = self.prefix / "bin/jireloc", self.prefix / "share/doc/jireloc"
        commands = re.findall(r"^  ([a-z-]+) ", run(program, "--help"), re.MULTILINE)
        self.assertIn("rewrite", commands)
        named = {page for command in commands for page in re.findall(r"[\w/.-]+/[\w.-]+[.]md", run(program, "help", command))}
        self.assertIn("src/payload/README.md", named)
        self.assertEqual([page for page in sorted(named) if not (pages / page).is_file()], [])
        # And what they link to in turn.
        dead = [(page.name, link) for page in pages.rglob("*.md")
                for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
                if link.endswith((".md", ".svg")) and not (page.parent / link).resolve().is_file()]
        self.assertEqual(dead, [])

    def test_with_find_package(self):
        build = self.root / "build"
        run("cmake", "-S", EXAMPLE, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", build)
        self.use(build / "consumer")

    def test_with_pkg_config(self):
        paths = dict(os.environ, PKG_CONFIG_PATH=str(self.library() / "pkgconfig"))
        flags = run("pkg-config", "--cflags", "--libs", "jireloc", env=paths).split()
        run("c++", "-std=c++20", "-o", self.root / "byhand", EXAMPLE / "consumer.cpp", *flags)
        self.use(self.root / "byhand")


if __name__ == "__main__":
    skips.main()
