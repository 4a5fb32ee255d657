"""The step as a farm's host calls it: Julia sees other paths than there are here (--mount SEEN=HERE)."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import JIRELOC, PLAIN, unpack  # noqa: E402
from removal_test import files_below  # noqa: E402

WORKER = "/home/pkgeval/.julia"  # where the corpus was compiled
SHARED = "/usr/share/julia"


class Farm:
    """A sandbox's upper folder with a user's depot (user) and the storage with the shared one (shared), by their
    places here; what Julia sees is WORKER and SHARED, which are nowhere on this machine."""

    def __init__(self, folder):
        self.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.box, self.storage = self.top / "boxes/7/upper", self.top / "storage"
        self.user, self.shared = self.box / WORKER[1:], self.storage / "shared"
        self.user.mkdir(parents=True)
        self.storage.mkdir()
        unpack(folder, self.user)
        self.mounts = ["--mount", f"/home/pkgeval={self.box}/home/pkgeval", "--mount", f"{SHARED}={self.shared}"]

    def run(self, command, *arguments, mounts=None):
        return subprocess.run([JIRELOC, command, *(self.mounts if mounts is None else mounts), *map(str, arguments)],
                              capture_output=True, text=True)

    def relocate(self, *options, source=WORKER, target=SHARED, mounts=None):
        run = self.run("relocate", "--json", "--allow-build-scripts", "--from", source, "--to", target, *options,
                       mounts=mounts)
        self.items = [json.loads(line) for line in run.stdout.splitlines()]
        return run

    def statuses(self, kind):
        return {item["status"] for item in self.items if item["kind"] == kind}

    def reasons(self, kind="image"):
        return {Path(i["path"]).parent.name: i["reasons"][0]["code"] for i in self.items
                if i["kind"] == kind and i["reasons"]}

    def images(self, depot=None):
        return sorted(((depot or self.shared) / "compiled").rglob("*.ji"))

    def prune(self, *options, depot=SHARED):
        run = self.run("prune", "--json", "--allow-build-scripts", *options, depot)
        return [i for i in map(json.loads, run.stdout.splitlines()) if i["status"] != "kept"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)


class MountOption(unittest.TestCase):
    def test_what_a_worker_compiled_is_written_for_the_place_where_workers_see_the_shared_depot(self):
        for folder in [*PLAIN[::2], "1.10.8-split"]:
            with self.subTest(folder), Farm(folder) as farm:
                run = farm.relocate()
                self.assertEqual(farm.statuses("package"), {"merged"}, run.stderr)
                if "split" not in folder:
                    self.assertEqual(farm.statuses("image"), {"relocated"}, run.stderr)
                self.assertTrue(farm.images())
                for image in [*farm.images(), *farm.shared.rglob("*.so")]:
                    data = image.read_bytes()
                    self.assertNotIn(os.fsencode(farm.top), data, "a path of this machine was written")
                    self.assertNotIn(WORKER.encode() + b"/", data)
                    self.assertIn(SHARED.encode() + b"/", data)
                self.assertEqual(farm.prune(), [])
                check = farm.run("check", "--json", "--content", "--depot", SHARED, f"{SHARED}/compiled")
                self.assertEqual({json.loads(line)["verdict"] for line in check.stdout.splitlines()}, {"fresh"})

    def test_an_item_says_where_it_lies_here_and_how_julia_sees_it(self):
        with Farm("1.10.8-plain") as farm:
            farm.relocate()
            for item in farm.items:
                path, target = Path(item["path"]), Path(item["target"])
                self.assertEqual(item["seen"], f"{WORKER}/{path.relative_to(farm.user)}")
                self.assertEqual(item["target_seen"], f"{SHARED}/{target.relative_to(farm.shared)}")
                self.assertTrue(path.exists() and target.exists())
            run = farm.run("prune", "--json", SHARED)
            for item in map(json.loads, run.stdout.splitlines()):
                self.assertEqual(item["seen"], f"{SHARED}/{Path(item['path']).relative_to(farm.shared)}")

    def test_a_depot_may_be_named_by_its_place_here(self):
        with Farm("1.10.8-plain") as farm:
            run = farm.relocate(source=farm.user, target=farm.shared)
            self.assertEqual(farm.statuses("image"), {"relocated"}, run.stderr)
            self.assertIn(SHARED.encode(), farm.images()[0].read_bytes())
            self.assertEqual(farm.prune(depot=farm.shared), [])

    def test_all_of_a_root_folder_may_be_named_either_way(self):
        with Farm("1.10.8-plain") as farm:
            root = ["--root", str(farm.box)]
            run = farm.relocate("--dry-run", mounts=root)
            self.assertEqual(farm.statuses("image"), {"relocated"}, run.stderr)
            (farm.box / SHARED[1:]).parent.mkdir(parents=True)
            run = farm.relocate(mounts=root, source=farm.user)
            self.assertEqual(farm.statuses("image"), {"relocated"}, run.stderr)
            self.assertEqual(len(farm.images(farm.box / SHARED[1:])), len(farm.images(farm.user)))

    def test_a_dry_run_says_the_same_and_a_second_run_finds_everything_there(self):
        with Farm("1.10.8-plain") as farm:
            farm.relocate("--dry-run")
            self.assertFalse(farm.shared.exists())
            planned = sorted((i["path"], i["status"]) for i in farm.items)
            farm.relocate()
            self.assertEqual(sorted((i["path"], i["status"]) for i in farm.items), planned)
            before = files_below(farm.shared)
            run = farm.relocate()
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(farm.statuses("image") | farm.statuses("package"), {"already-there"})
            self.assertEqual(files_below(farm.shared), before)

    def test_what_lies_here_under_a_name_that_julia_sees_elsewhere_is_another_depot(self):
        with Farm("1.10.8-plain") as farm:
            seen = farm.top / "s"  # short enough for the room in the images
            seen.mkdir()
            (seen / "packages").mkdir()
            before = files_below(seen)
            mounts = [*farm.mounts[:2], "--mount", f"{seen}={farm.shared}"]
            run = farm.relocate(target=seen, mounts=mounts)
            self.assertEqual(farm.statuses("image"), {"relocated"}, run.stderr)
            self.assertEqual(files_below(seen), before, "the host's own folder was written to")
            self.assertIn(os.fsencode(seen) + b"/", farm.images()[0].read_bytes())

    def test_a_link_on_the_way_to_what_is_recorded_is_seen_to_lead_elsewhere(self):
        with Farm("1.10.8-plain") as farm:
            home, root, julias = farm.box / "home/pkgeval", ["--root", str(farm.box)], farm.box / "opt"
            (home / ".julia").rename(home / "disk")
            (home / ".julia").symlink_to("disk")  # such a link is looked at whenever the depot is
            big = next((farm.user / "packages/Big").iterdir())
            for version in "12":
                shutil.copytree(big, julias / version / "stdlib/v1.10/Big")
            with open(next((julias / "2").rglob("Big.jl")), "a", encoding="utf-8") as source:
                source.write("# another")
            (farm.box / "usr/share").mkdir(parents=True)
            (farm.box / "srv").mkdir()
            julia = farm.box / "usr/share/julia"
            julia.symlink_to("/opt/1")
            farm.run("rewrite", "--map", f"{WORKER}/packages/Big/{big.name}=/usr/share/julia/stdlib/v1.10/Big",
                     farm.user / "compiled/v1.10/Big", mounts=root)

            def statuses():
                run = farm.relocate(target="/srv/shared", mounts=root)
                self.assertIn(run.returncode, (0, 1), run.stderr)
                return {Path(i["path"]).parent.name: i["status"] for i in farm.items if i["kind"] == "image"}

            statuses()
            time.sleep(3.1)  # what is younger than two seconds is not recorded
            self.assertEqual(set(statuses().values()), {"already-there"})
            record = (farm.box / "srv/shared/compiled/.jireloc-index").read_bytes()
            self.assertIn(b"compiled/v1.10/Leaf/", record, "else no image is recorded behind a link to its depot")
            julia.unlink()
            julia.symlink_to("/opt/2")
            self.assertEqual(statuses()["Big"], "dropped")

    def test_a_depot_behind_lies_where_julia_sees_it_too(self):
        with Farm("1.10.8-plain") as farm:
            site = farm.storage / "site"
            (site / "packages").mkdir(parents=True)
            (farm.user / "packages/Leaf").rename(site / "packages/Leaf")
            mounts = [*farm.mounts, "--mount", f"/opt/site={site}"]
            moved = farm.run("rewrite", "--map", f"{WORKER}/packages/Leaf=/opt/site/packages/Leaf",
                             farm.user / "compiled", mounts=mounts)
            self.assertEqual(moved.returncode, 0, moved.stderr)
            farm.relocate("--dry-run", mounts=mounts)
            self.assertEqual(farm.reasons()["Leaf"], "outside-depots")
            for name in ("/opt/site", site):
                run = farm.relocate("--dry-run", "--depot", name, mounts=mounts)
                self.assertLessEqual(farm.statuses("image"), {"merged", "relocated"}, run.stderr)

    def test_a_link_of_this_machine_on_the_way_to_a_mounted_place_leads_nowhere_in_julias_world(self):
        with Farm("1.10.8-plain") as farm:
            (farm.top / "disk").mkdir()
            (farm.top / "h").symlink_to("disk")  # as /home is on many machines
            seen = farm.top / "h/s"
            run = farm.relocate(target=seen, mounts=[*farm.mounts[:2], "--mount", f"{seen}={farm.shared}"])
            self.assertEqual(farm.statuses("image"), {"relocated"}, run.stderr)
            self.assertEqual(len(farm.images()), len(farm.images(farm.user)))
            self.assertEqual(files_below(farm.top / "disk"), {})

    def test_move_and_delete_remove_what_lies_here(self):
        with Farm("1.10.8-plain") as farm:
            run = farm.relocate("--move")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(files_below(farm.user / "compiled") | files_below(farm.user / "packages"), {})
            shapes = next(farm.shared.rglob("shapes.jl"))
            shapes.write_text("changed")
            self.assertTrue(all(i["removed"] for i in farm.prune("--delete")))
            self.assertFalse(shapes.exists())
            self.assertEqual(farm.prune(), [])

    def test_a_source_that_only_this_machine_has_under_its_recorded_name_proves_nothing(self):
        # The sandbox has no packages: what this machine has under the names that Julia sees elsewhere is not asked.
        with Farm("1.10.8-plain") as farm:
            shutil.rmtree(farm.user / "packages")
            farm.relocate()
            self.assertEqual(farm.statuses("image"), {"dropped"})
            self.assertEqual(farm.images(), [])

    def test_a_depot_behind_a_link_of_the_sandbox_is_found_where_julia_sees_it(self):
        with Farm("1.10.8-plain") as farm:
            disk = farm.box / "home/pkgeval/disk"
            farm.user.rename(disk)
            farm.user.symlink_to("/home/pkgeval/disk")  # leads nowhere on this machine
            run = farm.relocate()
            self.assertEqual(farm.statuses("image"), {"relocated"}, run.stderr)
            self.assertEqual({i["seen"].split("/packages/")[0] for i in farm.items if i["kind"] == "package"}, {WORKER})

    @unittest.skipUnless(os.getuid() == 0, "links of another user need root")
    def test_a_workers_link_to_what_is_not_its_own_is_not_followed_for_root(self):
        with Farm("1.10.8-plain") as farm:
            shutil.copytree(farm.user, farm.storage / "other")
            shutil.rmtree(farm.user)
            farm.user.symlink_to("/storage/other")
            os.chown(farm.user, 65534, 65534, follow_symlinks=False)
            run = farm.relocate("--move", mounts=[*farm.mounts, "--mount", f"/storage={farm.storage}"])
            self.assertEqual(run.returncode, 3, run.stderr)
            self.assertIn("symbolic link of user", run.stderr)
            self.assertFalse(farm.shared.exists())

    def test_depots_that_cannot_be_told_apart_or_lie_in_pieces_are_a_usage_error(self):
        with Farm("1.10.8-plain") as farm:
            (farm.user / "packages").mkdir(exist_ok=True)
            for source, target, mounts in [
                    (WORKER, f"{WORKER}/shared", farm.mounts),
                    (WORKER, "/elsewhere", [*farm.mounts[:2], "--mount", f"/elsewhere={farm.user}/in"]),
                    (WORKER, SHARED, [*farm.mounts, "--mount", f"{SHARED}/packages={farm.storage}/packages"])]:
                run = farm.relocate(source=source, target=target, mounts=mounts)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn("inside", run.stderr)

    def test_an_alias_of_the_sandboxs_root_is_made_and_read_in_julias_world(self):
        with Farm("1.10.8-plain") as farm:
            target = "/usr/share/julia/depots/shared"  # longer than the worker's
            root = ["--root", str(farm.box)]
            (farm.box / target[1:]).parent.mkdir(parents=True)
            auto = ["--payload-alias", "auto"]
            run = farm.relocate(*auto, target=target, mounts=[*farm.mounts[:2], "--mount", f"{target}={farm.shared}"])
            self.assertEqual(run.returncode, 2, "the link would lie on this machine")
            run = farm.relocate(*auto, "--alias-dir", "/usr", target=target, mounts=root)
            self.assertEqual(farm.statuses("image"), {"relocated"}, run.stderr)
            self.assertEqual(os.readlink(farm.box / "usr/jl"), target)
            (alias,) = [i for i in farm.items if i["kind"] == "alias"]
            self.assertEqual((alias["path"], alias["seen"]), (str(farm.box / "usr/jl"), "/usr/jl"))
            again = farm.relocate(target=target, mounts=root)
            self.assertEqual(farm.statuses("alias") | farm.statuses("image"), {"already-there"}, again.stderr)
            pruned = farm.run("prune", "--allow-build-scripts", target, mounts=root)
            self.assertEqual(pruned.returncode, 0, pruned.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
