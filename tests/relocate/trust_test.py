"""What untrusted tests left in a depot: only what was hashed is copied, nothing before it was judged, nobody waits."""
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

from relocate_test import JIRELOC, Depots

MEGABYTE = 1 << 20


def folder_of(depots, package):
    return next((depots.user / "packages" / package).iterdir())


def at_target(depots, package):
    return depots.shared / folder_of(depots, package).relative_to(depots.user)


def tree_of(depots, folder):
    """The git tree hash of a folder, as git has it."""
    git = dict(os.environ, GIT_DIR=str(depots.top / "git"), GIT_INDEX_FILE=str(depots.top / "index"))
    shutil.rmtree(depots.top / "git", ignore_errors=True)
    (depots.top / "index").unlink(missing_ok=True)
    for command in (["init", "-q"], ["--work-tree", str(folder), "add", "-A"]):
        subprocess.run(["git", *command], env=git, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    return subprocess.run(["git", "write-tree"], env=git, check=True, capture_output=True, text=True).stdout.strip()


def artifact(depots, files):
    """A folder of that content under the name that Pkg gives it: its git tree hash."""
    made = depots.user / "artifacts" / "new"
    for name, content in files.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(content)
    return made.rename(made.parent / tree_of(depots, made))


def sparse(path, size):
    with open(path, "wb") as file:
        file.truncate(size)


class Trust(unittest.TestCase):
    def test_what_is_outside_of_the_git_tree_stays_behind_and_is_named(self):
        with Depots("1.10.8-plain") as depots:
            leaf = folder_of(depots, "Leaf")
            for git in (leaf / ".git" / "hooks", leaf / "src" / ".git"):
                git.mkdir(parents=True)
                (git / "post-checkout").write_text("#!/bin/sh\nid >/tmp/pwned\n")
            (leaf / "src" / "void").mkdir()
            run = depots.relocate("--allow-build-scripts", "--move")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(depots.packages["Leaf"]["status"], "merged")
            self.assertEqual([w["code"] for w in depots.packages["Leaf"]["warnings"]], ["outside-tree"])
            self.assertIn(".git", depots.packages["Leaf"]["warnings"][0]["message"])
            self.assertEqual(depots.packages["Prefs"]["warnings"], [])
            there = depots.shared / leaf.relative_to(depots.user)
            self.assertEqual([p for p in there.rglob("*") if p.name in (".git", "void")], [])
            self.assertTrue((leaf / ".git" / "hooks" / "post-checkout").exists(), "only here: --move leaves it")
            self.assertEqual(depots.prune_problems(), [])
            run = depots.relocate("--allow-build-scripts")
            self.assertEqual(depots.packages["Leaf"]["status"], "already-there", "more at one place is no conflict")

    def test_a_package_that_is_refused_is_never_copied(self):
        with Depots("1.10.8-plain") as depots:
            sparse(folder_of(depots, "Leaf") / "huge", 50 * MEGABYTE)
            depots.relocate("--allow-build-scripts")
            self.assertEqual(depots.packages["Leaf"]["reasons"][0]["code"], "modified-tree")
            self.assertFalse((depots.shared / "packages" / "Leaf").exists(), "not even a folder was made for it")

    def test_what_a_package_may_bring_is_limited(self):
        with Depots("1.10.8-plain") as depots:
            for name, option in (("Leaf", "--max-package-files=3"), ("Leaf", "--max-package-size=100")):
                with self.subTest(option=option):
                    run = depots.relocate("--allow-build-scripts", option)
                    self.assertEqual(depots.packages[name]["reasons"][0]["code"], "too-large", run.stderr)
                    self.assertEqual((depots.packages[name]["status"], run.returncode), ("failed", 3), "nobody judged it")
                    self.assertIn(option.partition("=")[0], depots.packages[name]["reasons"][0]["mend_text"])
                    self.assertFalse((depots.shared / "packages" / name).exists())
            sparse(folder_of(depots, "Leaf") / "huge", 1 << 42)
            begin = time.monotonic()
            depots.relocate("--allow-build-scripts")
            self.assertEqual(depots.packages["Leaf"]["reasons"][0]["code"], "too-large")
            self.assertLess(time.monotonic() - begin, 60, "four terabytes of nothing were not read")

    def test_what_costs_more_than_a_limit_is_not_known_and_what_needs_it_neither(self):
        with Depots("1.10.8-plain") as depots:
            run = depots.relocate("--allow-build-scripts", "--limit", "hashed=1")
            self.assertEqual(run.returncode, 3, run.stderr)
            self.assertEqual({i["status"] for i in depots.items}, {"failed"})
            self.assertEqual({i["reasons"][0]["code"] for i in depots.items if i["kind"] == "image"},
                             {"package-unknown", "dependency-unknown"})
            self.assertNotIn("could not be read or written", run.stderr, "that is not what is to be mended")

    def test_a_sparse_file_arrives_as_sparse_as_it_was(self):
        with Depots("1.10.8-plain") as depots:
            made = artifact(depots, {"data": b"begin" + bytes(64 * MEGABYTE), "small": b"x"})
            with open(made / "data", "r+b") as file:
                file.truncate(5)
                file.truncate(5 + 64 * MEGABYTE)
            if (made / "data").stat().st_blocks > 8192:
                self.skipTest("this file system has no holes")
            run = depots.relocate()
            there = depots.shared / "artifacts" / made.name / "data"
            self.assertEqual(there.stat().st_size, 5 + 64 * MEGABYTE, run.stderr)
            self.assertLess(there.stat().st_blocks, 8192)
            self.assertEqual(there.read_bytes()[:6], b"begin\0")

    def ask_for_the_lock_during(self, depots):
        """How often somebody else had the lock while a run was at work, and what the run said."""
        run = subprocess.Popen([JIRELOC, "relocate", "--json", "--allow-build-scripts", "--from", depots.user,
                                "--to", depots.shared], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        got = 0
        while run.poll() is None:
            with open(depots.shared / ".jireloc-lock", "r+") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    marks = [n for n in os.listdir(depots.shared) if n.startswith(".jireloc-") and "lock" not in n]
                    got += bool(marks and run.poll() is None)
                except BlockingIOError:
                    pass
            time.sleep(0.01)
        return (got, *run.communicate())

    def test_others_get_the_lock_while_a_run_judges(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate()
            sparse(folder_of(depots, "Big") / "huge", 2048 * MEGABYTE)  # takes its time to hash
            for _ in range(5):  # on a busy machine this process may not get to ask in time
                got, out, err = self.ask_for_the_lock_during(depots)
                if got > 0:
                    break
            self.assertGreater(got, 0, "the lock was held all the time")
            statuses = {Path(i["path"]).parent.name: i["status"] for i in map(json.loads, out.splitlines())
                        if i["kind"] == "package"}
            self.assertEqual(statuses["Big"], "dropped", err)
            self.assertEqual(statuses["Top"], "merged", err)

    def test_a_folder_named_with_four_letters_is_taken_only_where_it_is_needed_and_alone(self):
        def leaf_items(depots, *options):
            run = depots.relocate("--allow-build-scripts", "--payload=header-only", *options)
            return {Path(i["path"]).name: (i["status"], i["reasons"] and i["reasons"][0]["code"], run.stderr)
                    for i in depots.items if i["kind"] == "package" and "/Leaf/" in i["path"]}

        with self.subTest("beside one of five letters"), Depots("1.10.8-plain") as depots:
            five = folder_of(depots, "Leaf")
            shutil.copytree(five, five.with_name(five.name[:4]), symlinks=True)
            found = leaf_items(depots)
            self.assertEqual(found[five.name][0], "merged", found)
            self.assertEqual(found[five.name[:4]][:2], ("dropped", "four-letter-slug"), found)
        with self.subTest("one of five letters is at the target"), Depots("1.10.8-plain") as depots:
            five = folder_of(depots, "Leaf")
            leaf_items(depots)
            four = five.rename(five.with_name(five.name[:4]))
            self.assertEqual(leaf_items(depots)[four.name][:2], ("dropped", "four-letter-slug"))
        with self.subTest("no image needs it"), Depots("1.10.8-plain") as depots:
            five = folder_of(depots, "Leaf")
            four = five.rename(five.with_name(five.name[:4]))
            self.assertEqual(leaf_items(depots)[four.name][:2], ("dropped", "four-letter-slug"))
            manifest = depots.top / "Manifest.toml"
            uuid = next(line.split('"')[1] for line in (four / "Project.toml").read_text().splitlines()
                        if line.startswith("uuid"))
            manifest.write_text(f'[[Leaf]]\nuuid = "{uuid}"\ngit-tree-sha1 = "{tree_of(depots, four)}"\n')
            self.assertEqual(leaf_items(depots, "--manifest", str(manifest))[four.name][0], "merged")
        with self.subTest("an image was compiled from it"), Depots("1.10.8-plain") as depots:
            five = folder_of(depots, "Leaf")
            four = five.with_name(five.name[:4])
            shutil.copytree(five, four, symlinks=True)
            run = depots.run("rewrite", "--payload=header-only", "--map", f"{five}={four}",
                             *map(str, (depots.user / "compiled").rglob("*.ji")))
            shutil.rmtree(five)
            self.assertEqual(leaf_items(depots)[four.name][0], "merged", run.stderr)

    @unittest.skipIf(os.geteuid() != 0, "files of other users need root")
    def test_as_root_a_link_to_what_belongs_to_somebody_else_is_refused(self):
        with Depots("1.10.8-plain") as depots:
            os.chmod(depots.top, 0o755)
            for path in [depots.user, *depots.user.rglob("*")]:
                os.chown(path, 5432, 5432, follow_symlinks=False)
            home = depots.top / "mallory"
            home.mkdir()
            (home / "depot").symlink_to(depots.user)
            os.chown(home / "depot", 4321, 4321, follow_symlinks=False)
            before = sorted(depots.user.rglob("*"))
            run = depots.run("relocate", "--move", "--allow-build-scripts", "--from", str(home / "depot"),
                             "--to", str(depots.shared))
            self.assertEqual(run.returncode, 3, run.stderr)
            self.assertIn("symbolic link of user 4321", run.stderr)
            self.assertEqual(sorted(depots.user.rglob("*")), before)
            self.assertFalse((depots.shared / "packages").exists())
            run = depots.run("prune", "--delete", str(home / "depot"))
            self.assertEqual(run.returncode, 3, run.stderr)
            self.assertEqual(sorted(depots.user.rglob("*")), before)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
