"""The checksum kernels of 64-bit ARM: the tests of this folder, compiled for it and run by qemu. Skipped (status 77)
where Debian's cross compiler or qemu-user is missing.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["JIRELOC_SOURCE"])
COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"
KERNEL_FLAGS = {"kernel_armv8.cpp": ["-march=armv8-a+crc+crypto"]}


def run(*command):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


LIST_KERNELS = """
#include <cstdio>
#include "jireloc/crc32c.hpp"
int main() {
  for (const auto kernel : jireloc::crc32c::available_kernels()) std::puts(jireloc::crc32c::name(kernel).data());
}
"""

MAIN = """
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
"""


class Build:
    def __init__(self, folder, catch2):
        self.folder = folder
        # Catch2's headers alone, its library being the host's; from a folder of its own, for the host's other headers are
        # not for this compiler.
        (folder / "include").mkdir()
        (folder / "include/catch2").symlink_to(catch2)
        self.library = [self.compiled(source) for source in sorted(SOURCE.glob("src/crc32c/*.cpp"))]

    def compiled(self, source):
        target = self.folder / (source.stem + ".o")
        run(COMPILER, "-std=gnu++20", "-O1", "-c", *KERNEL_FLAGS.get(source.name, []), f"-I{SOURCE / 'src'}",
            f"-I{SOURCE / 'include'}", f"-I{self.folder / 'include'}", source, "-o", target)
        return target

    def program(self, name, sources):
        target = self.folder / name
        run(COMPILER, "-static", *map(self.compiled, sources), *self.library, "-o", target)
        return target


def main():
    catch2 = pathlib.Path("/usr/include/catch2")
    missing = [name for name in (COMPILER, EMULATOR) if not shutil.which(name)]
    if missing or not catch2.is_dir():
        print(f"skipped: {', '.join(missing) or catch2} is not installed (tools/setup installs them)")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        build = Build(folder, catch2)
        (folder / "list_kernels.cpp").write_text(LIST_KERNELS)
        kernels = run(EMULATOR, "-cpu", "max", build.program("list", [folder / "list_kernels.cpp"])).split()
        if sorted(kernels) != ["armv8", "portable"]:
            sys.exit(f"these kernels would be tested: {kernels}")
        (folder / "main.cpp").write_text(MAIN)
        tests = build.program("tests", [*SOURCE.glob("tests/crc32c/*.cpp"), folder / "main.cpp"])
        print(run(EMULATOR, "-cpu", "max", tests).splitlines()[-2])
    return 0


sys.exit(main())
