"""A folder of bundles with an index, from which a project takes what it wants."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from bundle_case import BundleCase  # noqa: E402
from corpus_depots import JIRELOC  # noqa: E402


class FoldersOfBundles(BundleCase):
    def test_of_a_folder_of_bundles_a_project_gets_what_it_wants(self):
        depots = self.depots()
        project, names = self.project(depots)
        folder = depots.top / "bundles"
        folder.mkdir()
        for name in names:  # each with what it needs: Leaf comes several times
            self.pack(depots, "--package", name, "--index", str(folder), output=folder / f"{name}.jlb.tar.zst")
        index = (folder / "jireloc-index.json").read_bytes()
        listed = json.loads(index)
        self.assertEqual([bundle["file"] for bundle in listed["bundles"]], [f"{name}.jlb.tar.zst" for name in names])
        self.assertEqual(listed["bundles"][0]["sha256"], hashlib.sha256((folder / f"{names[0]}.jlb.tar.zst").read_bytes()).hexdigest())
        run = depots.run("pack", "--index", str(folder))
        self.assertEqual((run.returncode, (folder / "jireloc-index.json").read_bytes()), (0, index), run.stderr)
        before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
        os.chmod(folder, 0o555)
        wanted, items, run = self.from_folder(depots, folder, project)
        os.chmod(folder, 0o755)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual({path.name: path.stat().st_mtime_ns for path in folder.iterdir()}, before)
        self.assertEqual({name: item["status"] for name, item in wanted.items()}, dict.fromkeys(names, "taken"))
        bundles = [item["path"] for item in items if item["kind"] == "bundle"]
        self.assertLess(len(bundles), len(names))  # Mid's has Leaf
        depots.user.rename(depots.top / "gone")
        self.fresh(depots, depots.shared, len(names))
        # What changed since it was listed is not what was wanted.
        shutil.copy(folder / "Leaf.jlb.tar.zst", folder / "Mid.jlb.tar.zst")
        (folder / "Top.jlb.tar.zst").write_bytes(b"x" * (folder / "Top.jlb.tar.zst").stat().st_size)
        wanted, items, run = self.from_folder(depots, folder, project, target=depots.top / "o")
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertIn("jireloc-index.json lists another", run.stderr)
        self.assertEqual((wanted["Leaf"]["status"], wanted["Mid"]["status"]), ("taken", "missing"), run.stderr)
        run = depots.run("pack", "--index", str(folder))
        self.assertEqual(run.returncode, 3)
        self.assertIn("Top.jlb.tar.zst", run.stderr)
        wanted, items, run = self.from_folder(depots, folder, project, target=depots.top / "o")
        self.assertEqual((run.returncode, wanted["Mid"]["passed_over"]), (1, []), run.stderr)
        self.assertIn("no bundle has it", run.stderr)

    def test_a_bundle_of_another_julia_is_passed_over_with_its_reason(self):
        depots = self.depots()
        project, names = self.project(depots, julia="1.10.7")
        wanted, items, run = self.from_folder(depots, self.folder_of_all(depots), project)
        self.assertEqual((run.returncode, {item["status"] for item in wanted.values()}), (1, {"missing"}), run.stderr)
        self.assertEqual({reason["code"] for item in wanted.values() for reason in item["passed_over"]}, {"incompatible-header"})
        self.assertIn("all.jlb.tar.zst: passed over for Leaf", run.stderr)
        self.assertEqual([item for item in items if item["kind"] == "bundle"], [])

    def test_of_a_bundle_of_more_only_what_is_wanted_is_taken_extensions_with_it(self):
        depots = self.depots()
        project, names = self.project(depots, but=("Top", "Big"))
        wanted, items, run = self.from_folder(depots, self.folder_of_all(depots), project)
        self.assertEqual((run.returncode, {item["status"] for item in wanted.values()}), (0, {"taken"}), run.stderr)
        self.assertEqual(sorted(path.name for path in (depots.shared / "packages").iterdir()), names)
        self.assertEqual(sorted(path.parent.name for path in depots.shared.rglob("*.ji")), sorted([*names, "MidPrefsExt"]))

    def test_a_bundle_for_another_processor_is_passed_over(self):
        depots = self.depots("1.10.8-split")
        project, names = self.project(depots, but=("Big", "Prefs"))
        folder = self.folder_of_all(depots)
        wanted, items, run = self.from_folder(depots, folder, project, "--cpu", "core2", target=depots.top / "o")
        self.assertEqual((run.returncode, {item["status"] for item in wanted.values()}), (1, {"missing"}), run.stderr)
        self.assertEqual({reason["code"] for item in wanted.values() for reason in item["passed_over"]}, {"target-mismatch"})

    def test_of_a_folder_the_base_of_a_bundle_comes_before_it(self):
        depots = self.depots()
        project, names = self.project(depots)
        folder = depots.top / "bundles"
        folder.mkdir()
        self.pack(depots, "--package", "Mid", "--index", str(folder), output=folder / "z.jlb.tar.zst")
        self.pack(depots, "--since", str(folder / "z.jlb.tar.zst"), "--index", str(folder), output=folder / "a.jlb.tar.zst")
        wanted, items, run = self.from_folder(depots, folder, project, target=depots.top / "a/much/longer/place/for/a/depot")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual([Path(item["path"]).name for item in items if item["kind"] == "bundle"], ["z.jlb.tar.zst", "a.jlb.tar.zst"])
        self.assertEqual({item["status"] for item in wanted.values()}, {"taken"})
        (folder / "z.jlb.tar.zst").unlink()
        self.assertEqual(depots.run("pack", "--index", str(folder)).returncode, 0)
        wanted, items, run = self.from_folder(depots, folder, project)
        self.assertEqual((run.returncode, {item["status"] for item in wanted.values()}), (1, {"missing"}), run.stderr)
        self.assertIn("rests on a bundle", run.stderr)
        for options in (["--from", str(folder)], ["--project", str(project), str(folder / "a.jlb.tar.zst")], [],
                        ["--from", str(folder), "--project", str(project), "--package", "Mid"]):
            self.assertEqual(depots.run("unpack", *options, "--to", str(depots.shared)).returncode, 2, options)
        run = depots.run("pack", str(depots.user), "-o", str(depots.bundle), "--index", str(folder))
        self.assertEqual((run.returncode, depots.bundle.exists()), (2, False), run.stderr)

    def test_a_project_is_served_by_what_the_users_tool_vouches_for(self):
        depots = self.depots()
        project, names = self.project(depots)
        folder = depots.top / "bundles"
        folder.mkdir()
        for name in names:
            self.pack(depots, "--package", name, "--index", str(folder), output=folder / f"{name}.jlb.tar.zst")
        tool, asked = depots.top / "tool", depots.top / "asked"
        tool.write_text(f'#!/bin/sh\nbasename "$1" >> {asked}; case "$1" in */Top.*) exit 1;; esac\n')
        tool.chmod(0o755)
        wanted, items, run = self.from_folder(depots, folder, project, "--verify-with", str(tool))
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertIn("exit status 1", run.stderr)
        taken = {Path(item["path"]).name for item in items if item["kind"] == "bundle"}
        self.assertEqual(taken | {"Top.jlb.tar.zst"}, set(asked.read_text().split()))
        self.assertNotIn("Top.jlb.tar.zst", taken)
        # What it alone has is missing; what it has besides comes from others.
        self.assertEqual({name: item["status"] for name, item in wanted.items()}, {**dict.fromkeys(names, "taken"), "Top": "missing"})
        images = [path for path in depots.shared.rglob("*.ji")]
        self.fresh(depots, depots.shared, len(images))

    def test_options_of_unpack_hold_for_a_folder_too(self):
        depots = self.depots()
        project, names = self.project(depots)
        folder = self.folder_of_all(depots)
        wanted, items, run = self.from_folder(depots, folder, project, "--dry-run")
        self.assertEqual((run.returncode, {item["status"] for item in wanted.values()}), (0, {"taken"}), run.stderr)
        self.assertFalse((depots.shared / "packages").exists())
        for options in (["--expect-digest", "0" * 64], ["--list"], ["--verify-only"]):
            _, _, run = self.from_folder(depots, folder, project, *options)
            self.assertEqual(run.returncode, 2, f"{options}: {run.stderr}")
        wanted, _, run = self.from_folder(depots, folder, project, "--durability", "none", "-j", "1")
        self.assertEqual((run.returncode, {item["status"] for item in wanted.values()}), (0, {"taken"}), run.stderr)
        self.fresh(depots, depots.shared, sum(1 for _ in depots.shared.rglob("*.ji")))

    def test_two_that_index_at_once_list_both_bundles(self):
        depots = self.depots()
        folder = depots.top / "bundles"
        folder.mkdir()
        for _ in range(5):
            runs = [subprocess.Popen([JIRELOC, "pack", str(depots.user), "-o", str(folder / f"{name}.jlb.tar.zst"), "--quiet",
                                      "--allow-build-scripts", "--package", name, "--index", str(folder)], stderr=subprocess.PIPE)
                    for name in ("Leaf", "Mid", "Prefs")]
            for run in runs:
                self.assertEqual((run.communicate()[1], run.returncode), (b"", 0))
            listed = json.loads((folder / "jireloc-index.json").read_text())["bundles"]
            self.assertEqual([bundle["file"] for bundle in listed], [f"{name}.jlb.tar.zst" for name in ("Leaf", "Mid", "Prefs")])
            for bundle in listed:
                self.assertEqual(bundle["sha256"], hashlib.sha256((folder / bundle["file"]).read_bytes()).hexdigest())
            for path in folder.iterdir():
                path.unlink()


if __name__ == "__main__":
    unittest.main()
