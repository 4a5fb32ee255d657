"""inspect, check and scan of bundles: they say of images in one what they say of the same images in a depot."""
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import Depots  # noqa: E402


class BundlesAsInputs(unittest.TestCase):
    def packed(self, folder):
        depots = Depots(folder)
        self.addCleanup(depots.__exit__)
        depots.bundle = depots.top / "layer.jlb.tar.zst"
        run = depots.run("pack", str(depots.user), "-o", str(depots.bundle), "--allow-build-scripts")
        self.assertIn(run.returncode, (0, 1), run.stderr)  # 1: images of the corpus that have lost their libraries
        return depots

    def told(self, depots, command, *arguments):
        """What is said of each image, under its path in the depot; and the run."""
        run = depots.run(command, "--json", *arguments)
        images = {}
        for line in run.stdout.splitlines():
            path = json.loads(line)["path"]
            name = path[path.find("compiled/"):] if "compiled/" in path else path
            said = line.replace(json.dumps(path[: path.rfind("/")])[1:-1] + "/", "")
            images[name] = json.loads(said.replace(f"{depots.bundle}:", f"{depots.user}/"))
        return images, run

    def test_images_in_a_bundle_are_told_as_those_of_a_depot(self):
        for folder in ("1.5.3-plain", "1.10.8-split", "1.12.5-plain"):
            depots = self.packed(folder)
            for command, *options in (["inspect"], ["inspect", "--header"], ["inspect", "--verify"], ["scan"],
                                      ["scan", "--all-paths", "--all"]):
                with self.subTest(folder=folder, command=command, options=options):
                    there, one = self.told(depots, command, *options, str(depots.user / "compiled"))
                    packed, other = self.told(depots, command, *options, str(depots.bundle))
                    if len(packed) == len(there):
                        self.assertEqual(other.returncode, one.returncode, other.stderr)
                    self.assertGreater(len(packed), 2)
                    self.assertEqual(packed, {name: there[name] for name in packed})
                    first = json.loads(other.stdout.splitlines()[0])["path"]
                    self.assertTrue(first.startswith(f"{depots.bundle}:compiled/"), first)

    def test_check_judges_images_as_if_they_were_unpacked_and_looks_at_no_file_of_the_depot(self):
        for folder in ("1.5.3-plain", "1.10.8-split", "1.12.5-plain"):
            depots = self.packed(folder)
            depots.user.rename(depots.top / "gone")
            for options in ([], ["--content"], ["--jobs", "1"], ["--depot", "/nowhere"]):
                with self.subTest(folder=folder, options=options):
                    told, run = self.told(depots, "check", *options, str(depots.bundle))
                    self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                    self.assertGreater(len(told), 2)
                    self.assertEqual({(image["verdict"], image["loads"]) for image in told.values()}, {("fresh", True)})
            # What is there now is another thing.
            leaf = depots.user / "packages/Leaf"
            leaf.mkdir(parents=True)
            self.assertEqual(depots.run("check", str(depots.bundle)).returncode, 0)
            told, run = self.told(depots, "check", "--julia-version", "1.99.0", str(depots.bundle))
            self.assertEqual({image["verdict"] for image in told.values()}, {"stale"}, run.stdout)
            self.assertEqual(run.returncode, 1)

    def test_a_damaged_bundle_is_said_with_its_place_and_the_others_go_on(self):
        depots = self.packed("1.10.8-plain")
        whole, other = depots.bundle.read_bytes(), depots.top / "other.jlb.tar.zst"
        damages = {"a byte": whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :],
                   "the end": whole[:-1], "the middle": whole[: len(whole) // 2], "the start": whole[:100],
                   "another archive": b"\x28\xb5\x2f\xfd" + bytes(100)}
        for what, damaged in damages.items():
            other.write_bytes(damaged)
            for command in ("inspect", "scan", "check"):
                with self.subTest(damage=what, command=command):
                    told, run = self.told(depots, command, str(other), str(depots.image("Leaf")))
                    self.assertEqual(run.returncode, 3, run.stdout)
                    self.assertIn(str(depots.image("Leaf").relative_to(depots.user)), told)
                    failed = told[str(other)]
                    reason = (failed.get("reasons") or failed["unknowns"])[0]
                    self.assertIn("offset", reason, failed)

    def test_an_image_beyond_the_limit_is_left_out_and_said(self):
        depots = self.packed("1.10.8-plain")
        _, run = self.told(depots, "inspect", "--max-size", "1000", str(depots.bundle))
        self.assertEqual(run.returncode, 3)
        reasons = {json.loads(line)["reasons"][0]["code"] for line in run.stdout.splitlines()}
        self.assertEqual(reasons, {"too-large"})

    def test_what_works_on_files_alone_refuses_a_bundle(self):
        depots = self.packed("1.10.8-plain")
        before = depots.bundle.read_bytes()
        for command, *options in (["rewrite", "--map", "/a=/b"], ["scan", "--to", "/usr/share/julia"]):
            run = depots.run(command, *options, str(depots.bundle))
            self.assertEqual(run.returncode, 3, run.stdout + run.stderr)
            self.assertIn("jireloc unpack", run.stderr)
        self.assertEqual(depots.bundle.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
