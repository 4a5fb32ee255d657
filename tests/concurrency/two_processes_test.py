"""Two processes on one tree: whoever wins, every image is whole and either old or new, and none is lost."""
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from short_run import LONG, REDUCED  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
MAKE_DEPOT = os.path.join(os.environ["JIRELOC_BUILD"], "tools", "make-depot")
ROUNDS = 100 if LONG else 1 if REDUCED else 3
IMAGES = 24 if REDUCED else 40
OLD = "/home/pkgeval/.julia"
UNSYNCED = "--durability=none"


def make_depot(folder, kind, recorded=None):
    subprocess.run([MAKE_DEPOT, "--corpus", os.environ["JIRELOC_CORPUS"], "--images", str(IMAGES), "--total-size", f"{IMAGES // 8}M",
                    "--from", kind, "--recorded", recorded or str(folder), str(folder)],
                   check=True, stdout=subprocess.DEVNULL)


def contents(depot):
    """The files of `depot` and what is in them; a hard link is a file like any other."""
    return {path.relative_to(depot): path.read_bytes() for path in Path(depot).rglob("*") if path.is_file()}


def syncing(number):
    """The option of round `number`: the disk decides when what is synced is renamed, and a short run waits for it once."""
    return [] if LONG or number == 0 else [UNSYNCED]


def pairs(files):
    """The images by their stem: the bytes of the .ji, and of its library where there is one."""
    return {path.with_suffix(""): (files[path], files.get(path.with_suffix(".so")))
            for path in files if path.suffix == ".ji"}


def start(command, *arguments):
    return subprocess.Popen([JIRELOC, command, "--json", "-j2", *map(str, arguments)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def finish(process):
    out, err = process.communicate()
    return process.returncode, [json.loads(line) for line in out.splitlines()], err[:2000]


class TwoProcesses(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="j", dir="/tmp")  # payloads have room for 20 characters
        self.addCleanup(temporary.cleanup)
        self.top = Path(temporary.name)

    def copy(self, depot, name):
        shutil.rmtree(self.top / name, ignore_errors=True)
        subprocess.run(["cp", "-a", depot, self.top / name], check=True)
        return self.top / name

    def rewritten(self, depot, new, name):
        copy = self.copy(depot, name)
        finish(start("rewrite", UNSYNCED, "--map", f"{OLD}={new}", "--root", "/nonexistent", copy / "compiled"))
        return pairs(contents(copy))

    def race_of_rewrites(self, kind, targets):
        original = self.top / "original"
        make_depot(original, kind, OLD)
        before = contents(original)
        allowed = [pairs(before)] + [self.rewritten(original, new, "alone") for new in targets]
        self.assertNotEqual(allowed[0], allowed[1])
        won = collections.Counter()
        for number in range(ROUNDS):
            depot = self.copy(original, "raced")
            runs = [start("rewrite", *syncing(number), "--map", f"{OLD}={new}", "--root", "/nonexistent", depot / "compiled")
                    for new in targets]
            results = [finish(run) for run in runs]
            after = contents(depot)
            self.assertEqual(set(after), set(before), "files were lost, or temporary ones left")
            for stem, pair in pairs(after).items():
                states = [state[stem] for state in allowed]
                self.assertIn(pair, states, f"{stem} is neither old nor new")
                won[states.index(pair)] += 1
            for status, items, err in results:
                self.assertIn(status, (0, 1, 3), err)
                self.assertEqual(len(items), IMAGES, err)
        print(f"{kind}: of {ROUNDS * IMAGES} images {dict(won)} (0: old; 1, 2: the target of the first, second run)")
        self.assertEqual(won[0], 0, "one of the two gets there")

    def test_two_rewrites_in_place_to_one_target(self):
        for kind in ("1.10.8-plain", "1.10.8-split"):
            with self.subTest(kind=kind):
                self.race_of_rewrites(kind, ["/usr/share/julia", "/usr/share/julia"])
                shutil.rmtree(self.top / "original")

    def test_two_rewrites_in_place_to_different_targets_mix_no_pair(self):
        self.race_of_rewrites("1.10.8-split", ["/usr/share/julia", "/opt/jl"])

    def test_two_relocates_into_one_depot(self):
        worker = self.top / "worker"
        make_depot(worker, "1.10.8-plain")
        before = contents(worker)
        shared = self.top / "s"
        arguments = ["--from", worker, "--to", shared, "--lock-timeout", "120"]
        status, alone, err = finish(start("relocate", UNSYNCED, *arguments))
        self.assertEqual(status, 0, err)
        wanted = contents(shared)
        for number in range(ROUNDS):
            shutil.rmtree(shared)
            results = [finish(run) for run in [start("relocate", *syncing(number), *arguments) for _ in range(2)]]
            after = contents(shared)
            self.assertEqual({path: after[path] for path in after if path.name != ".jireloc-lock"},
                             {path: wanted[path] for path in wanted if path.name != ".jireloc-lock"})
            for status, items, err in results:
                self.assertEqual(status, 0, err)
                self.assertEqual(len(items), len(alone))
            done = collections.Counter(item["path"] for _, items, _ in results for item in items
                                       if item["status"] in ("merged", "relocated"))
            self.assertEqual(set(done.values()), {1}, "everything is done once, by one of the two")
            status, items, err = finish(start("prune", shared))
            self.assertEqual(status, 0, err)
            self.assertEqual([item for item in items if item["kind"] == "leftover"], [])
        self.assertEqual(contents(worker), before)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
