"""What Julia itself brings, and the depots behind: images there serve, and nothing there is written."""
import json
import os
import sys
import unittest
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from fixture import Fixture, crc32c  # noqa: E402
from relocate_test import Depots  # noqa: E402

SOCKETS = "6462fe0b-24de-5631-8697-dd941f90decc"
REPLEXT = "e5eb5ef1-03cf-53a7-ae1d-5a66b08e832b"  # of Pkg, as Julia 1.9 to 1.12 make it
NO_IMAGE = "fafbfcfd00000001"  # the upper half of a build id that no system image has
OTHER = "6462fe0b-24de-5631-8697-dd941f90decd"


def words(text, hi, lo):
    number = uuid.UUID(text).int
    return b"".join(word.to_bytes(8, "little") for word in (number >> 64, number & 2**64 - 1, hi, lo))


def need_other(image, name, its_uuid, hi):
    """Lets an image of 1.12 need another module in the place of Sockets, of the system image, and mends its checksum."""
    data = bytearray(image.read_bytes())
    assert crc32c(bytes(data[:-4])) == int.from_bytes(data[-4:], "little"), "not as expected"
    number = uuid.UUID(SOCKETS).int
    marks = b"Sockets" + (number >> 64).to_bytes(8, "little") + (number & 2**64 - 1).to_bytes(8, "little")
    at = data.index(marks)
    low = int.from_bytes(data[at + 31:at + 39], "little")
    data[at:at + 39] = name.encode() + words(its_uuid, int(hi, 16), low)
    data[-4:] = crc32c(bytes(data[:-4])).to_bytes(4, "little")
    image.write_bytes(data)
    return low


def image_of(folder, name, its_uuid, build, like):
    """An image of a standard library in some build, as a depot may hold it."""
    folder.mkdir(parents=True)
    prefix = f"uname={like['uname']} arch={like['arch']} version={like['julia']} branch={like['branch']} commit={like['commit']}"
    text = f"layout V12b\njulia {prefix}\npkgimage 0\nflags 0x22\nmodule {name} uuid={its_uuid} build-id={build:#x}\n" \
           f"include @depot/stdlib/v1.12/{name}/src/{name}.jl mtime=1.0 fsize=auto hash=auto module=1 text=\"module {name} end\"\n" \
           f"payload-zeros 200\n"
    (folder / "AAAAA_BBBBB.ji").write_bytes(bytes(Fixture(text).out.data))


class OfJuliaItself(unittest.TestCase):
    def changed(self, depots, name, its_uuid, hi=NO_IMAGE):
        return [need_other(image, name, its_uuid, hi) for image in sorted((depots.user / "compiled").rglob("*.ji"))]

    def test_builds_of_standard_libraries_and_their_extensions_are_assumed_of_julia_and_said(self):
        for name, its_uuid in (("Sockets", SOCKETS), ("REPLExt", REPLEXT)):
            with self.subTest(name), Depots("1.12.5-plain") as depots:
                self.changed(depots, name, its_uuid)
                run = depots.relocate("--allow-build-scripts")
                self.assertEqual(set(depots.status().values()), {"relocated"}, run.stderr)
                for item in depots.images.values():
                    self.assertEqual(item["assumed_of_julia"], [name])
                self.assertEqual(depots.prune_problems(), [])
                check = depots.run("check", "--json", "--depot", str(depots.shared), str(depots.shared / "compiled"))
                for verdict in map(json.loads, check.stdout.splitlines()):
                    self.assertTrue(verdict["loads"], verdict)
                    self.assertEqual(verdict["assumed_of_julia"], [name])

    def test_another_build_of_the_library_in_a_depot_is_no_reason_to_drop_or_delete(self):
        with Depots("1.12.5-plain") as depots:
            self.changed(depots, "Sockets", SOCKETS)
            like = json.loads(depots.run("inspect", "--json", str(depots.image("Leaf"))).stdout)
            image_of(depots.user / "compiled/v1.12/Sockets", "Sockets", SOCKETS, 77, like)
            run = depots.relocate("--allow-build-scripts")
            status = depots.status()
            status.pop("Sockets", None)
            self.assertEqual(set(status.values()), {"relocated"}, run.stderr)
            image_of(depots.shared / "compiled/v1.12/Sockets", "Sockets", SOCKETS, 78, like)
            depots.run("prune", "--delete", "--allow-build-scripts", str(depots.shared))
            for name in status:
                self.assertTrue(depots.image(name, depots.shared).exists())
            check = depots.run("check", "--json", "--depot", str(depots.shared), str(depots.image("Leaf", depots.shared)))
            self.assertEqual(json.loads(check.stdout)["load_problems"], [])

    def test_a_package_that_only_has_the_name_is_missed(self):
        with Depots("1.12.5-plain") as depots:
            self.changed(depots, "Sockets", OTHER)
            depots.relocate("--allow-build-scripts")
            self.assertEqual(set(depots.status().values()), {"dropped"})
            self.assertEqual({i["reasons"][0]["code"] for i in depots.images.values()}, {"dependency_missing"})


if __name__ == "__main__":
    unittest.main()
