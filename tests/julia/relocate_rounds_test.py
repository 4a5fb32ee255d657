"""The job of a package-evaluation farm, with a real Julia 1.5.3: install a package, test it, relocate; three times over.

Each round starts with an empty user's depot in front of the shared one and must compile only what is new.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import julia_depot  # noqa: E402
from short_run import LONG  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
SECONDS = float(os.environ.get("JIRELOC_BUSY_SECONDS", "60" if LONG else "3"))
LOADERS = 10 if LONG else 3

EXTRA = {
    "Built": ({"Project.toml": 'name = "Built"\nuuid = "5eed0000-0000-4000-8000-000000000011"\n',
               "src/Built.jl": "module Built\nx() = 1\nend\n", "deps/build.jl": "# makes nothing\n"}, []),
    "OnBuilt": ({"Project.toml": 'name = "OnBuilt"\nuuid = "5eed0000-0000-4000-8000-000000000012"\n\n[deps]\n'
                                 'Built = "5eed0000-0000-4000-8000-000000000011"\n',
                 "src/OnBuilt.jl": "module OnBuilt\nusing Built\nend\n"}, ["Built"]),
    "Changed": ({"Project.toml": 'name = "Changed"\nuuid = "5eed0000-0000-4000-8000-000000000013"\n',
                 "src/Changed.jl": "module Changed\nx() = 1\nend\n"}, []),
    "Developed": ({"Project.toml": 'name = "Developed"\nuuid = "5eed0000-0000-4000-8000-000000000014"\n',
                   "src/Developed.jl": "module Developed\nx() = 1\nend\n"}, []),
    "OnDeveloped": ({"Project.toml": 'name = "OnDeveloped"\nuuid = "5eed0000-0000-4000-8000-000000000015"\n\n[deps]\n'
                                     'Developed = "5eed0000-0000-4000-8000-000000000014"\n',
                     "src/OnDeveloped.jl": "module OnDeveloped\nusing Developed\nend\n"}, ["Developed"]),
}


class Rounds(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="jr"))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.user, self.shared = self.base / "home/pkgeval/.julia", self.base / "share/julia"
        self.shared.mkdir(parents=True)
        self.store = julia_depot.Depot(self.base / "store", self.base / "environment")
        self.add_extra_packages()
        self.store.install({**julia_depot.PACKAGES, **{name: files for name, (files, _) in EXTRA.items()}})

    def add_extra_packages(self):
        for name, (files, dependencies) in EXTRA.items():
            julia_depot.UUIDS[name] = julia_depot.uuid.UUID(files["Project.toml"].split('uuid = "')[1][:36])
            julia_depot.DEPENDENCIES[name] = dependencies

    def start_round(self, *packages):
        shutil.rmtree(self.user, ignore_errors=True)
        for package in packages:
            (self.user / "packages").mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", self.store.path / "packages" / package, self.user / "packages"], check=True)
        self.user.mkdir(parents=True, exist_ok=True)
        return julia_depot.Depot(self.user, self.store.environment)

    def use(self, depot, program):
        ran = depot.run(program=program, depots=[self.shared])
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout

    def relocate(self, *options):
        ran = subprocess.run([JIRELOC, "relocate", "--json", "--from", self.user, "--to", self.shared, *options],
                             capture_output=True, text=True)
        return ran, [json.loads(line) for line in ran.stdout.splitlines()]

    def compiled(self, depot):
        return {image.parent.name for image in depot.images()}

    def test_each_round_compiles_only_what_is_new_and_then_all_loads_from_the_shared_depot(self):
        for new, program in (("Leaf", "using Leaf; print(Leaf.square(3))"),
                             ("Mid", "using Mid; print(Mid.sum_rows())"),
                             ("Top", "using Top; print(Top.answer())")):
            depot = self.start_round(new)
            first = self.use(depot, program)
            self.assertEqual(self.compiled(depot), {new}, "the shared depot's images were not used")
            ran, items = self.relocate()
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertEqual({(i["kind"], i["status"]) for i in items}, {("package", "merged"), ("image", "relocated")})
            empty = self.start_round()
            before = julia_depot.Depot(self.shared, self.store.environment).snapshot()
            self.assertEqual(self.use(empty, program), first)
            self.assertEqual(self.compiled(empty), set(), "Julia compiled again")
            self.assertEqual(julia_depot.Depot(self.shared, self.store.environment).snapshot(), before)
        pruned = subprocess.run([JIRELOC, "prune", self.shared], capture_output=True, text=True)
        self.assertEqual(pruned.returncode, 0, pruned.stderr)

    def test_what_must_not_be_cached_stays_out_with_all_that_depends_on_it(self):
        depot = self.start_round("Built", "OnBuilt", "Changed", "OnDeveloped", "Leaf")
        source = next((self.user / "packages/Changed").rglob("Changed.jl"))
        source.write_text("module Changed\nx() = 2\nend\n")
        developed = self.base / "dev/Developed"
        developed.parent.mkdir()
        shutil.copytree(next((self.store.path / "packages/Developed").iterdir()), developed)
        manifest = self.store.environment / "Manifest.toml"
        lines = manifest.read_text().split("[[Developed]]\n")
        lines[1] = f'path = "{developed}"\n' + lines[1].split("\n", 1)[1]
        manifest.write_text("[[Developed]]\n".join(lines))
        self.use(depot, "using OnBuilt, Changed, OnDeveloped, Leaf")
        self.assertEqual(self.compiled(depot), {"Built", "OnBuilt", "Changed", "Developed", "OnDeveloped", "Leaf"})
        ran, items = self.relocate()
        self.assertEqual(ran.returncode, 0, ran.stderr)  # each stays out by a rule of the user's
        images = {pathlib.Path(i["path"]).parent.name: i for i in items if i["kind"] == "image"}
        self.assertEqual({name for name, item in images.items() if item["status"] == "relocated"}, {"Leaf"})
        reasons = {name: item["reasons"][0]["code"] for name, item in images.items() if item["reasons"]}
        self.assertEqual(reasons["OnBuilt"], "dependency-dropped")
        self.assertEqual(reasons["OnDeveloped"], "dependency-dropped")
        self.assertEqual(reasons["Developed"], "developed")
        self.assertEqual(reasons["Built"], "package-dropped")
        packages = {pathlib.Path(i["path"]).parent.name: i for i in items if i["kind"] == "package"}
        self.assertEqual(packages["Built"]["reasons"][0]["code"], "build-script")
        self.assertEqual(packages["Changed"]["reasons"][0]["code"], "modified-tree")
        self.assertEqual(subprocess.run([JIRELOC, "prune", self.shared], capture_output=True).returncode, 0)

    def test_two_relocates_and_loading_julias_at_once_harm_nobody(self):
        depot = self.start_round("Leaf", "Mid", "Top")
        self.use(depot, "using Top")
        self.relocate()
        stop, failures, loads = time.monotonic() + SECONDS, [], [0]

        def keep_loading():
            while time.monotonic() < stop:
                ran = subprocess.run(
                    [julia_depot.julia(), "--startup-file=no", f"--project={self.store.environment}", "-e",
                     "using Top; print(Top.answer())"], capture_output=True, text=True,
                    env={**os.environ, "JULIA_DEPOT_PATH": f"{self.base}/reader:{self.shared}"})
                loads[0] += 1
                if ran.stdout != "69":
                    failures.append(ran.stderr)

        def keep_relocating():
            while time.monotonic() < stop:
                ran, _ = self.relocate_patiently()
                if ran.returncode:
                    failures.append(ran.stderr)

        threads = [threading.Thread(target=keep_loading) for _ in range(LOADERS)]
        threads += [threading.Thread(target=keep_relocating) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(f"{loads[0]} loads beside two relocates")
        self.assertEqual(failures, [])
        self.assertEqual(list((self.base / "reader").rglob("*.ji")), [], "a Julia compiled again")
        self.assertEqual(subprocess.run([JIRELOC, "prune", self.shared], capture_output=True).returncode, 0)

    def relocate_patiently(self):
        return self.relocate("--lock-timeout", "60")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
