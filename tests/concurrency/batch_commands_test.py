"""Many threads do what one does, over hundreds of images with hard links among them. In a build with ThreadSanitizer
(tools/test --tsan) every report fails the test."""
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
CORPUS = Path(os.environ["JIRELOC_CORPUS"])
MAKE_DEPOT = os.path.join(os.environ["JIRELOC_BUILD"], "tools", "make-depot")
TSAN = b"__tsan_init" in Path(JIRELOC).read_bytes()
IMAGES = 400 if LONG else 200 if TSAN else 60 if REDUCED else 120
KINDS = ["1.8.2-plain", "1.10.8-split", "1.12.5-plain"]
THREADS = (1, 8) if REDUCED else (1, 4, 8)
# Only the run with the most threads waits for the disk, unless all is asked for.
UNSYNCED = {threads: [] if LONG or threads == THREADS[-1] else ["--durability=none"] for threads in THREADS}
REPORT = 66  # the exit status of a program about which ThreadSanitizer has a report


def contents(folder):
    """What is in the files of a tree, and which of them are one file."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".jireloc-lock"]
    names = {}
    for path in files:
        names.setdefault(path.stat().st_ino, set()).add(path.relative_to(folder))
    return {path.relative_to(folder): (path.read_bytes(), frozenset(names[path.stat().st_ino])) for path in files}


class BatchCommands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # A short name: payloads have room for 20 characters.
        cls.temporary = tempfile.TemporaryDirectory(prefix="j", dir="/tmp")
        cls.top = Path(cls.temporary.name)
        cls.depot = cls.top / "d"
        options = [option for kind in KINDS for option in ("--from", kind)]
        subprocess.run([MAKE_DEPOT, "--corpus", CORPUS, "--images", str(IMAGES), "--total-size", f"{IMAGES // 16}M",
                        *options, cls.depot], check=True, stdout=subprocess.DEVNULL)
        cls.project = next((cls.depot / "environments").iterdir())

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def run_command(self, threads, command, *arguments, statuses=(0,)):
        run = subprocess.run([JIRELOC, command, "--json", f"-j{threads}", *map(str, arguments)], capture_output=True,
                             text=True, env={**os.environ, "TSAN_OPTIONS": f"exitcode={REPORT}"})
        self.assertNotIn("ThreadSanitizer", run.stderr)
        self.assertIn(run.returncode, statuses, run.stderr[:2000])
        return [json.loads(line) for line in run.stdout.splitlines()]

    def same_for_all_threads(self, command, *arguments, statuses=(0,), least=1):
        said = [self.run_command(threads, command, *arguments, statuses=statuses) for threads in THREADS]
        self.assertGreaterEqual(len(said[0]), least)
        for other in said[1:]:
            self.assertEqual(other, said[0])

    def fresh_copy(self):
        """The depot at a place of always the same name, with a second name for every file of an image."""
        copy = self.top / "w"
        shutil.rmtree(copy, ignore_errors=True)
        subprocess.run(["cp", "-a", self.depot, copy], check=True)
        subprocess.run(["cp", "-al", copy / "compiled", copy / "linked"], check=True)
        return copy

    def test_inspect(self):
        self.same_for_all_threads("inspect", "--verify", self.depot / "compiled", least=IMAGES)

    def test_scan(self):
        self.same_for_all_threads("scan", self.depot / "compiled", statuses=(1,), least=IMAGES)

    def test_check(self):
        for options in ([], ["--content"]):
            self.same_for_all_threads("check", "--depot", self.depot, "--project", self.project, *options,
                                      self.depot / "compiled", statuses=(0, 1), least=IMAGES)

    def test_rewrite_without_writing(self):
        copy = self.fresh_copy()
        self.same_for_all_threads("rewrite", "--dry-run", "--map", f"{self.depot}={copy}", copy / "compiled",
                                  copy / "linked", statuses=(0, 1), least=2 * IMAGES)

    def test_rewrite_elsewhere_and_in_place(self):
        results = []
        for threads in THREADS:
            copy = self.fresh_copy()
            out = self.top / "out"
            shutil.rmtree(out, ignore_errors=True)
            mapping = [*UNSYNCED[threads], "--map", f"{self.depot}={copy}"]
            elsewhere = self.run_command(threads, "rewrite", *mapping, "-o", out, copy / "compiled", statuses=(0, 1))
            in_place = self.run_command(threads, "rewrite", *mapping, copy / "compiled", copy / "linked",
                                        statuses=(0, 1))
            replaced = [item["payload"]["replaced"] for item in elsewhere if "payload" in item]
            self.assertGreater(sum(counts.get("path-constant", 0) for counts in replaced), 0)
            results.append((elsewhere, in_place, contents(out), contents(copy)))
        for name, (_, together) in results[0][3].items():
            if name.parts[0] == "compiled":
                self.assertIn(Path("linked", *name.parts[1:]), together, "a hard link was cut")
        for other in results[1:]:
            self.assertEqual(other, results[0])

    def test_relocate_and_prune(self):
        results = []
        for threads in THREADS:
            shared = self.top / "s"
            shutil.rmtree(shared, ignore_errors=True)
            merged = self.run_command(threads, "relocate", *UNSYNCED[threads], "--from", self.depot, "--to", shared)
            self.assertGreaterEqual(len([i for i in merged if i["status"] == "relocated"]), IMAGES // 2)
            kept = self.run_command(threads, "prune", shared)
            self.assertEqual({item["status"] for item in kept}, {"kept"})
            results.append((merged, kept, contents(shared)))
        for other in results[1:]:
            self.assertEqual(other, results[0])

    @unittest.skipIf(REDUCED, "other tests of this build read the corpus, and the other one with threads")
    def test_the_corpus(self):
        self.same_for_all_threads("inspect", CORPUS, least=100)
        self.same_for_all_threads("scan", CORPUS, statuses=(1,), least=100)
        self.same_for_all_threads("check", CORPUS, statuses=(1, 3), least=100)
        written = []
        for threads in THREADS:
            out = self.top / "corpus"
            shutil.rmtree(out, ignore_errors=True)
            self.run_command(threads, "rewrite", *UNSYNCED[threads], "--map", "/home/pkgeval/.julia=/usr/share/julia",
                             "--root", "/nonexistent", "-o", out, CORPUS, statuses=(0, 1, 3))
            written.append(contents(out))
        self.assertGreaterEqual(len(written[0]), 60)
        for other in written[1:]:
            self.assertEqual(other, written[0])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
