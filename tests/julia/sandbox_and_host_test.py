"""A farm's worker and its host, with a real Julia 1.5.3: the worker compiles in a sandbox (a mount namespace with an
overlay for a home and the shared depot read-only), the host, which sees none of that, merges what lies in the overlay's
upper folder; the next worker compiles nothing and runs right."""
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

SEEN = pathlib.Path("/mnt")  # in the sandbox a file system of its own
HOME, SHARED = SEEN / "home/worker", SEEN / "share/julia"

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import julia_depot  # noqa: E402
import skips  # noqa: E402

if __name__ == "__main__":
    skips.run_in_mount_namespace()

JIRELOC = os.environ["JIRELOC"]


def naming(name, number, note):
    """A package whose code names what is no part of it: a file below its depot's `environments`."""
    julia_depot.UUIDS[name] = julia_depot.uuid.UUID(f"5eed0000-0000-4000-8000-00000000002{number}")
    julia_depot.DEPENDENCIES[name] = []
    return {"Project.toml": f'name = "{name}"\nuuid = "{julia_depot.UUIDS[name]}"\nversion = "0.1.0"\n',
            f"src/{name}.jl": f'module {name}\nconst NOTE = joinpath(DEPOT_PATH[1], "environments", "{note}")\n'
                              "note() = read(NOTE, String)\nend\n"}


SANDBOX = """set -e
mount -t tmpfs tmpfs {seen}
mkdir -p {home} {shared}
mount -t overlay overlay -o lowerdir={base},upperdir={box}/upper,workdir={box}/work {home}
mount --bind {storage} {shared}
mount -o remount,bind,ro {shared}
mkdir -p {home}/.julia/packages
{setup}
JULIA_DEPOT_PATH={home}/.julia:{shared} exec {julia} --startup-file=no --history-file=no --color=no \\
  --project={environment} -e {program}
"""


class Box:
    def __init__(self, top):
        self.top, self.upper = top, top / "upper/.julia"
        (top / "upper").mkdir(parents=True)
        (top / "work").mkdir()

    def compiled(self):
        return {path.parent.name for path in (self.upper / "compiled").rglob("*.ji")}


class SandboxAndHost(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="jr"))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", self.top], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("no file system for an overlay's upper layer")
        self.addCleanup(subprocess.run, ["umount", "-l", self.top])
        self.base, self.storage = self.top / "base", self.top / "storage/shared"
        self.storage.mkdir(parents=True)
        (self.base / ".julia/packages").mkdir(parents=True)
        self.store = julia_depot.Depot(self.top / "store", self.top / "environment")
        self.store.install({**julia_depot.PACKAGES, "Upper": naming("Upper", 1, "upper.txt"),
                            "Lower": naming("Lower", 2, "lower.txt")})
        self.boxes = 0

    def in_sandbox(self, program, *packages, setup=""):
        """A worker's run in a new box, its packages installed there."""
        self.boxes += 1
        box = Box(self.top / "boxes" / str(self.boxes))
        install = "".join(f"cp -a {self.store.path}/packages/{package} {HOME}/.julia/packages\n" for package in packages)
        script = SANDBOX.format(seen=SEEN, home=HOME, shared=SHARED, base=self.base, box=box.top, storage=self.storage,
                                setup=install + setup, julia=julia_depot.julia(), program=shlex.quote(program),
                                environment=self.store.environment)
        ran = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", script], capture_output=True,
                             text=True, timeout=600)
        if "overlay" in ran.stderr and "mount" in ran.stderr:
            self.skipTest("no overlay can be mounted here: " + ran.stderr)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return box, ran.stdout

    def step(self, box, *options):
        """What the host does when the worker is gone."""
        self.assertFalse(HOME.exists(), "the host sees the sandbox")
        ran = subprocess.run(
            [JIRELOC, "relocate", "--json", "--from", HOME / ".julia", "--to", SHARED, "--mount",
             f"{HOME}={box.top}/upper", "--mount", f"{SHARED}={self.storage}", *options], capture_output=True, text=True)
        return ran, [json.loads(line) for line in ran.stdout.splitlines()]

    def prune(self):
        return subprocess.run([JIRELOC, "prune", "--mount", f"{SHARED}={self.storage}", SHARED], capture_output=True,
                              text=True)

    def test_three_rounds_in_the_sandbox_each_merged_from_the_host_and_the_next_worker_compiles_nothing(self):
        for new, program in (("Leaf", "using Leaf; print(Leaf.square(3), Leaf.rows())"),
                             ("Mid", "using Mid; print(Mid.sum_rows())"),
                             ("Top", "using Top, Leaf; print(Top.answer(), Leaf.rows())")):
            box, said = self.in_sandbox(program, new)
            self.assertEqual(box.compiled(), {new}, "the shared depot's images were not used")
            ran, items = self.step(box)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertEqual({(i["kind"], i["status"]) for i in items}, {("package", "merged"), ("image", "relocated")})
            for item in items:
                self.assertTrue(item["path"].startswith(str(box.upper)), item)
                self.assertTrue(item["seen"].startswith(f"{HOME}/.julia/"), item)
        next_box, again = self.in_sandbox(program)
        self.assertEqual((again, next_box.compiled()), (said, set()), "Julia compiled again, or the code does not work")
        for image in self.storage.rglob("*.ji"):
            self.assertNotIn(os.fsencode(self.top), image.read_bytes(), "a path of the host was written")
        pruned = self.prune()
        self.assertEqual(pruned.returncode, 0, pruned.stderr)

    def test_what_the_overlay_only_shows_is_looked_up_at_the_target_and_what_was_deleted_in_it_stays_there(self):
        for depot in (self.base / ".julia", self.storage):
            for package in ("Leaf", "Mid"):
                (depot / "packages").mkdir(exist_ok=True)
                subprocess.run(["cp", "-a", self.store.path / "packages" / package, depot / "packages"], check=True)
        box, said = self.in_sandbox("using Leaf; print(Leaf.rows())", setup=f"rm -r {HOME}/.julia/packages/Mid")
        self.assertFalse((box.upper / "packages/Leaf").exists())
        self.assertTrue((box.upper / "packages/Mid").is_char_device(), "the overlay left no whiteout")
        ran, items = self.step(box, "--move")
        self.assertEqual([(i["kind"], i["status"]) for i in items], [("image", "relocated")], ran.stderr)
        self.assertEqual(len(list((self.storage / "packages").glob("*/*/src"))), 2)
        shutil.rmtree(self.base / ".julia/packages")
        next_box, again = self.in_sandbox("using Leaf; print(Leaf.rows())")
        self.assertEqual((again, next_box.compiled()), (said, set()))

    def test_what_code_names_is_looked_up_where_julia_sees_it(self):
        (self.base / ".julia/environments").mkdir()
        (self.base / ".julia/environments/lower.txt").write_text("noted")
        program = "using Upper, Lower; print(Upper.note(), Lower.note())"
        note = f"echo -n noted >{HOME}/.julia/environments/upper.txt"
        box, said = self.in_sandbox(program, "Upper", "Lower", setup=note)
        self.assertEqual(said, "notednoted")
        # There for the worker, and not where the next one will look; of the other that cannot be told from here.
        ran, items = self.step(box)
        reasons = {pathlib.Path(i["path"]).parent.name: (i["status"], i["reasons"][0]["code"])
                   for i in items if i["kind"] == "image"}
        self.assertEqual(reasons, {"Upper": ("dropped", "constant-would-break"), "Lower": ("failed", "constant-unknown")})
        # With the notes where workers will see them, the images are as good as all others.
        shutil.copytree(self.base / ".julia/environments", self.storage / "environments")
        (self.storage / "environments/upper.txt").write_text("shared")
        ran, items = self.step(box)
        self.assertEqual({(i["kind"], i["status"]) for i in items}, {("package", "already-there"), ("image", "relocated")},
                         ran.stderr)
        next_box, said = self.in_sandbox(program)
        self.assertEqual((said, next_box.compiled()), ("sharednoted", set()))


if __name__ == "__main__":
    skips.main()
