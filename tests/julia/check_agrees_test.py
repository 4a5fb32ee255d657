"""A real Julia 1.5.3 and `jireloc check` judge the same randomly damaged depots and must agree on every image."""
import json
import os
import pathlib
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import julia_depot  # noqa: E402
from short_run import LONG  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
DEPOTS = int(os.environ.get("JIRELOC_CHECK_DEPOTS") or (200 if LONG else 24))
SEED = int(os.environ.get("JIRELOC_SEED") or random.randrange(2**32))
SECOND = 1_000_000_000

# Answers a line each: "NAME<tab>UUID<tab>IMAGE" with what a fresh session says of that image.
SERVER = r'''
for line in eachline(stdin)
    name, uuid, image = split(line, '\t')
    entry = try Base.locate_package(Base.PkgId(Base.UUID(String(uuid)), String(name))) catch; "" end
    answer = try
        entry === nothing || entry == "" ? "no source" :
            Base.stale_cachefile(String(entry), String(image)) === true ? "stale" : "fresh"
    catch problem
        "unreadable"
    end
    println(answer)
    flush(stdout)
end
'''

# Answers a question that the real Julia was asked before as that did then: check asks each time who it is, which takes it
# longer than all else that is done to a depot.
REMEMBERING = r'''#!/bin/sh
answer="$0.$(printf '%s\n' "$@" | cksum | tr ' ' .)"
[ -e "$answer" ] || { JULIA "$@" >"$answer.new" && mv "$answer.new" "$answer"; } || exit
cat "$answer"
'''

# A package whose submodules ask for it by its own name: each Julia gives it itself.
OWN = "5eed0000-0000-4000-8000-000000000009"
OWN_FILES = {
    "Project.toml": f'name = "Own"\nuuid = "{OWN}"\nversion = "0.1.0"\n',
    "src/Own.jl": "module Own\nf() = 1\nmodule Sub\nusing Own\ng() = Own.f()\nend\n"
                  "module Other\nimport Own: f\nend\nend\n",
}


class Judge:
    """A Julia that stays and answers, as a new one would: it loads none of the packages."""

    def __init__(self, depot):
        env = {name: value for name, value in os.environ.items() if not name.startswith("JULIA_")}
        env["JULIA_DEPOT_PATH"] = str(depot.path)
        self.process = subprocess.Popen(
            [julia_depot.julia(), "--startup-file=no", "--history-file=no", f"--project={depot.environment}", "-e",
             SERVER], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, package, image):
        self.process.stdin.write(f"{package}\t{julia_depot.UUIDS[package]}\t{image}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Mutator:
    """Does one or two random things to a depot and can say what."""

    def __init__(self, depot, rng):
        self.depot, self.rng, self.done = depot, rng, []

    def run(self):
        for _ in range(self.rng.choice((1, 1, 2))):
            action = self.rng.choice((self.touch, self.truncate, self.rename, self.relink, self.edit, self.flip,
                                      self.flip_header, self.exchange, self.manifest))
            action()
        return "; ".join(self.done)

    def sources(self):
        return sorted(path for path in (self.depot.path / "packages").rglob("*") if path.is_file())

    def images(self):
        return [image for image in self.depot.images() if image.is_file()]

    def pick(self, files):
        return self.rng.choice(files) if files else None

    def touch(self):
        path = self.pick(self.sources())
        if path is None:
            return
        now = path.stat().st_mtime_ns
        change, time = self.rng.choice((
            ("+10 s", now + 10 * SECOND), ("floor", now // SECOND * SECOND), ("ceil", (now // SECOND + 1) * SECOND),
            ("microseconds", now // 1000 * 1000), ("milliseconds", now // 1000000 * 1000000), ("1.0", SECOND),
            ("0.0", 0), ("-500 ns", now - 500), ("+500 ns", now + 500), ("-1 ns", now - 1), ("same", now)))
        os.utime(path, ns=(time, time))
        self.done.append(f"touch {path.name} {change}")

    def truncate(self):
        path = self.pick(self.images() if self.rng.random() < 0.7 else self.sources())
        if path is None:
            return
        size = self.rng.choice((0, self.rng.randrange(200), self.rng.randrange(2000), path.stat().st_size - 1))
        size = max(0, min(size, path.stat().st_size))
        os.truncate(path, size)
        self.done.append(f"truncate {path.name} to {size}")

    def rename(self):
        path = self.pick(self.sources() + [folder for folder in (self.depot.path / "packages").glob("*/*")])
        if path is None:
            return
        path.rename(path.with_name(path.name + ".away"))
        self.done.append(f"rename {path.name}")

    def relink(self):
        path = self.pick(self.sources() + [folder for folder in (self.depot.path / "packages").glob("*/*")])
        if path is None:
            return
        target = path.with_name(path.name + ".target")
        how = self.rng.choice(("moved", "copied", "copied without time", "dangling"))
        path.rename(target)
        if how.startswith("copied") and target.is_file():
            copy = target.with_name(target.name + ".copy")
            (shutil.copy2 if how == "copied" else shutil.copyfile)(target, copy)
            target = copy
        path.symlink_to(target if how != "dangling" else "/nonexistent/place")
        self.done.append(f"re-link {path.name}, {how}")

    def edit(self):
        path = self.pick(self.sources())
        if path is None:
            return
        times = path.stat()
        with open(path, "ab") as out:
            out.write(b"# edited\n")
        keep = self.rng.random() < 0.5
        if keep:
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.done.append(f"edit {path.name}, time {'kept' if keep else 'new'}")

    def flip_at(self, choose):
        path = self.pick(self.images())
        if path is None or path.stat().st_size == 0:
            return
        content = bytearray(path.read_bytes())
        at = choose(len(content))
        content[at] ^= 1 << self.rng.randrange(8)
        path.write_bytes(content)
        self.done.append(f"flip a bit of {path.parent.name}'s image at {at}")

    def flip(self):
        self.flip_at(self.rng.randrange)

    def flip_header(self):
        self.flip_at(lambda size: self.rng.randrange(min(size, 2600)))

    def exchange(self):
        images = self.images()
        if len(images) < 2:
            return
        a, b = self.rng.sample(images, 2)
        shutil.copyfile(a, b)
        self.done.append(f"{a.parent.name}'s image put in place of {b.parent.name}'s")

    def manifest(self):
        manifest = self.depot.environment / "Manifest.toml"
        entries = manifest.read_text().split("\n\n")
        how = self.rng.choice(("drop an entry", "another tree", "no dependencies"))
        at = self.rng.randrange(len(entries) - 1) if len(entries) > 1 else 0
        if how == "drop an entry":
            del entries[at]
        elif how == "another tree":
            entries[at] = entries[at].replace('git-tree-sha1 = "', 'git-tree-sha1 = "0', 1)
            entries[at] = "\n".join(line[:-2] + '"' if line.startswith("git-tree") else line
                                    for line in entries[at].split("\n"))
        else:
            entries[at] = "\n".join("deps = []" if line.startswith("deps") else line for line in entries[at].split("\n"))
        manifest.write_text("\n\n".join(entries))
        self.done.append(f"manifest: {how} ({at})")


class CheckAgrees(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="jr"))
        cls.addClassCleanup(shutil.rmtree, cls.base)
        cls.depot = julia_depot.Depot(cls.base / "depot", cls.base / "environment")
        julia_depot.UUIDS["Own"], julia_depot.DEPENDENCIES["Own"] = uuid.UUID(OWN), []
        cls.depot.install({**julia_depot.PACKAGES, "Own": OWN_FILES})
        assert cls.depot.facts(program=julia_depot.PROGRAM + "using Own; println(\"own: \", Own.Sub.g())")["own"] == "1"
        for part in ("depot", "environment"):
            subprocess.run(["cp", "-a", cls.base / part, cls.base / f"{part}.pristine"], check=True)
        cls.remembering = cls.base / "julia"
        cls.remembering.write_text(REMEMBERING.replace("JULIA", shlex.quote(julia_depot.julia())))
        cls.remembering.chmod(0o755)

    def restore(self):
        for part in ("depot", "environment"):
            subprocess.run(["rm", "-rf", self.base / part], check=True)
            subprocess.run(["cp", "-a", self.base / f"{part}.pristine", self.base / part], check=True)

    def ours(self):
        ran = subprocess.run(
            [JIRELOC, "check", "--json", "--julia", self.remembering, "--depot", self.depot.path, "--project",
             self.depot.environment, *self.depot.images()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertIn(ran.returncode, (0, 1, 3), ran.stderr)
        return {report["path"]: report for report in map(json.loads, ran.stdout.splitlines())}

    def test_a_package_that_asks_for_its_own_name_is_fresh(self):
        self.restore()
        judge = Judge(self.depot)
        self.addCleanup(judge.close)
        image = next(self.depot.compiled.rglob("Own/*.ji"))
        said = json.loads(subprocess.run([JIRELOC, "inspect", "--json", image], stdout=subprocess.PIPE).stdout)
        self.assertEqual([(entry["to"]["name"], entry["modpath"]) for entry in said["requires"]],
                         [("Own", ["Sub"]), ("Own", ["Other"])])
        self.assertEqual(judge.ask("Own", image), "fresh")
        report = self.ours()[str(image)]
        self.assertEqual((report["verdict"], report["reasons"], report["loads"]), ("fresh", [], True))

    def story(self, package):
        ran = subprocess.run(
            [JIRELOC, "check", "--explain", package, "--json", "--julia", julia_depot.julia(), "--depot", self.depot.path,
             "--project", self.depot.environment], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertIn(ran.returncode, (0, 1), ran.stderr)
        return json.loads(ran.stdout)

    def paste(self, command):
        ran = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             env={**os.environ, "PATH": f"{pathlib.Path(JIRELOC).parent}:{os.environ['PATH']}"})
        self.assertEqual(ran.returncode, 0, f"{command}\n{ran.stdout}")

    def test_the_story_names_the_file_that_julia_rejects_and_its_command_mends(self):
        self.restore()
        manifest = self.depot.environment / "Manifest.toml"  # Pkg 1.5 cannot read an empty list
        manifest.write_text(manifest.read_text().replace("deps = []\n", ""))
        self.assertEqual(self.story("Top")["outcome"], "loads")
        leaf, = self.depot.compiled.rglob("Leaf/*.ji")
        source = next(self.depot.path.glob("packages/Leaf/*/src/inner/deep.jl"))
        os.utime(source, ns=(10 * SECOND, 10 * SECOND))
        entry = next(self.depot.path.glob("packages/Leaf/*/src/Leaf.jl"))
        said = subprocess.run(
            [julia_depot.julia(), "--startup-file=no", f"--project={self.depot.environment}", "-e",
             f'print(Base.stale_cachefile("{entry}", "{leaf}") === true)'],
            env={**os.environ, "JULIA_DEPOT_PATH": str(self.depot.path), "JULIA_DEBUG": "loading"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(said.stdout, "true")
        words = f"Rejecting stale cache file {leaf} (mtime "
        self.assertIn(words, said.stderr)
        self.assertIn(f"because file {source} (mtime 10.0) has changed", said.stderr)
        story = self.story("Top")
        self.assertEqual((story["outcome"], story["chain"][0], story["chain"][-1]), ("compiles", "Top", "Leaf"))
        self.assertIn(f"the mtime of {source} is 10", story["root"])
        self.assertIn("Rejecting stale cache file ... (mtime ...) because file ... (mtime ...) has changed",
                      self.story("Leaf")["tried"][0]["julia_says"])
        self.paste(story["command"])
        self.assertEqual(self.story("Top")["outcome"], "loads")
        with open(source, "a") as out:
            out.write("# edited\n")
        story = self.story("Top")
        self.assertIn("Base.require(Main, Symbol(name))", story["command"])
        self.paste(story["command"])
        self.assertEqual(self.story("Top")["outcome"], "loads")
        self.assertEqual({report["verdict"] for report in self.ours().values()}, {"fresh"})

    def test_both_judge_every_image_of_every_damaged_depot_alike(self):
        print(f"seed {SEED}, {DEPOTS} depots (JIRELOC_SEED=… repeats them)", file=sys.stderr)
        judge = Judge(self.depot)
        self.addCleanup(judge.close)
        counts, wrong = {}, []
        for number in range(DEPOTS):
            self.restore()
            what = Mutator(self.depot, random.Random(SEED + number)).run()
            reports = self.ours()
            for image in self.depot.images():
                theirs = judge.ask(image.parent.name, image)
                report = reports[str(image)]
                counts[theirs] = counts.get(theirs, 0) + 1
                # Where Julia locates no source it asks nothing of the image. Ours is held against its own recorded
                # source where the manifest does not know the package, else not called fresh.
                own = report.get("located_source") == report.get("recorded_source")
                agree = report["verdict"] == theirs or (theirs == "no source" and (report["verdict"] != "fresh" or own))
                # Julia rejects what does not begin with the magic, as it does all that is stale; check says why.
                if theirs == "stale" and image.stat().st_size and image.read_bytes()[:8] != b"\xfbjli\r\n\x1a\n":
                    agree = report["verdict"] == "unreadable"
                if not agree:
                    wrong.append(f"depot {number} ({what}): {image.parent.name}: Julia says {theirs}, "
                                 f"jireloc {report['verdict']}: {report['reasons']} {report['notes']}")
        print(f"Julia's answers: {counts}", file=sys.stderr)
        self.assertEqual(wrong, [], "\n".join(wrong))
        if DEPOTS >= 200:
            self.assertTrue(all(counts.get(verdict, 0) > 0 for verdict in ("fresh", "stale", "unreadable")), counts)


if __name__ == "__main__":
    unittest.main(verbosity=2)
