"""A depot by tools/make-depot holds what real ones hold, and the same seed makes it again."""
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

JIRELOC = os.environ["JIRELOC"]
MAKE_DEPOT = os.path.join(os.environ["JIRELOC_BUILD"], "tools", "make-depot")
CORPUS = os.environ["JIRELOC_CORPUS"]


def make(depot, *options):
    subprocess.run([MAKE_DEPOT, "--corpus", CORPUS, "--images", "60", "--total-size", "8M", *options, str(depot)],
                   check=True, stdout=subprocess.DEVNULL)


def inspect(depot):
    ran = subprocess.run([JIRELOC, "inspect", "--json", str(depot / "compiled")], stdout=subprocess.PIPE)
    assert ran.returncode == 0, ran.returncode
    return [json.loads(line) for line in ran.stdout.splitlines()]


def git_tree(folder):
    with tempfile.TemporaryDirectory() as scratch:
        env = dict(os.environ, GIT_DIR=scratch + "/git", GIT_WORK_TREE=str(folder), GIT_CONFIG_GLOBAL="/dev/null")
        subprocess.run(["git", "init", "-q"], check=True, env=env)
        subprocess.run(["git", "add", "-A", "-f"], check=True, env=env, cwd=folder)
        return subprocess.run(["git", "write-tree"], check=True, env=env, stdout=subprocess.PIPE).stdout.decode().strip()


def digest(depot):
    total = hashlib.sha256()
    for path in sorted(depot.rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(depot)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


class MakeDepot(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)

    def test_every_image_of_every_family_is_whole(self):
        for family in ["1.5.3-plain", "1.8.2-plain", "1.9.4-plain", "1.10.8-split", "1.12.5-plain", "1.14.0-DEV-split"]:
            with self.subTest(family=family):
                depot = self.scratch / family
                make(depot, "--from", family)
                images = inspect(depot)
                self.assertEqual(len(images), 60)
                for image in images:
                    self.assertEqual(image["status"], "ok", image["path"])
                    self.assertTrue(image["file_crc_ok"], image["path"])
                    if image["payload"] and image["julia"] >= "1.9":
                        self.assertNotEqual(image["payload"]["checksum_ok"], False, image["path"])

    def test_sources_lie_where_images_say_and_slugs_are_gits(self):
        depot = self.scratch / "depot"
        make(depot)
        for image in inspect(depot):
            files = [entry["path"] for entry in image["includes"]]
            self.assertTrue(files)
            for path in files:
                self.assertTrue(os.path.isfile(path), path)
        manifest = (depot / "environments/eval/Manifest.toml").read_text()
        for folder in sorted(depot.glob("packages/*/*"))[:5]:
            self.assertIn(git_tree(folder), manifest, str(folder))

    def test_required_packages_have_the_build_ids_that_their_images_give_them(self):
        depot = self.scratch / "depot"
        make(depot, "--from", "1.12.5-plain")
        images = inspect(depot)
        provided = {}
        for image in images:
            (module,) = image["modules"]
            provided[module["uuid"]] = image["header_checksum"] + module["build_id"][-16:]
        checked = 0
        for image in images:
            for module in image["required_modules"]:
                if module["uuid"] in provided:
                    self.assertEqual(module["build_id"], provided[module["uuid"]], image["path"])
                    checked += 1
        self.assertGreater(checked, 50)

    def test_one_seed_makes_one_depot(self):
        for name, seed in [("a", "7"), ("b", "7"), ("c", "8")]:
            make(self.scratch / name, "--seed", seed, "--recorded", "/home/u/.julia")
        self.assertEqual(digest(self.scratch / "a"), digest(self.scratch / "b"))
        self.assertNotEqual(digest(self.scratch / "a"), digest(self.scratch / "c"))


if __name__ == "__main__":
    unittest.main()
