"""The examples for GitHub and GitLab: their shell steps are run as the runners run them, with a cache that is a folder."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["JIRELOC_SOURCE"])
sys.path.insert(0, str(SOURCE / "tests/support"))
import skips  # noqa: E402
from corpus_depots import unpack  # noqa: E402

try:
    import yaml
except ImportError:
    yaml = None

JIRELOC = os.environ["JIRELOC"]
EXAMPLES = SOURCE / "tools/examples"
OLD = "/home/pkgeval/.julia"
FOLDER = ".jireloc-depot"
PACKAGES = {"Leaf", "Mid", "Big", "Prefs", "MidPrefsExt"}  # Top has a build script: it is never cached
JULIA = '#!/bin/sh\ncase "$*" in *VERSION*) printf %s "$FAKE_VERSION" ;; *) echo "julia $*" >>"$HOME/ran" ;; esac\n'


def load(path):
    return yaml.safe_load((EXAMPLES / path).read_text(encoding="utf-8"))


class Store:
    """What a service keeps between jobs. Files come out with other times than they had."""

    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir()

    def keys(self):
        return sorted(path.name for path in self.folder.iterdir())

    def restore(self, key, prefixes, place):
        found = [name for wanted in (key, *prefixes) for name in self.keys() if name.startswith(wanted)]
        if found:
            shutil.copytree(self.folder / found[0], place, copy_function=shutil.copyfile, dirs_exist_ok=True)
        return bool(found) and found[0] == key

    def save(self, key, place):
        if key not in self.keys():
            shutil.copytree(place, self.folder / key)


class Job:
    """A checked-out project, in a folder of its own, with a home."""

    def __init__(self, top, name, store, version="1.10.8"):
        self.place, self.home, self.store, self.outputs = top / name / "work", top / name / "home", store, {}
        bin_folder = top / name / "bin"
        for folder in (self.place, self.home, bin_folder):
            folder.mkdir(parents=True)
        (self.place / "Project.toml").write_text('[deps]\nTop = "1"\n')
        (self.place / "Manifest.toml").write_text("julia_version = \"1.10.8\"\n")
        (bin_folder / "jireloc").symlink_to(JIRELOC)
        (bin_folder / "julia").write_text(JULIA)
        (bin_folder / "julia").chmod(0o755)
        self.environment = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "HOME": str(self.home), "FAKE_VERSION": version}

    @property
    def depot(self):
        return self.place / FOLDER

    def shell(self, script, **more):
        done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], cwd=self.place,
                              env={**self.environment, **more}, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{script}\n{done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def compile(self):
        """What Julia would have left in the user's depot."""
        unpack("1.10.8-plain", self.home / ".julia")
        done = subprocess.run([JIRELOC, "rewrite", "--map", f"{OLD}={self.home}/.julia", self.home / ".julia/compiled"],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def verdicts(self):
        """How Julia would see the images of the cached depot."""
        told = subprocess.run([JIRELOC, "check", "--depot", str(self.depot), self.depot / "compiled"], capture_output=True, text=True)
        return told.stdout

    def images(self):
        return {path.parent.name for path in self.depot.glob("compiled/*/*/*.ji")}

    def names_anywhere(self, text):
        return [path for path in self.depot.rglob("compiled/*/*/*.ji") if text.encode() in path.read_bytes()]


class GitHub(Job):
    def value(self, text, inputs, steps):
        def look_up(match):
            kind, _, name = match[1].partition(".")
            if kind == "inputs":
                return str(inputs[name])
            step, _, output = name.partition(".outputs.")
            return str(steps[step].get(output, ""))
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", look_up, text)

    def holds(self, condition, inputs):
        kind, value = re.fullmatch(r"inputs\.(\w+) != '(\w+)'", condition).groups()
        return str(inputs[kind]) != value

    def act(self, path, **given):
        """Runs a composite action; its outputs."""
        action = load(path)
        inputs = {name: given.get(name, spec.get("default")) for name, spec in action["inputs"].items()}
        assert set(given) <= set(inputs) and None not in inputs.values(), (given, inputs)
        steps = {}
        for step in action["runs"]["steps"]:
            if "if" in step and not self.holds(step["if"], inputs):
                continue
            told = steps.setdefault(step.get("id", ""), {})
            with_ = {name: self.value(value, inputs, steps) for name, value in step.get("with", {}).items()}
            if "uses" in step:
                self.cache(step["uses"], with_, told)
            else:
                env = {name: self.value(value, inputs, steps) for name, value in step.get("env", {}).items()}
                self.run(step, env, told)
        return {name: self.value(spec["value"], inputs, steps) for name, spec in action.get("outputs", {}).items()}

    def run(self, step, env, told):
        assert step["shell"] == "bash"
        files = {name: self.home / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV")}
        for file in files.values():
            file.write_text("")
        self.said = self.shell(step["run"], **env, **{name: str(file) for name, file in files.items()},
                               GITHUB_WORKSPACE=str(self.place), RUNNER_OS="Linux", RUNNER_ARCH="X64")
        for name, target in (("GITHUB_OUTPUT", told), ("GITHUB_ENV", self.environment)):
            target.update(line.split("=", 1) for line in files[name].read_text().splitlines())

    def cache(self, uses, with_, told):
        assert not with_["path"].startswith("/"), "another runner would not find it"
        if uses == "actions/cache/restore@v4":
            hit = self.store.restore(with_["key"], with_["restore-keys"].split(), self.place / with_["path"])
            told["cache-hit"] = "true" if hit else ""
        else:
            assert uses == "actions/cache/save@v4"
            self.store.save(with_["key"], self.place / with_["path"])

    def restore(self, **given):
        self.restored = self.act("github-action/restore/action.yml", **given)
        return self.restored

    def save(self):
        self.act("github-action/save/action.yml", **self.restored)


class GitLab(Job):
    """With the folder of the project as `job` says it."""

    def run(self, job):
        env = {"CI_PROJECT_DIR": str(self.place)}
        for name, value in job["variables"].items():
            env[name] = value.replace("$CI_PROJECT_DIR", str(self.place))
        files = [(self.place / name).read_bytes() for name in job["cache"]["key"]["files"]]
        key = f"{job['cache']['key']['prefix']}-{hashlib.sha1(b''.join(files)).hexdigest()}"
        folder, = job["cache"]["paths"]
        self.store.restore(key, [], self.place / folder)
        # One shell for both; what is compiled comes about where Julia is called.
        self.said = self.shell("\n".join(job["before_script"]), **env)
        self.on_start()
        self.shell("\n".join(job["before_script"] + job["script"]), **env)
        self.store.save(key, self.place / folder)


@unittest.skipIf(yaml is None, "no PyYAML here")
class CiCache(unittest.TestCase):
    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.top)
        self.store = Store(self.top / "store")

    def first(self):
        job = GitHub(self.top, "first", self.store)
        self.assertEqual(job.restore()["hit"], "")
        job.compile()
        job.save()
        return job

    def test_what_one_runner_saves_is_fresh_at_another_place_of_another_length(self):
        first = self.first()
        self.assertEqual(self.store.keys(), [first.restored["key"]])
        for name in ("b", "a-runner-with-a-longer-name"):
            job = GitHub(self.top, name, self.store)
            self.assertEqual(job.restore()["hit"], "true")
            self.assertEqual(job.images(), PACKAGES)
            self.assertIn("5 images: 5 fresh", job.verdicts())
            for old in (OLD, str(first.place), str(first.home)):
                self.assertEqual(job.names_anywhere(old), [])
            self.assertEqual(job.environment["JULIA_DEPOT_PATH"], f"{job.home}/.julia:{job.depot}:")

    def test_the_key_is_of_julia_processor_and_packages(self):
        keys = [self.first().restored["key"]]
        other = GitHub(self.top, "version", self.store, version="1.10.9")
        keys.append(other.restore()["key"])
        self.assertFalse(other.depot.exists(), "that is no use to another Julia")
        target = GitHub(self.top, "target", self.store)
        target.environment["JULIA_CPU_TARGET"] = "generic"
        keys.append(target.restore()["key"])
        self.assertFalse(target.depot.exists())
        package = GitHub(self.top, "package", self.store)
        (package.place / "Manifest.toml").write_text("")
        keys.append(package.restore()["key"])
        self.assertEqual(package.images(), PACKAGES, "the nearest one is restored")
        self.assertEqual(len(set(keys)), 4)
        package.save()
        self.assertEqual(self.store.keys(), sorted([keys[0], keys[3]]))

    def test_nothing_is_merged_where_nothing_is_new(self):
        self.first()
        job = GitHub(self.top, "again", self.store)
        job.restore()
        job.compile()
        before = sorted(job.depot.rglob("*"))
        job.save()
        self.assertEqual(sorted(job.depot.rglob("*")), before)

    def test_an_image_that_cannot_be_relocated_stops_no_job(self):
        self.first()
        key, = self.store.keys()
        image = next((self.store.folder / key).glob("compiled/*/Leaf/*.ji"))
        image.write_bytes(image.read_bytes()[:300])
        job = GitHub(self.top, "second", self.store)
        job.restore()
        self.assertIn("::notice::some images", job.said)

    def test_the_workflow_names_inputs_and_outputs_that_there_are(self):
        steps = load("github-action/workflow.yml")["jobs"]["test"]["steps"]
        restore, = (step for step in steps if step.get("uses") == "./.github/actions/jireloc-restore")
        save, = (step for step in steps if step.get("uses") == "./.github/actions/jireloc-save")
        outputs = load("github-action/restore/action.yml")["outputs"]
        for name, value in save["with"].items():
            self.assertEqual(value, f"${{{{ steps.{restore['id']}.outputs.{name} }}}}")
            self.assertIn(name, outputs)
            self.assertIn(name, load("github-action/save/action.yml")["inputs"])

    def test_the_gitlab_job_saves_what_the_next_one_uses_at_its_place(self):
        job = load("gitlab-ci.yml")["test"]
        first, second = GitLab(self.top, "concurrent-0", self.store), GitLab(self.top, "concurrent-0-1", self.store)
        first.on_start = first.compile
        first.run(job)
        self.assertEqual(len(self.store.keys()), 1)
        seen = []
        second.on_start = lambda: seen.append(second.verdicts())
        second.run(job)
        self.assertIn("5 images: 5 fresh", seen[0])
        self.assertEqual(second.names_anywhere(str(first.place)), [])
        self.assertIn("Pkg.test()", (second.home / "ran").read_text())


if __name__ == "__main__":
    skips.main()
