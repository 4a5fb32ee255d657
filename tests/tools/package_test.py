"""What tools/release makes: Debian packages that hold what they should and depend on what they need, the same twice."""
import hashlib
import json
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


def lacking():
    if is_sanitized(BUILD):
        return "a program with sanitizers is not for others"
    absent = [program for program in ("dpkg-deb", "dpkg-shlibdeps", "file") if shutil.which(program) is None]
    return f"not here: {', '.join(absent)}" if absent else ""


@unittest.skipIf(lacking(), lacking())
class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="j", dir="/tmp")
        cls.top = Path(cls.temporary.name)
        cls.made = cls.top / "first"
        cls.release(cls.made)
        cls.program, cls.shared, cls.library = (next(cls.made.glob(f"{name}_*.deb")) for name in ("jireloc", "libjireloc0", "libjireloc-dev"))
        cls.root = cls.top / "root"
        for package in (cls.program, cls.shared, cls.library):
            run("dpkg-deb", "-x", package, cls.root)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @staticmethod
    def release(target):
        run(SOURCE / "tools/release", "--build", BUILD, "--static", "-o", target, env={**os.environ, "SOURCE_DATE_EPOCH": "1790000000"})

    def test_the_program_its_pages_and_completions_are_where_debian_looks(self):
        self.assertIn("cache files of formats", run(self.root / "usr/bin/jireloc", "--version"))
        for path in ("share/man/man1/jireloc.1.gz", "share/man/man7/jireloc-payload.7.gz", "share/mime/packages/jireloc.xml",
                     "share/bash-completion/completions/jireloc", "share/zsh/vendor-completions/_jireloc",
                     "share/fish/vendor_completions.d/jireloc.fish", "share/doc/jireloc/copyright",
                     "share/doc/jireloc/changelog.gz", "share/doc/libjireloc-dev/copyright", "include/jireloc/image.hpp"):
            self.assertTrue((self.root / "usr" / path).is_file(), path)

    def test_what_it_depends_on_is_computed(self):
        self.assertRegex(run("dpkg-deb", "-f", self.program, "Depends"), r"\blibc6 \(>= [\d.]+\)")
        needed = run("dpkg-deb", "-f", self.library, "Depends")
        for library in run("pkg-config", "--print-requires", "jireloc", env=self.pkg_config()).split():
            self.assertIn({"libcrypto": "libssl-dev"}.get(library, f"{library}-dev"), needed)

    def test_the_library_for_c_is_a_package_of_its_own_and_the_link_to_it_is_for_those_who_build(self):
        with_link = {package: "libjireloc.so\n" in run("dpkg-deb", "-c", package).replace(" -> ", "\n") for package in (self.shared, self.library)}
        self.assertEqual(with_link, {self.shared: False, self.library: True})
        self.assertIn("libjireloc.so.0 ", run("dpkg-deb", "-c", self.shared))
        self.assertRegex(run("dpkg-deb", "-f", self.library, "Depends"), r"^libjireloc0 \(= [\d.]+\)")
        self.assertRegex(run("dpkg-deb", "-I", self.shared, "shlibs"), "^libjireloc 0 libjireloc0")
        (self.top / "c.c").write_text('#include <jireloc.h>\n#include <stdio.h>\nint main(void) { puts(jireloc_version()); }\n')
        flags = run("pkg-config", "--cflags", "--libs", "jireloc-c", env=self.pkg_config()).split()
        run("cc", "-o", self.top / "c", self.top / "c.c", *flags)
        place = next(self.root.rglob("libjireloc.so.0")).parent
        self.assertEqual(run(self.top / "c", env={**os.environ, "LD_LIBRARY_PATH": str(place)}).split()[0],
                         json.loads(run(self.root / "usr/bin/jireloc", "--version", "--json"))["version"])

    def pkg_config(self):
        return {**os.environ, "PKG_CONFIG_PATH": str(next(self.root.rglob("jireloc.pc")).parent)}

    def test_pkg_config_names_the_place_where_it_was_unpacked(self):
        include = run("pkg-config", "--variable=includedir", "jireloc", env=self.pkg_config()).strip()
        self.assertEqual(Path(include).resolve(), (self.root / "usr/include").resolve())

    def test_file_tells_what_an_image_is(self):
        image = next(CORPUS.glob("1.10.8-plain/images/compiled/v1.10/Leaf/*.ji"))
        magic = self.root / "usr/share/jireloc/magic"
        self.assertEqual(run("file", "-b", "-m", magic, image).strip(), "Julia cache file, format 12, 8-byte pointers, Linux")
        self.assertEqual(run("file", "-b", "--mime-type", "-m", magic, image).strip(), "application/x-julia-cache")

    def test_what_is_linked_in_is_listed(self):
        told = json.loads(run(self.root / "usr/bin/jireloc", "--version", "--json"))
        spdx = json.loads((self.made / f"jireloc-{told['version']}.spdx.json").read_text())
        listed = {package["name"]: package["versionInfo"] for package in spdx["packages"]}
        self.assertLessEqual({**told["libraries"], "jireloc": told["version"]}.items(), listed.items())
        self.assertEqual(len(spdx["relationships"]), len(spdx["packages"]))
        self.assertEqual(len({package["SPDXID"] for package in spdx["packages"]}), len(spdx["packages"]))

    def test_the_program_for_any_linux_has_a_list_of_its_own_with_the_c_library(self):
        program, = self.made.glob("jireloc-*-linux-*[!n]")
        self.assertEqual(run(program, "--version"), run(self.root / "usr/bin/jireloc", "--version"))
        spdx = json.loads(program.with_name(f"{program.name}.spdx.json").read_text())
        self.assertIn("glibc", [package["name"] for package in spdx["packages"]])
        own, = (package for package in spdx["packages"] if package["name"] == "jireloc")
        self.assertEqual(own["checksums"][0]["checksumValue"], hashlib.sha256(program.read_bytes()).hexdigest())

    def test_a_second_run_makes_the_same_bytes_and_the_sums_are_theirs(self):
        self.release(self.top / "second")
        sums = dict(reversed(line.split()) for line in (self.made / "SHA256SUMS").read_text().splitlines())
        self.assertEqual(set(sums) | {"SHA256SUMS"}, {path.name for path in self.made.iterdir()})
        for name, wanted in sums.items():
            self.assertEqual(hashlib.sha256((self.top / "second" / name).read_bytes()).hexdigest(), wanted, name)

    @unittest.skipIf(shutil.which("lintian") is None, "no lintian here")
    def test_lintian_finds_no_error(self):
        # The archive alone takes it two minutes.
        packages = [self.program, self.shared, self.library] if LONG else [self.program, self.shared]
        ran = subprocess.run(["lintian", "--fail-on", "error", "--allow-root", *packages], capture_output=True, text=True)
        errors = [line for line in (ran.stdout + ran.stderr).splitlines() if line.startswith("E:")]
        self.assertEqual((errors, ran.returncode), ([], 0))


if __name__ == "__main__":
    skips.main()
