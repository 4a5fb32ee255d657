"""A real Julia 1.5.3 and `jireloc check --project` walk the same random load paths: named environments, stacked ones,
folders of packages. Both must find the same source for each package, and the same package behind each name."""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import julia_depot  # noqa: E402
from corpus_depots import unpack  # noqa: E402
from short_run import LONG  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
TRIALS = int(os.environ.get("JIRELOC_LOAD_PATHS") or (600 if LONG else 80))
SEED = int(os.environ.get("JIRELOC_SEED") or random.randrange(2**32))
UUIDS = {"Leaf": "1eaf0000-0000-4000-8000-000000000001", "Mid": "a1d00000-0000-4000-8000-000000000002",
         "Top": "70900000-0000-4000-8000-000000000003"}
OTHER = "0ddba11e-0000-4000-8000-000000000007"

# A line in, a line out: "LOAD_PATH<tab>NAME<tab>UUID<tab>NAME..." -> "path<tab>uuid or nothing...".
SERVER = r'''
for line in eachline(stdin)
    parts = split(line, '\t')
    text, depots, name, uuid = parts[1:4]
    append!(empty!(LOAD_PATH), Base.parse_load_path(String(text)))
    append!(empty!(DEPOT_PATH), split(depots, ':'))
    package = Base.PkgId(Base.UUID(String(uuid)), String(name))
    source = Base.locate_package(package)
    answers = [source === nothing ? "nothing" : source]
    for one in parts[5:end]
        found = Base.identify_package(package, String(one))
        push!(answers, found === nothing ? "nothing" : string(found.uuid))
    end
    println(join(answers, '\t'))
    flush(stdout)
end
'''


class LoadPaths(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="jr")).resolve()
        cls.addClassCleanup(shutil.rmtree, cls.base)
        for name in ("depot", "second", "home"):
            (cls.base / name).mkdir()
        depot = cls.base / "depot"
        unpack("1.5.3-plain", depot)
        shutil.rmtree(depot / "environments")
        cls.images = {name: next((depot / "compiled/v1.5" / name).glob("*.ji")) for name in UUIDS}
        cls.requires = {name: sorted({entry["to"]["name"] for entry in cls.inspect(image)["requires"]})
                        for name, image in cls.images.items()}
        cls.trees = {name: julia_depot.tree_hash(next((depot / "packages" / name).iterdir())).hex() for name in UUIDS}
        cls.env = {name: value for name, value in os.environ.items() if not name.startswith("JULIA_")}
        cls.env.update(HOME=str(cls.base / "home"), JULIA_PROJECT=str(cls.base / "active"))
        (cls.base / "work/below").mkdir(parents=True)
        cls.julia = subprocess.Popen(
            [julia_depot.julia(), "--startup-file=no", "--history-file=no", "-e", SERVER], cwd=cls.base / "work/below",
            env={**cls.env, "JULIA_DEPOT_PATH": str(depot)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.stop)

    @staticmethod
    def inspect(image):
        return json.loads(subprocess.run([JIRELOC, "inspect", "--json", image], check=True,
                                         stdout=subprocess.PIPE).stdout)

    @classmethod
    def stop(cls):
        cls.julia.stdin.close()
        cls.julia.wait()
        cls.julia.stdout.close()

    def ask(self, load_path, package):
        line = "\t".join([load_path, f"{self.base}/depot:{self.base}/second", package, UUIDS[package],
                          *self.requires[package]])
        self.julia.stdin.write(line + "\n")
        self.julia.stdin.flush()
        source, *found = self.julia.stdout.readline().rstrip("\n").split("\t")
        return source, dict(zip(self.requires[package], found))

    # ---- what is on the disk

    def entry(self, rng, name, folder, listed):
        uuid = UUIDS[name] if rng.random() < 0.85 else OTHER
        text = f'[[{name}]]\nuuid = "{uuid}"\nversion = "0.1.0"\n'
        deps = [other for other in ("Leaf", "Mid") if other in self.requires[name] and rng.random() < 0.85]
        if rng.random() < 0.3:
            deps = [other for other in deps if other in listed]  # Julia throws where such a name is not in the manifest
            text += f"deps = {json.dumps(deps)}\n" if deps else ""
            deps = []
        kind = rng.choice(("tree", "tree", "gone", "path", "file", "absent", "none"))
        if kind == "tree":
            text += f'git-tree-sha1 = "{self.trees[name]}"\n'
        elif kind == "gone":
            text += f'git-tree-sha1 = "{"0" * 40}"\n'
        elif kind in ("path", "file", "absent"):
            place = folder / "dev" / name
            if kind != "absent":
                (place / "src").mkdir(parents=True, exist_ok=True)
                (place / "src" / f"{name}.jl").write_text("")
            text += f'path = "dev/{name}{f"/src/{name}.jl" if kind == "file" else ""}"\n'
        if deps:
            text += f"\n    [{name}.deps]\n" + "".join(
                f'    {other} = "{UUIDS[other] if rng.random() < 0.8 else OTHER}"\n' for other in deps)
        return text + "\n"

    def manifest(self, rng, folder, name):
        listed = sorted(rng.sample(list(UUIDS), rng.randrange(4)))
        (folder / name).write_text("".join(self.entry(rng, package, folder, listed) for package in listed))

    def environment(self, rng, folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        project = ""
        if rng.random() < 0.25:
            name = rng.choice(list(UUIDS))
            project += f'name = "{name}"\nuuid = "{UUIDS[name] if rng.random() < 0.8 else OTHER}"\n'
            if rng.random() < 0.8:
                (folder / "src").mkdir()
                (folder / "src" / f"{name}.jl").write_text("")
        if rng.random() < 0.2:
            project += 'manifest = "named/Manifest.toml"\n'
            (folder / "named").mkdir()
            if rng.random() < 0.5:
                self.manifest(rng, folder / "named", "Manifest.toml")
        project += "\n[deps]\n" + "".join(f'{name} = "{UUIDS[name]}"\n' for name in UUIDS if rng.random() < 0.7)
        if rng.random() < 0.9:
            (folder / rng.choice(("Project.toml", "Project.toml", "JuliaProject.toml"))).write_text(project)
        if rng.random() < 0.9:
            self.manifest(rng, folder, rng.choice(("Manifest.toml", "JuliaManifest.toml")))

    def packages(self, rng, folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in UUIDS:
            place = folder / (name + rng.choice(("", ".jl")))
            kind = rng.choice(("package", "package", "without a project", "file", "nothing"))
            if kind in ("package", "without a project"):
                (place / "src").mkdir(parents=True)
                (place / "src" / f"{name}.jl").write_text("")
            if kind == "package":
                deps = "".join(f'{other} = "{rng.choice((UUIDS[other], OTHER))}"\n' for other in UUIDS
                               if other != name and rng.random() < 0.6)
                (place / "Project.toml").write_text(
                    f'name = "{name}"\nuuid = "{rng.choice((UUIDS[name], UUIDS[name], OTHER))}"\n[deps]\n{deps}')
            if kind == "file" or (kind == "package" and place.name == name and rng.random() < 0.2):
                (folder / f"{name}.jl").write_text("")

    def situation(self, rng):
        """Writes environments, and returns a load path over them."""
        for folder in ("a", "b", "active", "work", "depot/environments/v1.5", "second/environments/v1.5",
                       "second/environments/other", "second/environments/v1.5.3"):
            if folder != "work":
                self.environment(rng, self.base / folder)
            if folder.startswith("depot") and rng.random() < 0.5:
                shutil.rmtree(self.base / folder)
        for name in ("Project.toml", "JuliaProject.toml", "Manifest.toml", "JuliaManifest.toml"):
            (self.base / "work" / name).unlink(missing_ok=True)
        if rng.random() < 0.7:
            self.environment(rng, self.base / "copied")
            for path in (self.base / "copied").glob("*.toml"):
                shutil.move(path, self.base / "work" / path.name)
        self.packages(rng, self.base / "folder")
        elements = [str(self.base / "a"), f"{self.base}/b", f"{self.base}/a/Project.toml", f"{self.base}/folder",
                    f"{self.base}/nowhere", "@", "@.", "@v#.#", "@v1.5", "@v#.#.#", "@other", "@none", "@stdlib", "",
                    "../../b", "~/none", f"{self.base}/b/JuliaProject.toml"]
        return ":".join(rng.sample(elements, rng.randrange(1, 6)))

    # ---- what is said of it

    def ours(self, load_path):
        ran = subprocess.run(
            [JIRELOC, "check", "--quiet", "--json", "--depot", f"{self.base}/depot:{self.base}/second", "--project",
             load_path, *self.images.values()], cwd=self.base / "work/below", env=self.env, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        if ran.returncode == 2:
            return None, ran.stderr
        return {report["package"]["name"]: report for report in map(json.loads, ran.stdout.splitlines())}, ran.stderr

    def compare(self, load_path, what):
        reports, said = self.ours(load_path)
        for package in UUIDS:
            source, names = self.ask(load_path, package)
            if reports is None:  # there is no environment, or one folder of packages, which has to be meant
                self.assertIn("there is no environment", said)
                if not load_path.endswith("/folder"):
                    self.assertEqual(source, "nothing", what)
                self.counts["none"] = self.counts.get("none", 0) + 1
                continue
            report = reports[package]
            located = report["located_source"]
            recorded = report["recorded_source"]
            ours = "nothing" if located in ("", recorded) else os.path.normpath(located)
            self.assertEqual(ours, source, (what, package, report))
            self.counts["found" if source != "nothing" else "not found"] = 1 + self.counts.get(
                "found" if source != "nothing" else "not found", 0)
            changed = {reason["message"].split()[0] for reason in report["reasons"]
                       if reason["code"] == "dep-uuid-changed"}
            for name, uuid in names.items():
                if uuid == "nothing" and name not in changed:
                    # Nobody knows who asks, so that nobody asks.
                    self.assertEqual(located, recorded, (what, package, name, report))
                    continue
                self.assertEqual(name in changed, uuid != UUIDS[name], (what, package, name, uuid, report["reasons"]))
                kind = "another name" if name in changed else "same name"
                self.counts[kind] = self.counts.get(kind, 0) + 1

    def test_both_find_the_same_sources_and_names_on_every_load_path(self):
        print(f"seed {SEED}, {TRIALS} load paths (JIRELOC_SEED=… repeats them)", file=sys.stderr)
        type(self).counts = {}
        for number in range(TRIALS):
            rng = random.Random(SEED + number)
            load_path = self.situation(rng)
            if load_path:
                self.compare(load_path, f"load path {number} (seed {SEED}): {load_path}")
        print(f"what was compared: {self.counts}", file=sys.stderr)
        for kind in ("found", "not found", "same name", "another name"):
            self.assertGreater(self.counts.get(kind, 0), TRIALS // 20, self.counts)


if __name__ == "__main__":
    unittest.main(verbosity=2)
