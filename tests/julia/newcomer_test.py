"""What a newcomer's container file says, with a real Julia 1.5.3 and the very paths: root compiles in /root/.julia, one
command puts it into /usr/share/julia, which is longer, and another user's Julia compiles nothing. In a mount namespace
whose /root and /usr/share are copies."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import julia_depot  # noqa: E402
import skips  # noqa: E402

if __name__ == "__main__":
    skips.run_in_mount_namespace()

JIRELOC = os.environ["JIRELOC"]
HOME, SHARED, NEXT = pathlib.Path("/root/.julia"), pathlib.Path("/usr/share/julia"), pathlib.Path("/root/next")
ALL = {"Leaf", "Mid", "Top"}
# The page's command for a container, and the depots that it tells Julia of.
PAGE = (pathlib.Path(__file__).resolve().parents[2] / "src/payload/README.md").read_text()
RECIPE = re.search(r"^ && jireloc (relocate .*?) \\$", PAGE, re.MULTILINE)[1]
DEPOTS = re.search(r"^ENV JULIA_DEPOT_PATH=(.*)", PAGE, re.MULTILINE)[1].split(":")


class Newcomer(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="jr"))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.mount("-t", "tmpfs", "tmpfs", self.top)
        for place in (HOME.parent, SHARED.parent):
            layers = [self.top / place.name / part for part in ("upper", "work")]
            for layer in layers:
                layer.mkdir(parents=True)
            self.mount("-t", "overlay", "overlay", "-o",
                       f"lowerdir={place},upperdir={layers[0]},workdir={layers[1]}", place)
        for place in (HOME, SHARED, NEXT):
            shutil.rmtree(place, ignore_errors=True)

    def mount(self, *arguments):
        if subprocess.run(["mount", *map(str, arguments)], capture_output=True).returncode != 0:
            self.skipTest("no overlay can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", arguments[-1]], capture_output=True)

    def relocate(self, *options):
        """The one command of the container file, as a shell takes it."""
        ran = subprocess.run(["sh", "-c", f'exec "$0" {RECIPE} --json "$@"', JIRELOC, *options],
                             env={**os.environ, "HOME": str(HOME.parent)}, capture_output=True, text=True)
        return ran, [json.loads(line) for line in ran.stdout.splitlines()]

    def build(self, *options):
        """The container's layers: install and compile, relocate, and what was root's goes away."""
        compiling = julia_depot.Depot(HOME, self.top / "environment")
        compiling.install()
        wanted = compiling.facts()
        self.assertEqual({image.parent.name for image in compiling.images()}, ALL)
        ran, items = self.relocate(*options)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual([item for item in items if item["status"] == "dropped"], [])
        self.assertEqual({pathlib.Path(item["path"]).parent.name for item in items if item["kind"] == "image"}, ALL)
        shutil.rmtree(HOME)
        return wanted

    def assert_served(self, wanted):
        """Another user's Julia, whose own depot is empty: nothing is compiled, everything works."""
        self.assertEqual(DEPOTS, ["~/.julia", str(SHARED), ""])
        shared = julia_depot.Depot(SHARED, self.top / "environment")
        before = shared.snapshot()
        shared.age_images()
        facts = julia_depot.Depot(NEXT, self.top / "environment").facts(depots=[SHARED])
        self.assertEqual(list(NEXT.rglob("*.ji")), [], "Julia compiled")
        self.assertEqual(shared.snapshot(), before)
        self.assertEqual(shared.loaded_images(), ALL)
        for name, value in wanted.items():
            self.assertEqual(facts[name], value.replace(str(HOME), str(SHARED)), name)
        self.assertTrue(facts["trace"].startswith(f"{SHARED}/packages/"), facts["trace"])

    def test_one_command_and_nothing_is_dropped_or_compiled(self):
        wanted = self.build()
        self.assert_served(wanted)
        self.assert_moving_it_onto_itself_loses_nothing()
        self.assert_served(wanted)

    def assert_moving_it_onto_itself_loses_nothing(self):
        """The shared depot under another name, and one of which only `packages` is the same folder."""
        HOME.symlink_to(SHARED)
        ran, items = self.relocate("--move")
        self.assertEqual((ran.returncode, items), (2, []), ran.stderr)
        HOME.unlink()
        for name in ("packages", "compiled"):
            (HOME / name).mkdir(parents=True)
        self.mount("--bind", SHARED / "packages", HOME / "packages")
        ran, items = self.relocate("--move")
        self.assertEqual([item for item in items if item["removed"]], [], ran.stderr)
        subprocess.run(["umount", HOME / "packages"], check=True)
        shutil.rmtree(HOME)


if __name__ == "__main__":
    skips.main()
