"""A test farm with a real Julia 1.5.3: install a package, use it, relocate the user's depot into the shared one."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import julia_depot  # noqa: E402

# Packages of the farm beside Leaf, Mid and Top: what must stay out of a shared depot, and who depends on it.
ODD = {"Built": [], "Edited": [], "Developed": [], "UsesBuilt": ["Built"], "UsesEdited": ["Edited"], "UsesDeveloped": ["Developed"]}
UUIDS = julia_depot.UUIDS | {name: uuid.UUID(f"0dd00000-0000-4000-8000-00000000000{i}") for i, name in enumerate(ODD)}
DEPENDENCIES = julia_depot.DEPENDENCIES | ODD


def files_of(name):
    if name in julia_depot.PACKAGES:
        return julia_depot.PACKAGES[name]
    wanted = "".join(f'{other} = "{UUIDS[other]}"\n' for other in ODD[name])
    files = {"Project.toml": f'name = "{name}"\nuuid = "{UUIDS[name]}"\nversion = "0.1.0"\n\n[deps]\n{wanted}',
             f"src/{name}.jl": f"module {name}\n" + "".join(f"using {other}\n" for other in ODD[name]) +
                               f"answer() = \"{name}\"\nend\n"}
    return files | ({"deps/build.jl": "println(1)\n"} if name == "Built" else {})


def write(folder, files):
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")


class Farm(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="jr"))
        self.addCleanup(shutil.rmtree, self.base)
        self.user, self.shared = self.base / "home/pkgeval/.julia", self.base / "share/julia"
        self.shared.mkdir(parents=True)
        self.manifest = {}

    def install(self, name):
        """Puts a package into the user's depot as Pkg does, or where it is developed."""
        if name == "Developed":
            write(self.base / "dev" / name, files_of(name))
            self.manifest[name] = f'path = "{self.base}/dev/{name}"\n'
            return
        staging = self.user / "packages" / name / "staging"
        write(staging, files_of(name))
        tree = julia_depot.tree_hash(staging)
        staging.rename(staging.parent / julia_depot.version_slug(UUIDS[name], tree))
        self.manifest[name] = f'git-tree-sha1 = "{tree.hex()}"\n'

    def use(self, *names):
        """A new Julia, the user's depot before the shared one, uses packages; what it prints."""
        environment = self.base / "environment"
        environment.mkdir(exist_ok=True)
        (environment / "Manifest.toml").write_text("".join(
            f'[[{name}]]\n{source}uuid = "{UUIDS[name]}"\nversion = "0.1.0"\n' +
            f"deps = {DEPENDENCIES[name]}\n\n".replace("'", '"') for name, source in self.manifest.items()))
        (environment / "Project.toml").write_text(
            "[deps]\n" + "".join(f'{name} = "{UUIDS[name]}"\n' for name in self.manifest))
        self.user.mkdir(parents=True, exist_ok=True)
        program = "".join(f"using {name}\n" for name in names)
        program += "".join(f'println("{name}: ", {name}.answer())\n' for name in names if name not in ("Leaf", "Mid"))
        if "Leaf" in names:
            program += 'println("Leaf: ", join(Leaf.rows(), ","))\n'
        ran = julia_depot.Depot(self.user, environment).run(program, depots=[self.shared])
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return dict(line.split(": ", 1) for line in ran.stdout.splitlines())

    def images(self, depot):
        return {path.parent.name for path in depot.glob("compiled/v1.5/*/*.ji") if path.stat().st_size}

    def relocate(self, *options, statuses=(0,)):
        ran = subprocess.run([os.environ["JIRELOC"], "relocate", "--from", self.user, "--to", self.shared, *options],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        self.assertIn(ran.returncode, statuses, ran.stdout)
        return ran.stdout

    def test_each_round_compiles_only_what_is_new_and_the_next_user_starts_warm(self):
        rounds = [("Leaf", {"Leaf"}), ("Mid", {"Leaf", "Mid"}), ("Top", {"Leaf", "Mid", "Top"})]
        for name, so_far in rounds:
            with self.subTest(name):
                self.install(name)
                self.use(name, "Leaf")
                self.assertEqual(self.images(self.user), {name}, "compiled in this round")
                self.relocate()
                self.assertEqual(self.images(self.shared), so_far)
                shutil.rmtree(self.user)
        said = self.use("Top", "Leaf")
        self.assertEqual(said, {"Top": "69", "Leaf": "10,20,30"})
        self.assertEqual(self.images(self.user), set(), "an empty user depot stays empty")

    def test_what_must_not_be_cached_stays_out_with_everything_that_depends_on_it(self):
        for name in (*ODD, "Leaf"):
            self.install(name)
        self.use(*ODD, "Leaf")
        source = next(self.user.glob("packages/Edited/*/src/Edited.jl"))
        source.write_text(source.read_text() + "# edited\n")
        said = self.relocate("--strict", statuses=(1,))
        self.assertEqual(self.images(self.shared), {"Leaf"})
        packages = {path.name for path in (self.shared / "packages").iterdir() if any(path.iterdir())}
        self.assertEqual(packages & {"Built", "Edited", "Developed"}, set())
        self.assertIn("Leaf", packages)
        for name in ODD:
            self.assertIn(name, said)

    def test_a_second_run_finds_everything_there_already(self):
        self.install("Leaf")
        self.use("Leaf")
        self.relocate()
        state = {path: path.stat().st_ino for path in self.shared.rglob("*")}
        self.relocate()
        self.assertEqual({path: path.stat().st_ino for path in self.shared.rglob("*")}, state)


if __name__ == "__main__":
    unittest.main(verbosity=2)
