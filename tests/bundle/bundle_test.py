"""pack and unpack on depots of the corpus: what is packed, where it comes out, and that nothing damaged gets in."""
import hashlib
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from bundle_case import BundleCase, files_of  # noqa: E402
from corpus_depots import JIRELOC  # noqa: E402
from short_run import LONG, REDUCED  # noqa: E402

VERSIONS = ["1.5.3-plain", "1.10.8-plain", "1.12.5-plain"]


class Bundles(BundleCase):
    def test_a_depot_is_packed_and_comes_out_relocated_at_places_of_any_length(self):
        for folder in VERSIONS:
            depots = self.depots(folder)
            items, run = self.pack(depots)
            self.assertEqual(run.returncode, 0, run.stderr)
            images = [item for item in items if item["kind"] == "image"]
            self.assertEqual({item["status"] for item in images}, {"kept"})
            user = depots.user.rename(depots.top / "gone")
            for place in ("s", "v", "a/much/longer/place/for/a/depot")[2 * REDUCED:]:
                with self.subTest(folder=folder, place=place):
                    target = depots.top / place
                    unpacked, run = self.unpack(depots, target)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    self.assertEqual({item["status"] for item in unpacked if item["kind"] == "image"}, {"relocated"})
                    self.fresh(depots, target, len(images))
                    self.assertEqual([path for path in target.glob(".jireloc-*") if path.name != ".jireloc-lock"], [])
                    before = files_of(target)
                    again, run = self.unpack(depots, target)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    self.assertEqual({item["status"] for item in again if item["kind"] != "bundle"}, {"already-there"})
                    self.assertEqual(files_of(target), before)
            user.rename(depots.user)

    def test_at_its_own_place_it_comes_out_as_it_was(self):
        depots = self.depots()
        items, _ = self.pack(depots)
        before = files_of(depots.user)
        depots.user.rename(depots.top / "gone")
        unpacked, run = self.unpack(depots, depots.user)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual({item["status"] for item in unpacked if item["kind"] != "bundle"}, {"merged"})
        self.fresh(depots, depots.user, sum(item["kind"] == "image" for item in items))
        packed = files_of(depots.user)
        self.assertEqual({name: packed[name] for name in packed}, {name: before[name] for name in packed})
        self.assertTrue(packed)

    def test_a_depot_that_images_record_under_two_names_comes_out_under_one(self):
        for number, folder in enumerate(VERSIONS):
            for packed_as in ("u", "h")[number % 2:][:1] if REDUCED else ("u", "h"):
                depots = self.depots(folder)
                user, home = depots.user, depots.top / "h"
                home.symlink_to("u")
                for package in ("Leaf", "Top"):
                    run = depots.run("rewrite", "--map", f"{user}={home}", str(depots.image(package)))
                    self.assertEqual(run.returncode, 0, run.stderr)
                recorded = b"".join(path.read_bytes() for path in (user / "compiled").rglob("*.[js][io]"))
                self.assertIn(f"{home}/".encode(), recorded)
                self.assertIn(f"{user}/".encode(), recorded)
                depots.user = depots.top / packed_as
                items, run = self.pack(depots)
                images = [item for item in items if item["kind"] == "image"]
                self.assertEqual({item["status"] for item in images}, {"kept"}, run.stderr)
                for place in ("s", "h", "u"):  # the last two: where it was
                    with self.subTest(folder=folder, packed_as=packed_as, place=place):
                        if place == "h":
                            home.unlink()
                            user.rename(depots.top / "gone")
                        target = depots.top / place
                        unpacked, run = self.unpack(depots, target)
                        self.assertEqual(run.returncode, 0, run.stderr)
                        statuses = {item["status"] for item in unpacked if item["kind"] == "image"}
                        self.assertLessEqual(statuses, {"relocated", "merged"}, unpacked)
                        self.fresh(depots, target, len(images))
                        for path in (target / "compiled").rglob("*.[js][io]"):
                            for old in {user, home} - {target}:
                                self.assertFalse(f"{old}/".encode() in path.read_bytes(), f"{old} in {path}")
                        if place == "h":
                            target.rename(depots.top / "gone too")

    def test_the_same_depot_gives_the_same_bytes_and_tar_opens_them(self):
        depots = self.depots()
        self.pack(depots)
        self.pack(depots, "-j", "1", output=depots.top / "again")
        self.assertEqual(depots.bundle.read_bytes(), (depots.top / "again").read_bytes())
        subprocess.run(["zstd", "-q", "-t", depots.bundle], check=True)
        listed = subprocess.run(["tar", "--zstd", "-tf", depots.bundle], capture_output=True, text=True, check=True).stdout
        self.assertEqual(listed.splitlines()[0], "jireloc-bundle.json")
        (depots.top / "x").mkdir()
        subprocess.run(["tar", "--zstd", "-xf", depots.bundle, "-C", depots.top / "x"], check=True)
        manifest = json.loads((depots.top / "x/jireloc-bundle.json").read_text())
        self.assertEqual(manifest["schema"], "jireloc/bundle/1")
        self.assertEqual(manifest["depot"], str(depots.user))
        names = [file["path"] for file in manifest["files"]]
        self.assertEqual(names, sorted(names, key=str.encode))
        self.assertEqual(listed.splitlines()[1:], [file["path"] + "/" * (file["kind"] == "folder") for file in manifest["files"]])
        extracted, original = files_of(depots.top / "x", ["jireloc-bundle.json"]), files_of(depots.user)
        self.assertEqual(extracted, {name: original[name] for name in extracted})
        self.assertEqual(set(extracted), {file["path"] for file in manifest["files"] if file["kind"] != "folder"})

    def test_what_is_not_fresh_is_left_out_and_said(self):
        depots = self.depots()
        source = next((depots.user / "packages").glob("Leaf/*/src/Leaf.jl"))
        source.write_text(source.read_text() + "\n")
        items, run = self.pack(depots)
        told = {(item["kind"], Path(item["path"]).parent.name): item for item in items if item["kind"] != "bundle"}
        self.assertEqual(told["package", "Leaf"]["status"], "dropped")
        self.assertEqual(told["image", "Leaf"]["status"], "dropped")
        self.assertEqual(told["image", "Top"]["status"], "dropped")
        listed = depots.run("unpack", str(depots.bundle), "--list").stdout
        self.assertNotIn("/Leaf/", listed)
        self.assertIn("packages/", listed)

    def test_one_package_comes_with_what_its_images_need(self):
        depots = self.depots()
        items, run = self.pack(depots, "--package", "Mid")
        self.assertEqual({Path(item["path"]).parent.name for item in items if item["kind"] == "image"}, {"Leaf", "Mid"}, run.stderr)
        run = depots.run("pack", str(depots.user), "-o", str(depots.bundle), "--package", "NoSuchPackage")
        self.assertEqual(run.returncode, 2)
        self.assertIn("NoSuchPackage", run.stderr)

    def test_what_of_a_chosen_package_cannot_be_read_is_said(self):
        depots = self.depots()
        for name in ("Leaf", "Top"):
            (depots.image(name).parent / "aaaaa_bbbbb.ji").write_bytes(b"no image")
        project, _ = self.project(depots, but=("Top", "Big"))
        for choice in (["--package", "Leaf"], ["--project", str(project)]):
            items, run = self.pack(depots, *choice)
            refused = [item for item in items if item["kind"] == "image" and item["status"] != "kept"]
            self.assertEqual([Path(item["path"]).parent.name for item in refused], ["Leaf"], run.stderr)
            self.assertEqual(run.returncode, 1)

    def assert_opens_no_source(self, depots, *command):
        """By its path, as proofs do; that it was asked for its status shows that it was seen at work."""
        trace = depots.traced("openat,newfstatat", *command, "--allow-build-scripts")
        if trace is None:
            self.skipTest("strace may not trace here")
        calls = re.findall(r'(openat|newfstatat)\(AT_FDCWD, "([^"]*/src/[^"]*\.jl)"', trace)
        self.assertEqual({path for call, path in calls if call == "openat"}, set())
        self.assertTrue([path for _, path in calls if path.endswith("shapes.jl")], calls)

    def test_sources_are_not_opened_again_for_the_images_that_are_packed_with_them(self):
        for folder in ("1.10.8-plain", "1.12.5-plain"):
            with self.subTest(folder):
                depots = self.depots(folder)
                self.assert_opens_no_source(depots, "pack", depots.user, "-o", depots.bundle)

    def test_sources_that_were_unpacked_are_not_read_to_be_proven(self):
        for folder in ("1.10.8-plain", "1.12.5-plain"):
            with self.subTest(folder):
                depots = self.depots(folder)
                self.pack(depots)
                self.assert_opens_no_source(depots, "unpack", depots.bundle, "--to", depots.shared)

    def test_a_part_of_a_bundle_comes_with_what_its_images_need(self):
        depots = self.depots()
        self.pack(depots)
        _, run = self.unpack(depots, depots.shared, "--package", "Mid")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual({path.parent.name for path in depots.shared.rglob("*.ji")}, {"Leaf", "Mid"})
        self.assertEqual({path.name for path in (depots.shared / "packages").glob("*")}, {"Leaf", "Mid"})
        self.fresh(depots, depots.shared, 2)
        _, run = self.unpack(depots, depots.shared, "--package", "NoSuchPackage")
        self.assertEqual(run.returncode, 2)
        _, run = self.unpack(depots, depots.shared)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_a_bundle_rests_on_another_and_comes_out_where_that_did(self):
        short, longer = "s", "a/much/longer/place/for/a/depot"
        cases = {"1.5.3-plain": [short], "1.10.8-plain": [longer], "1.12.5-plain": [longer] * LONG, "1.10.8-split": [short, *[longer] * LONG]}
        if REDUCED:
            del cases["1.12.5-plain"], cases["1.10.8-split"]
        for folder, places in cases.items():
            depots = self.depots(folder)
            base, new = depots.top / "base", depots.bundle
            self.pack(depots, "--package", "Mid", output=base)
            items, run = self.pack(depots, "--since", str(base))
            self.assertEqual({item["status"] for item in items if Path(item["path"]).parent.name in ("Leaf", "Mid")}, {"already-there"}, items)
            count = sum(item["kind"] == "image" and item["status"] != "dropped" and not item["reasons"] for item in items)
            manifest = self.manifest(depots, new)
            self.assertEqual({Path(package["path"]).parent.name for package in manifest["packages"]} & {"Leaf", "Mid"}, set())
            [rests_on] = manifest["since"]
            self.assertEqual(rests_on["sha256"], hashlib.sha256(base.read_bytes()).hexdigest())
            self.assertTrue(rests_on["builds"])
            self.assertEqual(items[-1]["since"], [rests_on["sha256"]])
            self.pack(depots, "--since", str(base), "-j", "1", output=depots.top / "again")
            self.assertEqual(new.read_bytes(), (depots.top / "again").read_bytes())
            depots.user.rename(depots.top / "gone")
            for place in places:
                with self.subTest(folder=folder, place=place):
                    target = depots.top / place
                    items, run = self.unpack(depots, target, bundle=new)
                    self.assertEqual((run.returncode, items), (3, []), run.stderr)
                    self.assertIn(rests_on["sha256"], run.stderr)
                    self.assertEqual([path.name for path in target.glob("*") if path.name != ".jireloc-lock"], [])
                    both, run = self.unpack(depots, target, str(new), bundle=base)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    self.fresh(depots, target, count)
                    grew = any(item.get("grown", {}).get("new_identity") for item in both)
                    self.assertEqual(grew, place == longer)
                    apart = depots.top / f"{place}1"
                    _, run = self.unpack(depots, apart, bundle=base)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    items, run = self.unpack(depots, apart, bundle=new)
                    if grew:  # the build that the images ask for is not there under that name
                        self.assertEqual((run.returncode, items), (3, []), run.stderr)
                        self.assertIn("together", run.stderr)
                        _, run = self.unpack(depots, apart, str(new), bundle=base)
                    self.assertEqual(run.returncode, 0, run.stderr)
                    self.fresh(depots, apart, count)

    def test_what_a_bundle_rests_on_is_proven_in_the_depot(self):
        depots = self.depots()
        base, new, target = depots.top / "base", depots.bundle, depots.shared
        # All packages are in the base, and of the images Leaf's alone.
        images = depots.user / "compiled"
        images.rename(depots.top / "compiled")
        shutil.copytree(next((depots.top / "compiled").glob("v*/Leaf")), images / "v1.10/Leaf")
        self.pack(depots, output=base)
        shutil.rmtree(images)
        (depots.top / "compiled").rename(images)
        items, _ = self.pack(depots, "--since", str(base))
        self.assertEqual(self.manifest(depots, new)["packages"], [])
        _, run = self.unpack(depots, target, bundle=base)
        self.assertEqual(run.returncode, 0, run.stderr)
        source = next(target.glob("packages/Mid/*/src/Mid.jl"))
        text = source.read_text()
        source.write_text(text.replace("Mid", "Mud"))
        _, run = self.unpack(depots, target, bundle=new)
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertIn("Mid.jl", run.stderr)
        self.assertEqual([path.name for path in target.glob("compiled/v*/*")], ["Leaf"])
        source.write_text(text)  # with another time, too
        _, run = self.unpack(depots, target, bundle=new)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.fresh(depots, target, sum(item["kind"] == "image" for item in items))

    def test_an_array_is_closed_where_the_second_bundle_fails(self):
        depots, _ = self.small()
        damaged = depots.top / "damaged"
        damaged.write_bytes(depots.bundle.read_bytes()[:-1])
        run = depots.run("unpack", str(depots.bundle), str(damaged), str(depots.bundle), "--to", str(depots.shared),
                         "--allow-build-scripts", "--json=array")
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertEqual([item["status"] for item in json.loads(run.stdout) if item["kind"] == "image"], ["relocated", "already-there"])

    def test_what_a_project_wants_is_packed_and_nothing_else(self):
        depots = self.depots()
        project, names = self.project(depots, but=("Top", "Big"))
        items, run = self.pack(depots, "--project", str(project))
        self.assertEqual(run.returncode, 0, run.stderr)
        manifest = self.manifest(depots, depots.bundle)
        self.assertEqual(sorted(package["name"] for package in manifest["packages"]), names)
        # The extension of two of them, too.
        self.assertEqual(sorted(image["name"] for image in manifest["images"]), sorted([*names, "MidPrefsExt"]))
        (project / "Manifest.toml").unlink()
        run = depots.run("pack", str(depots.user), "-o", str(depots.bundle), "--project", str(project))
        self.assertEqual(run.returncode, 2, run.stderr)

    def test_artifacts_come_with_their_links(self):
        depots = self.depots("1.5.3-plain")
        artifact = depots.user / "artifacts/made"
        (artifact / "lib").mkdir(parents=True)
        (artifact / "lib/libx.so.1").write_text("x")
        (artifact / "lib/libx.so").symlink_to("libx.so.1")
        (artifact / "lib/up").symlink_to("../lib/libx.so")
        subprocess.run(["git", "init", "-q", artifact], check=True)
        subprocess.run(["git", "-C", artifact, "add", "."], check=True)
        tree = subprocess.run(["git", "-C", artifact, "write-tree"], check=True, capture_output=True, text=True).stdout.strip()
        shutil.rmtree(artifact / ".git")
        artifact = artifact.rename(artifact.parent / tree)
        items, run = self.pack(depots)
        self.assertEqual([item for item in items if item["kind"] == "artifact"], [])
        items, run = self.pack(depots, "--with-artifacts")
        self.assertEqual([item["status"] for item in items if item["kind"] == "artifact"], ["kept"], run.stderr)
        before = files_of(artifact)
        _, run = self.unpack(depots, depots.shared)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(files_of(depots.shared / "artifacts" / tree), before)
        # A link that leads out of it is no bundle's.
        (artifact / "lib/out").symlink_to("/etc/passwd")
        items, run = self.pack(depots, "--with-artifacts")
        self.assertEqual([item["status"] for item in items if item["kind"] == "artifact"], ["dropped"], run.stderr)

    def test_native_libraries_come_with_their_images(self):
        depots = self.depots("1.10.8-split")
        self.pack(depots)
        manifest = self.manifest(depots, depots.bundle)
        images = {image["path"]: image for image in manifest["images"]}
        self.assertTrue(images)
        for image in images.values():
            self.assertTrue(image["library"].endswith(".so") and image["processors"], image)
        _, run = self.unpack(depots, depots.shared)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual({str(path.relative_to(depots.shared)) for path in (depots.shared / "compiled").rglob("*") if path.suffix in (".ji", ".so")},
                         {image[key] for image in images.values() for key in ("path", "library")})
        self.fresh(depots, depots.shared, len(images))

    def test_a_dry_run_writes_nothing(self):
        depots = self.depots()
        run = depots.run("pack", str(depots.user), "--dry-run", "-o", str(depots.bundle), "--allow-build-scripts")
        self.assertEqual((run.returncode, depots.bundle.exists()), (0, False), run.stderr)
        self.pack(depots)
        items, run = self.unpack(depots, depots.shared, "--dry-run")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual({item["status"] for item in items if item["kind"] == "image"}, {"relocated"})
        self.assertEqual(files_of(depots.shared), {})
        self.unpack(depots, depots.shared)
        before = files_of(depots.shared)
        items, run = self.unpack(depots, depots.shared, "--dry-run")
        self.assertEqual({item["status"] for item in items if item["kind"] == "image"}, {"already-there"})
        self.assertEqual(files_of(depots.shared), before)

    def test_standard_input_is_read_once_from_its_start(self):
        depots = self.depots()
        items, _ = self.pack(depots)
        run = subprocess.run([JIRELOC, "unpack", "-", "--to", depots.shared, "--allow-build-scripts"],
                             input=depots.bundle.read_bytes(), capture_output=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.fresh(depots, depots.shared, sum(item["kind"] == "image" for item in items))

    def verify(self, data):
        return subprocess.run([JIRELOC, "unpack", "-", "--verify-only"], input=data, capture_output=True)

    def test_every_changed_byte_and_every_cut_is_noticed(self):
        _, data = self.small()
        self.assertEqual(self.verify(data).returncode, 0)
        seed = random.Random(19)
        step, some = (4, 10) if REDUCED else (1, 40)
        places = range(len(data)) if LONG else sorted(
            {*range(0, 16, step), *range(len(data) - 90, len(data), 5 * step), *seed.sample(range(len(data)), some)})
        for at in places:
            changed = bytearray(data)
            changed[at] ^= 1 << seed.randrange(8)
            run = self.verify(bytes(changed))
            self.assertEqual(run.returncode, 3, f"byte {at}: {run}")
            self.assertIn(b"offset", run.stderr)
        for size in places:
            run = self.verify(data[:size])
            self.assertEqual(run.returncode, 3, f"cut to {size}")
        self.assertEqual(self.verify(data + b"\0").returncode, 3)
        self.assertEqual(self.verify(data + data).returncode, 3)

    def test_of_a_damaged_bundle_nothing_gets_into_the_depot(self):
        depots, data = self.small()
        for at in (len(data) - 100, len(data) // 2, len(data) - 1):
            damaged = depots.top / "damaged"
            damaged.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1:])
            items, run = self.unpack(depots, depots.shared, bundle=damaged)
            self.assertEqual((run.returncode, items), (3, []), run.stderr)
            self.assertEqual([path.name for path in depots.shared.glob("*") if path.name != ".jireloc-lock"], [])

    def test_the_wrong_digest_is_refused(self):
        depots, data = self.small()
        digest = hashlib.sha256(data).hexdigest()
        items, run = self.unpack(depots, depots.shared, "--expect-digest", "0" * 64)
        self.assertEqual((run.returncode, items), (3, []))
        self.assertIn(digest, run.stderr)
        self.assertEqual(list(depots.shared.glob("packages")), [])
        items, run = self.unpack(depots, depots.shared, "--expect-digest", digest)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_after_a_kill_the_next_run_completes(self):
        depots = self.depots()
        self.pack(depots)
        self.unpack(depots, depots.top / "whole")
        whole = files_of(depots.top / "whole")
        seed = random.Random(7)
        command = [JIRELOC, "unpack", str(depots.bundle), "--to", str(depots.top / "o/killd"), "--allow-build-scripts"]
        begin = time.monotonic()
        subprocess.run([*command[:4], str(depots.top / "o/timed"), command[-1]], capture_output=True, check=True)
        takes = time.monotonic() - begin
        for _ in range(100 if LONG else 4 if REDUCED else 8):
            run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seed.random() * takes)
            run.send_signal(signal.SIGKILL)
            run.wait()
        target = depots.top / "o/killd"
        run = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        # Young temporary files of images stay for an hour: another program may be at work on them. Folders go.
        self.assertEqual({name for name in files_of(target) if not Path(name).name.startswith(".jireloc-")}, set(whole))
        self.fresh(depots, target, sum(name.endswith(".ji") for name in whole))


if __name__ == "__main__":
    unittest.main()
