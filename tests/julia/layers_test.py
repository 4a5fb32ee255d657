"""Layers of depots with a real Julia 1.5.3: home is a link, a site's depot lies behind, and nothing is compiled again."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import julia_depot  # noqa: E402

JIRELOC = os.environ["JIRELOC"]


class Layers(unittest.TestCase):
    def test_what_needs_a_depot_behind_is_relocated_and_loads_with_nothing_compiled(self):
        base = pathlib.Path(tempfile.mkdtemp(prefix="jl"))
        self.addCleanup(shutil.rmtree, base, ignore_errors=True)
        site, environment = base / "site", base / "environment"
        (base / "data/u").mkdir(parents=True)
        (base / "home").symlink_to("data")
        at_site = julia_depot.Depot(site, environment)
        at_site.install()
        # Leaf is the site's, image and all; Mid the user's; Top is installed at the site, and the user compiles it.
        at_site.facts(program='using Leaf; println("compiled: ", 1)')
        seen, real = base / "home/u/.julia", base / "data/u/.julia"
        (seen / "packages").mkdir(parents=True)
        (site / "packages/Mid").rename(seen / "packages/Mid")
        before = julia_depot.Depot(seen, environment).facts(depots=[site])
        self.assertEqual({image.parent.name for image in julia_depot.Depot(seen, environment).images()}, {"Mid", "Top"})
        untouched = at_site.snapshot()

        shared = base / "usr/share/julia"
        shared.parent.mkdir(parents=True)
        ran = subprocess.run([JIRELOC, "relocate", "--json", "--from", real, "--to", shared, "--depot", site,
                              "--julia", julia_depot.julia()], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        images = [item for item in map(json.loads, ran.stdout.splitlines()) if item["kind"] == "image"]
        self.assertEqual({i["status"] for i in images} - {"merged", "relocated"}, set(), ran.stderr)
        self.assertEqual(len(images), 2)
        self.assertEqual(at_site.snapshot(), untouched)

        shutil.rmtree(real)
        merged = julia_depot.Depot(shared, environment)
        arrived = merged.snapshot()
        merged.age_images()
        self.assertEqual(merged.facts(depots=[site]), before)
        self.assertEqual(merged.snapshot(), arrived, "something was compiled")
        self.assertEqual(merged.loaded_images(), {"Mid", "Top"})
        self.assertEqual(at_site.snapshot(), untouched)
        pruned = subprocess.run([JIRELOC, "prune", "--json", "--depot", site, "--julia", julia_depot.julia(), shared],
                                capture_output=True, text=True)
        self.assertEqual({json.loads(line)["status"] for line in pruned.stdout.splitlines()}, {"kept"}, pruned.stderr)


if __name__ == "__main__":
    unittest.main()
