"""The packages on a Debian 12 on which nothing else is: they install, the program runs, the example programs compile, the
Julia package loads and works. With
JIRELOC_LONG=1, as root; everything is mounted in a namespace of this test's own and gone with it."""
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
SUITE = "bookworm"
# What the Julia of tools/install-julia takes from the system.
JULIA_RESTS_ON = ("libedit2", "libgcrypt20", "libgfortran5", "libgssapi-krb5-2", "libpcre3", "libz3-4")
sys.path.insert(0, str(SOURCE / "tests/support"))
import corpus_depots  # noqa: E402
import skips  # noqa: E402
from building import is_sanitized, run  # noqa: E402
from julia_depot import Depot, julia  # noqa: E402
from short_run import LONG  # noqa: E402


def mirrors():
    """What this machine's own apt asks, by suite."""
    told = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Identifier: Packages"],
                          capture_output=True, text=True).stdout
    lines = [line.split() for line in told.splitlines()]
    return [line for line in lines if line[1].startswith(SUITE)]


def lacking():
    if not LONG:
        return "it installs a Debian, which takes minutes: set JIRELOC_LONG=1"
    if is_sanitized(BUILD):
        return "a program with sanitizers is not for others"
    if shutil.which("debootstrap") is None:
        return "not here: debootstrap (tools/setup --release installs it)"
    return "" if mirrors() else f"no mirror of Debian {SUITE} is known to apt here"


class BareDebian(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.top)
        cls.root = cls.top / "root"
        # On a file system of its own, which is gone with the namespace: nothing below it can be left mounted.
        cls.root.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=3g", "tmpfs", cls.root)
        cls.addClassCleanup(run, "umount", "--lazy", cls.root)
        mirror = next(uri for uri, release, _ in mirrors() if release == SUITE)
        run("debootstrap", "--variant=minbase", SUITE, cls.root, mirror)
        run("mount", "--bind", "/proc", cls.root / "proc")
        (cls.root / "etc/apt/sources.list").write_text("".join(f"deb {' '.join(line)}\n" for line in mirrors()))
        run(SOURCE / "tools/release", "--build", BUILD, "-o", cls.root / "packages")
        shutil.copytree(CORPUS / "1.10.8-split/images/compiled", cls.root / "srv/compiled")
        shutil.copytree(SOURCE / "tools/examples", cls.root / "srv/examples")
        cls.inside("apt-get", "-q", "update")
        cls.install("jireloc")

    @classmethod
    def inside(cls, *command):
        return run("chroot", cls.root, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive",
                   "HOME=/root", *command)

    @classmethod
    def install(cls, *names):
        packages = [f"./{next(cls.root.glob(f'packages/{name}_*.deb')).relative_to(cls.root)}" for name in names]
        cls.inside("apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0", "install", "--no-install-recommends", *packages)

    def test_the_program_runs_with_what_its_package_depends_on(self):
        self.assertIn("cache files of formats", self.inside("jireloc", "--version"))
        told = self.inside("jireloc", "inspect", "/srv/compiled")
        self.assertEqual(told.count("Layout: "), len(list((self.root / "srv/compiled").rglob("*.ji"))))
        self.assertIn("man1/jireloc.1.gz", self.inside("dpkg", "-L", "jireloc"))

    def bind(self, folder):
        """What lies there is at the same place inside, until the root goes."""
        there = self.root / folder.relative_to("/")
        there.mkdir(parents=True)
        run("mount", "--bind", folder, there)

    @unittest.skipUnless(os.environ.get("JIRELOC_JULIA"), "no JIRELOC_JULIA")
    def test_the_julia_package_finds_the_library_and_works(self):
        self.install("libjireloc0")
        self.inside("apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0", "install", "--no-install-recommends", *JULIA_RESTS_ON)
        shutil.copytree(SOURCE / "tools/julia", self.root / "srv/julia")
        self.bind(Path(julia()).parent.parent)
        depot = Depot(self.top / "made/the-depot-of-a-user", self.top / "made/environment")
        depot.install()
        depot.facts()  # compiles
        self.bind(self.top / "made")
        temporary = self.top / "made/t"  # a depot that moves to another file system is copied, and its times are others
        temporary.mkdir()
        printed = self.inside(f"TMPDIR={temporary}", "JULIA_DEPOT_PATH=/tmp/own", "JULIA_LOAD_PATH=/srv/julia:@stdlib",
                              f"JIRELOC_TEST_DEPOT={depot.path}", f"JIRELOC_TEST_PROJECT={depot.environment}",
                              julia(), "--startup-file=no", "--color=no", "/srv/julia/JiReloc/test/runtests.jl")
        self.assertEqual(printed.count("Test Summary"), 5, printed)

    def test_somebody_elses_program_compiles_against_the_library(self):
        self.install("libjireloc0", "libjireloc-dev")
        self.inside("apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0", "install", "--no-install-recommends", "g++", "cmake", "make",
                    "pkg-config")
        self.inside("cmake", "-S", "/srv/examples/consumer", "-B", "/tmp/build")
        self.inside("cmake", "--build", "/tmp/build")
        flags = self.inside("pkg-config", "--cflags", "--libs", "jireloc").split()
        self.inside("c++", "-std=c++20", "-o", "/tmp/byhand", "/srv/examples/consumer/consumer.cpp", *flags)
        image, = CORPUS.glob("1.10.8-split/images/compiled/v1.10/Leaf/*.ji")
        for program in ("/tmp/build/consumer", "/tmp/byhand"):
            corpus_depots.unpack("1.10.8-split", self.root / "tmp/d", images=False)
            target = Path("/tmp/d/compiled/v1.10/Leaf") / image.name
            (self.root / target.relative_to("/")).parent.mkdir(parents=True)
            printed = self.inside(program, f"/srv/compiled/v1.10/Leaf/{image.name}", "/home/pkgeval/.julia", "/tmp/d", target)
            self.assertEqual(printed, "Leaf, compiled by Julia 1.10.8\nfresh\n")
            shutil.rmtree(self.root / "tmp/d")


if __name__ == "__main__":
    if lacking():
        print(f"skipped: {lacking()}")
        sys.exit(77)
    skips.run_in_mount_namespace()
    skips.main()
