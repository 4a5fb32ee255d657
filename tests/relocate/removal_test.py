"""What may be removed: what was disproved, or stands elsewhere. Never for a look that failed."""
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from relocate_test import JIRELOC, Depots
from short_run import LONG, REDUCED

KILLS = 60 if LONG else 4 if REDUCED else 12
NOBODY = 65534
SANITIZED = b"__asan_init" in Path(JIRELOC).read_bytes()  # UBSan opens pipes of its own to look at an address


def files_below(top: Path):
    return {str(p.relative_to(top)): p.read_bytes() for p in sorted(top.rglob("*"))
            if p.is_file() and not p.name.startswith(".jireloc-")}


class SharedDepot(Depots):
    """Relocated already, all well."""

    def __enter__(self):
        depots = super().__enter__()
        run = self.relocate("--allow-build-scripts")
        assert run.returncode == 0, run.stderr
        return depots

    def prune(self, *options, **arguments):
        command = [JIRELOC, "prune", "--delete", "--allow-build-scripts", *options, str(self.shared)]
        return subprocess.run(command, capture_output=True, text=True, **arguments)

    def limited(self, descriptors, *options):
        command = f'ulimit -n {descriptors}; exec "$0" prune --delete --allow-build-scripts "$@"'
        return subprocess.run(["bash", "-c", command, JIRELOC, *options, str(self.shared)], capture_output=True,
                              text=True)


class Removal(unittest.TestCase):
    def test_a_folder_that_cannot_be_entered_makes_nothing_bad(self):
        if os.getuid() != 0:
            self.skipTest("needs root, to become somebody whom modes stop")
        for hidden in ("packages", "packages/Leaf", "compiled/v1.10/Leaf", "compiled"):
            with SharedDepot("1.10.8-plain") as depots:
                depots.top.chmod(0o755)
                subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(depots.shared)], check=True)
                before = files_below(depots.shared)
                for mode in (0o000, 0o311):  # may not be entered; may not be listed
                    (depots.shared / hidden).chmod(mode)
                    run = depots.prune(user=NOBODY, group=NOBODY, extra_groups=[])
                    (depots.shared / hidden).chmod(0o755)
                    self.assertEqual(run.returncode, 3, f"{hidden} {mode:o}: {run.stdout} {run.stderr}")
                    self.assertEqual(files_below(depots.shared), before, f"{hidden} {mode:o}")

    def test_one_source_that_cannot_be_read_makes_its_image_and_dependents_unknown(self):
        if os.getuid() != 0:
            self.skipTest("needs root, to become somebody whom modes stop")
        with SharedDepot("1.10.8-plain") as depots:
            depots.top.chmod(0o755)
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(depots.shared)], check=True)
            before = files_below(depots.shared)
            source = next((depots.shared / "packages" / "Leaf").rglob("shapes.jl"))
            source.chmod(0o000)
            run = depots.prune("--verbose", user=NOBODY, group=NOBODY, extra_groups=[])
            source.chmod(0o644)
            self.assertEqual(run.returncode, 3, run.stderr)
            self.assertEqual(files_below(depots.shared), before)
            failed = {Path(line.split()[2]).parent.name for line in run.stdout.splitlines()
                      if line.startswith("failed ") and "/" in line}
            self.assertEqual(failed, {"Leaf", "Mid", "Big", "Top", "MidPrefsExt"})
            check = subprocess.run([JIRELOC, "check", "--content", "--json", str(depots.image("Leaf", depots.shared))],
                                   capture_output=True, text=True)
            self.assertEqual(check.returncode, 0, check.stdout)

    @unittest.skipIf(SANITIZED, "a sanitizer needs descriptors of its own")
    def test_few_descriptors_make_nothing_bad(self):
        with SharedDepot("1.10.8-plain") as depots:
            before = files_below(depots.shared)
            statuses = set()
            for descriptors in (4, 5, 6, 7, 8, 9, 10, 12, 16, 24):
                for jobs in ("1", "8"):
                    run = depots.limited(descriptors, "--jobs", jobs)
                    statuses.add(run.returncode)
                    self.assertIn(run.returncode, (0, 3), run.stderr)
                    self.assertEqual(files_below(depots.shared), before, f"{descriptors} descriptors, {jobs} threads")
            self.assertEqual(statuses, {0, 3})

    def test_deep_packages_are_judged_with_few_descriptors(self):
        with SharedDepot("1.10.8-plain") as depots:
            top = depots.user / "artifacts" / "deep"
            (top / "/".join("d" * 120)).mkdir(parents=True)
            (top / "/".join("d" * 120) / "file").write_text("x")
            depots.relocate("--allow-build-scripts")
            for number in range(50):
                shutil.copytree(top, depots.shared / "artifacts" / f"{number:040x}", symlinks=True)
            named = depots.run("prune", "--json", str(depots.shared)).stdout
            import json
            trees = {i["reasons"][0]["message"].split()[-1] for i in map(json.loads, named.splitlines())
                     if i["kind"] == "artifact"}
            self.assertEqual(len(trees), 1)
            shutil.rmtree(depots.shared / "artifacts")
            (depots.shared / "artifacts").mkdir()
            shutil.copytree(top, depots.shared / "artifacts" / trees.pop())
            before = files_below(depots.shared)
            run = depots.limited(80, "--jobs", "8")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(files_below(depots.shared), before)

    def test_depots_that_are_one_folder_under_two_names_are_a_usage_error(self):
        with Depots("1.10.8-plain") as depots:
            depots.shared.symlink_to(depots.user)
            before = files_below(depots.user)
            for options in ([], ["--move"], ["--dry-run"]):
                run = depots.run("relocate", "--from", str(depots.user), "--to", str(depots.shared), *options)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn("one folder under two names", run.stderr)
            inside = depots.top / "inside"
            (depots.user / "sub").mkdir()
            inside.symlink_to(depots.user / "sub")
            run = depots.run("relocate", "--from", str(depots.user), "--to", str(inside))
            self.assertEqual(run.returncode, 2, run.stderr)
            self.assertIn("one depot lies inside the other", run.stderr)
            self.assertEqual(files_below(depots.user), before)

    def test_what_the_target_has_no_copy_of_stays_in_the_source(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate("--allow-build-scripts")
            leaf = next((depots.user / "packages" / "Leaf").iterdir())
            shared = depots.shared / leaf.relative_to(depots.user)
            (leaf / "note").write_text("mine")
            run = depots.relocate("--allow-build-scripts", "--move")
            self.assertTrue((leaf / "note").exists(), run.stderr)
            self.assertEqual((leaf / "note").read_text(), "mine")
            self.assertTrue((shared / "Project.toml").exists())

    def test_hard_links_between_the_depots_are_not_taken_for_copies(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate("--allow-build-scripts", "--link")
            before = files_below(depots.user / "packages")
            run = depots.relocate("--allow-build-scripts", "--move")
            if any(p.stat().st_nlink > 1 for p in (depots.shared / "packages").rglob("*.jl")):
                self.assertEqual(files_below(depots.user / "packages"), before, run.stderr)
            self.assertEqual(depots.prune_problems(), [])

    def test_a_moving_run_that_was_killed_is_finished_by_the_next(self):
        with Depots("1.10.8-plain") as depots:
            shutil.copytree(depots.user, depots.top / "pristine", symlinks=True)
            begin = time.monotonic()
            depots.relocate("--allow-build-scripts", "--move")
            taken = time.monotonic() - begin
            wanted, whole = files_below(depots.shared), files_below(depots.top / "pristine" / "packages")
            killed = partial = 0
            for i in range(KILLS):
                for folder in (depots.user, depots.shared):
                    shutil.rmtree(folder, ignore_errors=True)
                shutil.copytree(depots.top / "pristine", depots.user, symlinks=True)
                process = subprocess.Popen([JIRELOC, "relocate", "--quiet", "--allow-build-scripts", "--move",
                                            "--from", str(depots.user), "--to", str(depots.shared)],
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(taken * (0.5 + 0.6 * i / KILLS))  # removing comes last
                process.send_signal(signal.SIGKILL)
                killed += process.wait() == -signal.SIGKILL
                left = files_below(depots.user / "packages")
                partial += 0 < len(left) < len(whole)
                run = depots.relocate("--allow-build-scripts", "--move")
                self.assertEqual(files_below(depots.user / "packages"), {}, run.stderr)
                self.assertEqual([d for d in (depots.user / "packages").glob("*/*")], [])
                self.assertEqual(files_below(depots.shared), wanted)
            print(f"{killed} of {KILLS} moving runs killed, {partial} while packages were removed; all were finished")

    def test_what_a_run_at_work_has_staged_is_not_removed(self):
        with SharedDepot("1.10.8-plain") as depots:
            mark = depots.shared / ".jireloc-999999999-1000"  # as relocate and unpack hold one
            package = depots.shared / "packages/Leaf/.jireloc-999999999-1001"
            image = depots.image("Leaf", depots.shared).with_name(".jireloc-999999999-1002")
            package.mkdir()
            for file in (package / "Project.toml", image):
                file.write_text("staged")
            with open(mark, "w", encoding="utf-8") as run:
                fcntl.flock(run, fcntl.LOCK_EX)
                pruned = depots.prune("--json")
                items = {item["path"]: (item["status"], item["removed"]) for item in map(json.loads, pruned.stdout.splitlines())}
                self.assertEqual([items[str(path)] for path in (package, image)], [("kept", False)] * 2, pruned.stderr)
                self.assertEqual((package / "Project.toml").read_text() + image.read_text(), "stagedstaged")
            depots.prune()
            self.assertEqual([path.exists() for path in (package, image)], [False, False])

    def test_a_package_that_was_removed_in_part_is_recognised(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate("--allow-build-scripts")
            leaf = next((depots.user / "packages" / "Leaf").iterdir())
            for path in sorted(leaf.rglob("*"), reverse=True):
                if path.name != "Project.toml":
                    path.rmdir() if path.is_dir() else path.unlink()
            run = depots.relocate("--allow-build-scripts", "--move")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertFalse(leaf.exists())
            self.assertEqual(depots.prune_problems(), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
