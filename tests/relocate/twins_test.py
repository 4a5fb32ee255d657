"""Images of one build beside each other: one arrives, and the others count as there."""
import os
import shutil
import sys
import unittest

from relocate_test import Depots


def add_twins(depots):
    """A copy and a hard link of Leaf's image, with other slugs."""
    leaf = depots.image("Leaf")
    slug = leaf.name.split("_")[0]
    shutil.copy2(leaf, leaf.with_name(f"{slug}_aaaaa.ji"))
    os.link(leaf, leaf.with_name(f"{slug}_zzzzz.ji"))


def twins(depots):
    return [(os.path.basename(item["path"]), item["status"], item.get("target"))
            for item in depots.items if item["kind"] == "image" and "/Leaf/" in item["path"]]


class Twins(unittest.TestCase):
    def arrived(self, depots):
        return sorted(path.name for path in (depots.shared / "compiled").rglob("*.ji") if path.parent.name == "Leaf")

    def test_one_arrives_whatever_was_put_into_place_when_the_next_is_looked_at(self):
        for options in ((), ("--durability=full",), ("--durability=none",), ("--move",)):
            with self.subTest(options=options), Depots("1.10.8-plain") as depots:
                add_twins(depots)
                run = depots.relocate("--allow-build-scripts", *options)
                self.assertEqual(run.returncode, 0, run.stderr)
                said = twins(depots)
                self.assertEqual([status for _, status, _ in said], ["relocated", "already-there", "already-there"])
                self.assertEqual(len({target for _, _, target in said}), 1)
                self.assertEqual(self.arrived(depots), [said[0][0]])
                self.assertEqual(set(depots.status("package").values()), {"merged"})
                if "--move" in options:  # a hard link has changed when another name of it goes
                    depots.relocate("--allow-build-scripts", "--move")
                    self.assertEqual(list((depots.user / "compiled").rglob("*.ji")), [])
                    continue
                for _ in range(2):
                    run = depots.relocate("--allow-build-scripts")
                    self.assertEqual(run.returncode, 0, run.stderr)
                    self.assertEqual(set(depots.status().values()), {"already-there"})

    def test_a_dry_run_says_the_same_where_there_is_no_target_and_where_there_is_one(self):
        for is_there in (False, True):
            with self.subTest(is_there=is_there), Depots("1.10.8-plain") as depots:
                add_twins(depots)
                if is_there:
                    depots.shared.mkdir()
                run = depots.relocate("--allow-build-scripts", "--dry-run")
                self.assertEqual(run.returncode, 0, run.stderr)
                planned = [pair[:2] for pair in twins(depots)]
                depots.relocate("--allow-build-scripts")
                self.assertEqual(planned, [pair[:2] for pair in twins(depots)])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
