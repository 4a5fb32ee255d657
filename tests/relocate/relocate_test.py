"""The post-test step on real images: what must not be cached stays out, the rest arrives whole and accepted."""
import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import CORPUS, JIRELOC, PLAIN, Depots  # noqa: E402, F401
from short_run import LONG, REDUCED  # noqa: E402

KILLS = int(os.environ.get("JIRELOC_KILLS") or (200 if LONG else 8 if REDUCED else 25))


class Relocate(unittest.TestCase):
    def test_all_that_may_be_cached_arrives_and_is_accepted_at_the_new_place(self):
        for folder in PLAIN:
            with self.subTest(folder=folder), Depots(folder) as depots:
                run = depots.relocate("--allow-build-scripts")
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(set(depots.status("package").values()), {"merged"}, run.stderr)
                self.assertEqual(set(depots.status().values()), {"relocated"}, run.stderr)
                self.assertEqual(depots.prune_problems(), [])
                for path in (depots.shared / "compiled").rglob("*.ji"):
                    self.assertNotIn(str(depots.user).encode() + b"/", path.read_bytes(), path)
                source = next((depots.user / "packages" / "Leaf").rglob("shapes.jl"))
                copied = depots.shared / source.relative_to(depots.user)
                self.assertEqual(copied.stat().st_mtime_ns, source.stat().st_mtime_ns)
                check = depots.run("check", "--json", "--depot", str(depots.shared), str(depots.shared / "compiled"))
                verdicts = {json.loads(line)["verdict"] for line in check.stdout.splitlines()}
                self.assertEqual(verdicts, {"fresh"}, check.stdout)

    def test_what_was_written_is_read_back_but_with_durability_none_unless_the_source_goes(self):
        def reads(*options):
            with Depots("1.10.8-plain") as depots:
                trace = depots.traced("pread64", "relocate", "--from", depots.user, "--to", depots.shared, "--allow-build-scripts",
                                      "--quiet", "-j", "1", *options)
                if trace is None:
                    self.skipTest("strace may not trace here")
                return trace.count("pread64("), len(list((depots.shared / "compiled").rglob("*.ji")))

        (batch, images), (none, _) = (reads("--durability", level) for level in ("batch", "none"))
        self.assertTrue(images)
        self.assertGreaterEqual(batch - none, images)
        self.assertEqual(*(reads("--move", "--durability", level) for level in ("batch", "none")))

    def test_split_images_arrive_with_their_libraries_and_those_without_one_stay_out(self):
        for folder in ("1.10.8-split", "1.13.0-rc1-split", "1.14.0-DEV-format15-split"):
            with self.subTest(folder=folder), Depots(folder) as depots:
                run = depots.relocate("--allow-build-scripts")
                self.assertEqual(depots.images["Leaf"]["status"], "relocated", run.stderr)
                self.assertTrue(depots.image("Leaf", depots.shared).with_suffix(".so").exists())
                self.assertEqual(depots.images["Big"]["reasons"][0]["code"], "library-absent")
                self.assertEqual(depots.images["MidPrefsExt"]["status"], "dropped", "Prefs has no library here")
                self.assertEqual(depots.prune_problems(), [])

    def test_julias_store_of_native_objects_is_left_where_it_is_and_named_once(self):
        with Depots("1.14.0-DEV-format15-plain") as depots:
            store = depots.user / "cache/v1.14/objcache-lmdb1"
            store.mkdir(parents=True)
            for name in ("data.mdb", "lock.mdb"):
                (store / name).write_bytes(b"x" * 100)
            run = depots.relocate("--allow-build-scripts", "--move")
            self.assertEqual(run.returncode, 0, run.stderr)
            said = [item for item in depots.items if "objcache" in item["path"]]
            self.assertEqual([(i["kind"], i["status"], i["warnings"][0]["code"]) for i in said],
                             [("leftover", "kept", "object-cache")])
            self.assertEqual(run.stderr.count("objcache"), 1, run.stderr)
            self.assertEqual(sorted(path.name for path in store.iterdir()), ["data.mdb", "lock.mdb"])
            self.assertFalse((depots.shared / "cache").exists())

    def test_a_build_script_keeps_a_package_and_its_image_out(self):
        with Depots("1.10.8-plain") as depots:
            run = depots.relocate()
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(depots.packages["Top"]["reasons"][0]["code"], "build-script")
            self.assertEqual(depots.images["Top"]["status"], "dropped")
            self.assertEqual(depots.images["Mid"]["status"], "relocated")
            self.assertFalse((depots.shared / "packages" / "Top").joinpath("8M1MU").exists())
            self.assertEqual(depots.relocate("--strict").returncode, 1)

    def test_a_modified_package_and_all_that_depends_on_it_stay_out(self):
        with Depots("1.10.8-plain") as depots:
            shapes = next((depots.user / "packages" / "Leaf").rglob("shapes.jl"))
            time_before = shapes.stat().st_mtime_ns
            shapes.write_bytes(shapes.read_bytes().replace(b"Square", b"Sqaure"))
            os.utime(shapes, ns=(time_before, time_before))
            depots.relocate("--allow-build-scripts")
            self.assertEqual(depots.packages["Leaf"]["reasons"][0]["code"], "modified-tree")
            self.assertEqual({n for n, s in depots.status().items() if s == "dropped"},
                             {"Leaf", "Mid", "Top", "MidPrefsExt", "Big"})
            self.assertEqual(depots.images["Prefs"]["status"], "relocated")
            self.assertEqual(depots.prune_problems(), [])

    def test_a_second_run_finds_everything_there_and_writes_nothing(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate("--allow-build-scripts")
            before = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in depots.shared.rglob("*") if p.is_file()}
            run = depots.relocate("--allow-build-scripts")
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(set(depots.status().values()) | set(depots.status("package").values()), {"already-there"})
            after = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in depots.shared.rglob("*") if p.is_file()}
            for record in (depots.shared / ".jireloc-lock", depots.shared / "compiled/.jireloc-index"):
                before.pop(record, None), after.pop(record, None)
            self.assertEqual(before, after)

    def test_an_image_of_the_same_build_counts_as_there_only_if_it_is_sound(self):
        def flip(path):
            data = bytearray(path.read_bytes())
            data[-40] ^= 1
            path.write_bytes(data)

        def unrelocate(path):
            depots.run("rewrite", "--payload=require", "--map", f"{depots.shared}={depots.user}", str(path))

        for damage in (flip, unrelocate):
            with self.subTest(damage=damage.__name__), Depots("1.10.8-plain") as depots:
                depots.relocate("--allow-build-scripts")
                there = depots.image("Leaf", depots.shared)
                damage(there)
                bad = there.read_bytes()
                run = depots.relocate("--allow-build-scripts", "--move")
                self.assertEqual(depots.images["Leaf"]["status"], "relocated", run.stderr)
                self.assertIn(there.name, depots.images["Leaf"]["warnings"][0]["message"])
                self.assertNotEqual(depots.images["Leaf"]["target"], str(there))
                self.assertEqual(there.read_bytes(), bad, "what is there is never overwritten")
                check = depots.run("check", "--json", "--depot", str(depots.shared), depots.images["Leaf"]["target"])
                self.assertEqual(json.loads(check.stdout)["verdict"], "fresh")

    def test_another_image_of_the_same_name_gets_a_free_name_beside_it(self):
        with Depots("1.10.8-plain") as depots:
            other = depots.shared / depots.image("Leaf").relative_to(depots.user)
            other.parent.mkdir(parents=True)
            shutil.copy(depots.image("Big"), other)
            original = other.read_bytes()
            run = depots.relocate("--allow-build-scripts")
            self.assertEqual(depots.images["Leaf"]["status"], "relocated", run.stderr)
            self.assertNotEqual(depots.images["Leaf"]["target"], str(other))
            self.assertTrue(Path(depots.images["Leaf"]["target"]).name.startswith(other.name.split("_")[0] + "_"))
            self.assertEqual(other.read_bytes(), original)

    def test_another_tree_of_the_same_name_is_a_conflict_and_stays(self):
        with Depots("1.10.8-plain") as depots:
            slug = next((depots.user / "packages" / "Leaf").iterdir())
            there = depots.shared / slug.relative_to(depots.user)
            there.mkdir(parents=True)
            (there / "Project.toml").write_text("other")
            run = depots.relocate("--allow-build-scripts")
            self.assertEqual(run.returncode, 3)
            self.assertEqual(depots.packages["Leaf"]["status"], "conflict")
            self.assertEqual(depots.images["Mid"]["status"], "dropped")
            self.assertEqual((there / "Project.toml").read_text(), "other")

    def test_sources_outside_the_depots_stay_out_unless_a_map_covers_them(self):
        with Depots("1.10.8-plain") as depots:
            moved = depots.top / "dev"
            depots.run("rewrite", "--payload=header-only", "--map", f"{depots.user}/packages/Leaf={moved}/Leaf",
                       str(depots.image("Leaf")))
            depots.relocate("--allow-build-scripts", "--payload=header-only")
            self.assertEqual(depots.images["Leaf"]["status"], "dropped")
            self.assertEqual(depots.images["Top"]["reasons"][0]["code"], "dependency-dropped")

    def test_an_image_whose_dependency_has_no_image_stays_out(self):
        with Depots("1.10.8-plain") as depots:
            depots.image("Leaf").unlink()
            depots.relocate("--allow-build-scripts")
            self.assertEqual(depots.images["Mid"]["reasons"][0]["code"], "dependency-missing")
            self.assertIn("of Leaf, of which there is no image", depots.images["Mid"]["reasons"][0]["message"])
            self.assertEqual(depots.images["Prefs"]["status"], "relocated")

    def test_one_depot_inside_the_other_is_a_usage_error(self):
        with Depots("1.10.8-plain") as depots:
            for inside in (depots.user / "shared", depots.user, depots.top):
                run = depots.run("relocate", "--from", str(depots.user), "--to", str(inside))
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn("one depot lies inside the other", run.stderr)
            self.assertFalse((depots.user / "shared").exists())

    def test_leftovers_and_orphans_are_named(self):
        with Depots("1.10.8-split") as depots:
            folder = depots.image("Leaf").parent
            depots.image("Big").unlink()
            (folder / "D4iCS_zzzzz.so").write_bytes(b"x")
            (folder / "D4iCS_yyyyy.ji").touch()
            (folder / "D4iCS_yyyyy.ji.pidfile").touch()
            os.utime(folder / "D4iCS_yyyyy.ji.pidfile", (1, 1))
            depots.relocate()
            codes = {i["reasons"][0]["code"] for i in depots.items if i["kind"] == "leftover"}
            self.assertEqual(codes, {"in-progress", "empty-file", "pidfile"})
            prune = depots.run("prune", "--json", "--grace", "0", str(depots.user))
            items = map(json.loads, prune.stdout.splitlines())
            codes = {i["reasons"][0]["code"] for i in items if i["kind"] == "leftover"}
            self.assertEqual(codes, {"orphan-library", "empty-file", "pidfile"})

    def test_symbolic_links_and_pipes_planted_in_the_users_depot_are_never_followed(self):
        with Depots("1.10.8-plain") as depots:
            leaf = next((depots.user / "packages" / "Leaf").iterdir())
            os.mkfifo(leaf / "pipe")
            image = depots.image("Big")
            image.unlink()
            image.symlink_to("/etc/passwd")
            shutil.rmtree(depots.user / "packages" / "Mid")
            (depots.user / "packages" / "Mid").symlink_to("/etc")
            run = depots.relocate("--allow-build-scripts")
            self.assertEqual(depots.packages["Leaf"]["status"], "dropped", run.stderr)
            self.assertNotIn("Big", depots.status())
            self.assertFalse((depots.shared / "packages" / "Mid").exists())

    def test_a_dry_run_says_the_same_and_makes_nothing(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate("--dry-run")
            planned = (depots.status(), depots.status("package"))
            self.assertFalse(depots.shared.exists())
            depots.relocate()
            self.assertEqual(planned, (depots.status(), depots.status("package")))

    def test_move_removes_from_the_source_only_what_is_safely_there(self):
        with Depots("1.10.8-plain") as depots:
            empty = [depots.user / "packages/Empty", depots.user / "packages/Empty/inner", depots.user / "compiled/v1.10/No",
                     depots.user / "artifacts"]
            for folder in empty:
                folder.mkdir()
            depots.relocate("--move")
            left = {path.parent.name for path in (depots.user / "compiled").rglob("*.ji")}
            self.assertEqual(left, {"Top"})
            self.assertTrue(any((depots.user / "packages" / "Top").iterdir()))
            self.assertFalse((depots.user / "packages" / "Leaf").exists(), "it was emptied")
            self.assertFalse((depots.user / "compiled/v1.10/Leaf").exists(), "it was emptied")
            self.assertTrue(all(folder.is_dir() for folder in empty), "they were empty before")
            for folder in reversed(empty[:3]):
                folder.rmdir()
            depots.relocate("--move", "--allow-build-scripts")
            # All is moved; the three folders that make a depot stay.
            tops = [depots.user / name for name in ("artifacts", "compiled", "packages")]
            self.assertEqual([list(top.iterdir()) for top in tops], [[], [], []])

    def test_a_world_writable_target_is_refused(self):
        with Depots("1.10.8-plain") as depots:
            depots.shared.mkdir()
            depots.shared.chmod(0o777)
            self.assertEqual(depots.relocate().returncode, 3)
            self.assertEqual([p.name for p in depots.shared.iterdir()], [])

    def test_artifacts_must_have_the_tree_hash_of_their_name(self):
        with Depots("1.10.8-plain") as depots:
            good = depots.user / "artifacts" / ("0" * 40)
            good.mkdir(parents=True)
            (good / "file").write_text("x")
            depots.relocate()
            item = next(i for i in depots.items if i["kind"] == "artifact")
            self.assertEqual(item["reasons"][0]["code"], "modified-tree")
            actual = item["reasons"][0]["message"].split()[-1]
            good.rename(good.with_name(actual))
            depots.relocate()
            self.assertEqual(next(i for i in depots.items if i["kind"] == "artifact")["status"], "merged")
            self.assertEqual((depots.shared / "artifacts" / actual / "file").read_text(), "x")

    def test_a_stamp_sets_the_times_of_sources_and_records_alike(self):
        with Depots("1.10.8-plain") as depots:
            run = depots.relocate("--allow-build-scripts", "--stamp=1600000000")
            self.assertEqual(run.returncode, 0, run.stderr)
            times = {p.stat().st_mtime_ns for p in (depots.shared / "packages").rglob("*") if p.is_file()}
            self.assertEqual(times, {1_600_000_000 * 10**9})
            inspect = depots.run("inspect", "--json", str(depots.image("Leaf", depots.shared)))
            recorded = {item["mtime"] for item in json.loads(inspect.stdout)["includes"]}
            self.assertEqual(recorded, {1_600_000_000.0})
            self.assertEqual(depots.prune_problems(), [])

    def test_a_depot_named_through_a_symbolic_link_is_relocated_all_the_same(self):
        with Depots("1.10.8-plain") as depots:
            link = depots.top / "l"
            link.symlink_to(depots.user)
            run = depots.run("relocate", "--allow-build-scripts", "--from", str(link), "--to", str(depots.shared))
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(depots.prune_problems(), [])
            self.assertNotIn(str(depots.user).encode() + b"/", depots.image("Leaf", depots.shared).read_bytes())

    def test_the_images_that_came_first_go_beyond_the_limit_but_none_that_another_needs(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate("--allow-build-scripts")
            names = {}
            for package in ("Top", "Leaf"):
                image = depots.image(package, depots.shared)
                names[package] = [image] + [image.with_name(image.name.split("_")[0] + f"_copy{i}.ji") for i in (1, 2)]
                for age, name in enumerate(names[package]):
                    if age:
                        shutil.copy(image, name)
                    os.utime(name, (1_700_000_000 + age, 1_700_000_000 + age))
            run = depots.relocate("--allow-build-scripts", "--max-per-package", "1")
            self.assertEqual(run.returncode, 0, run.stderr)
            # The copies are in no record: older than all, whatever their times say.
            self.assertEqual([name.exists() for name in names["Top"]], [True, False, False])
            self.assertEqual([name.exists() for name in names["Leaf"]], [True, True, True], "Mid and Big need it")
            removed = [Path(i["path"]) for i in depots.items if i["removed"]]
            self.assertEqual(sorted(removed), sorted(names["Top"][1:]))
            self.assertEqual({i["reasons"][0]["code"] for i in depots.items if i["removed"]}, {"too-many"})

    def test_beside_a_julia_that_compiles_no_image_goes_for_its_age(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate("--allow-build-scripts")
            image = depots.image("Top", depots.shared)
            older = image.with_name(image.name.split("_")[0] + "_copy1.ji")
            shutil.copy(image, older)
            lock = image.with_name("D4iCS_AAAAA.ji.pidfile")
            lock.write_text(str(os.getpid()))
            run = depots.relocate("--allow-build-scripts", "--max-per-package", "1")
            self.assertEqual(run.returncode, 0, run.stderr)
            kept = next(i for i in depots.items if i["path"] == str(older))
            self.assertEqual((kept["status"], [r["code"] for r in kept["reasons"]]), ("kept", ["being-compiled", "too-many"]))
            self.assertTrue(older.exists())
            lock.unlink()
            depots.relocate("--allow-build-scripts", "--max-per-package", "1")
            self.assertEqual([image.exists(), older.exists()], [True, False])

    def test_the_order_of_arrival_is_recorded_and_damage_to_the_record_does_no_harm(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate("--allow-build-scripts")
            record = depots.shared / "compiled" / ".jireloc-order"
            lines = record.read_text().splitlines()
            self.assertEqual(sorted(lines[1:]), sorted(str(p.relative_to(depots.shared / "compiled"))
                                                       for p in (depots.shared / "compiled").rglob("*.ji")))
            self.assertLess([i for i, line in enumerate(lines) if "/Leaf/" in line],
                            [i for i, line in enumerate(lines) if "/Top/" in line])
            image = depots.image("Top", depots.shared)
            copies = [image.with_name(image.name.split("_")[0] + f"_copy{i}.ji") for i in (1, 2)]
            secret = depots.top / "secret"
            secret.write_text("not ours")

            def link():
                record.unlink()
                record.symlink_to(secret)

            top = f"v1.10/Top/{image.name}"
            for spoil in (record.unlink, lambda: record.write_bytes(os.urandom(1000)), lambda: record.write_text(""),
                          lambda: record.write_text("jireloc-order 1\n../../../etc/passwd\n\x01.ji\n/etc/x.ji\n" + top),
                          lambda: (record.unlink(), record.mkdir()), link):
                for name in copies:
                    shutil.copy(image, name)
                spoil()
                run = depots.relocate("--allow-build-scripts", "--max-per-package", "1")
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(len(list(image.parent.glob("*.ji"))), 1)
                self.assertEqual(secret.read_text(), "not ours")
                if record.is_dir() and not record.is_symlink():
                    record.rmdir()
                # What is merged now is recorded, and stays, in place of whatever lay there.
                for name in image.parent.glob("*.ji"):
                    name.unlink()
                run = depots.relocate("--allow-build-scripts", "--max-per-package", "1")
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertTrue(image.exists())
                self.assertFalse(record.is_symlink())
                self.assertIn(top, record.read_text().splitlines())

    def test_with_untrusted_only_trees_of_a_trusted_manifest_or_registry_pass(self):
        with Depots("1.10.8-plain") as depots:
            self.assertEqual(depots.relocate("--untrusted").returncode, 2, "trusted hashes are missing")
            manifest = depots.user / "environments/eval/Manifest.toml"
            text = manifest.read_text()
            leaf = text.index("[[deps.Leaf]]")
            tree = text[text.index("git-tree-sha1", leaf):].split('"')[1]
            doubtful = depots.top / "Doubtful.toml"
            doubtful.write_text(text.replace(tree, "0" * 40))
            depots.relocate("--allow-build-scripts", "--dry-run", "--untrusted", "--manifest", str(doubtful))
            self.assertEqual(depots.packages["Leaf"]["reasons"][0]["code"], "untrusted-tree")
            self.assertEqual(depots.packages["Mid"]["status"], "merged")
            registry = depots.top / "registry"
            (registry / "L/Leaf").mkdir(parents=True)
            (registry / "Registry.toml").write_text(
                '[packages]\n1eaf0000-0000-4000-8000-000000000001 = { name = "Leaf", path = "L/Leaf" }\n')
            (registry / "L/Leaf/Versions.toml").write_text(f'["0.1.0"]\ngit-tree-sha1 = "{tree}"\n')
            # As Pkg keeps registries since 1.7: packed, with a file beside it that names the archive.
            archive = depots.top / "General.tar.gz"
            subprocess.run(["tar", "-czf", archive, "-C", registry, "Registry.toml", "L"], check=True)
            dotted = depots.top / "dotted.tar.gz"
            subprocess.run(["tar", "-czf", dotted, "-C", registry, "."], check=True)
            beside = depots.top / "General.toml"
            beside.write_text('path = "General.tar.gz"\n')
            for form in (registry, archive, dotted, beside):
                run = depots.relocate("--allow-build-scripts", "--dry-run", "--untrusted", "--registry", str(form))
                self.assertEqual(depots.packages["Leaf"]["status"], "merged", f"{form}: {run.stderr}")
                self.assertEqual(depots.packages["Mid"]["reasons"][0]["code"], "untrusted-tree", form)
            archive.write_bytes(archive.read_bytes()[:100])
            self.assertNotIn(depots.relocate("--untrusted", "--registry", str(archive)).returncode, (0, 1))
            depots.relocate("--allow-build-scripts", "--untrusted", "--manifest", str(doubtful), "--registry",
                            str(registry))
            self.assertEqual(set(depots.status("package").values()), {"merged"})

    def test_shards_do_everything_between_them_and_each_its_own_only(self):
        with Depots("1.10.8-plain") as depots:
            seen = []
            for _ in range(2):  # what needs another shard's sources follows in the second round
                for number in (1, 2, 3):
                    run = depots.relocate("--allow-build-scripts", "--shard", f"{number}/3")
                    self.assertIn(run.returncode, (0, 1), run.stderr)
                    seen += [(i["kind"], i["path"]) for i in depots.items if i["status"] in ("merged", "relocated")]
            self.assertEqual(len(seen), len(set(seen)), "something was done twice")
            self.assertEqual(sorted(Path(path).parent.name for kind, path in seen if kind == "image"),
                             ["Big", "Leaf", "Mid", "MidPrefsExt", "Prefs", "Top"])
            self.assertEqual(len([kind for kind, _ in seen if kind == "package"]), 5)
            self.assertEqual(depots.prune_problems(), [])

    def test_new_files_get_the_mode_and_owner_asked_for_whatever_the_umask(self):
        with Depots("1.10.8-plain") as depots:
            me = pwd.getpwuid(os.getuid())
            read_only = next((depots.user / "packages" / "Leaf").rglob("shapes.jl"))  # as Pkg installs all
            read_only.chmod(0o444)
            before = os.umask(0o077)
            try:
                run = depots.relocate("--allow-build-scripts", "--mode", "640", "--owner", me.pw_name)
            finally:
                os.umask(before)
            self.assertEqual(run.returncode, 0, run.stderr)
            for path in [*(depots.shared / "packages").rglob("*"), *(depots.shared / "compiled").rglob("*")]:
                expected = 0o750 if path.is_dir() else 0o440 if path.name == read_only.name else 0o640
                self.assertEqual(path.stat().st_mode & 0o777, expected, path)
                self.assertEqual(path.stat().st_uid, me.pw_uid)
            for options in (["--mode", "9"], ["--owner", "no-such-user"], ["--user", "no-such-user"]):
                self.assertEqual(depots.relocate(*options).returncode, 2, options)

    def test_folders_that_cannot_be_verified_stay_out_with_their_reason(self):
        with Depots("1.10.8-plain") as depots:
            packages = depots.user / "packages"
            (packages / "Odd" / "not-a-slug").mkdir(parents=True)
            (packages / "NoProject" / "abcde").mkdir(parents=True)
            (packages / "Misnamed").mkdir()
            shutil.copytree(next((packages / "Prefs").iterdir()), packages / "Misnamed" / "wh8z1")
            (packages / "Broken" / "abcde").mkdir(parents=True)
            (packages / "Broken" / "abcde" / "Project.toml").write_text("name = [")
            (depots.user / "artifacts" / "no-hash").mkdir(parents=True)
            depots.relocate()
            reasons = {name: item["reasons"][0]["code"] for name, item in depots.packages.items() if item["reasons"]}
            self.assertEqual(reasons, {"Odd": "not-a-slug", "NoProject": "no-uuid", "Misnamed": "name-mismatch",
                                       "Broken": "unreadable-project", "Top": "build-script"})
            artifact = next(i for i in depots.items if i["kind"] == "artifact")
            self.assertEqual(artifact["reasons"][0]["code"], "not-a-tree-hash")

    def test_a_target_that_another_run_holds_is_waited_for_no_longer_than_asked(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate()
            with open(depots.shared / ".jireloc-lock", "r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                run = depots.relocate()
            self.assertEqual(run.returncode, 3)
            self.assertIn("lock", run.stderr)
            self.assertEqual(depots.relocate().returncode, 0)

    def test_prune_deletes_only_what_does_not_pass(self):
        with Depots("1.10.8-plain") as depots:
            depots.relocate("--allow-build-scripts")
            shapes = next((depots.shared / "packages" / "Leaf").rglob("shapes.jl"))
            shapes.write_text("changed")
            run = depots.run("prune", "--allow-build-scripts", "--delete", str(depots.shared))
            self.assertEqual(run.returncode, 1)
            left = {path.parent.name for path in (depots.shared / "compiled").rglob("*.ji")}
            self.assertEqual(left, {"Prefs"})
            self.assertEqual(depots.prune_problems(), [])

    def test_killed_at_any_instant_the_target_holds_only_whole_and_accepted_things(self):
        with Depots("1.10.8-plain") as depots:
            begin = time.monotonic()
            depots.relocate("--allow-build-scripts")
            taken = time.monotonic() - begin
            shutil.rmtree(depots.shared)
            killed = 0
            for i in range(KILLS):
                process = subprocess.Popen([JIRELOC, "relocate", "--quiet", "--allow-build-scripts", "--from",
                                            str(depots.user), "--to", str(depots.shared)],
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(taken * (i + 1) / KILLS)
                process.send_signal(signal.SIGKILL)
                killed += process.wait() == -signal.SIGKILL
                if depots.shared.exists():
                    bad = [p for p in depots.prune_problems() if p["kind"] != "leftover"]
                    self.assertEqual(bad, [], f"killed after {taken * (i + 1) / KILLS:.4f} s")
                if i % 2:
                    depots.relocate("--allow-build-scripts")
                    self.assertEqual(set(depots.status().values()) - {"relocated", "already-there"}, set())
                    shutil.rmtree(depots.shared)
            print(f"{killed} of {KILLS} runs killed; every target held whole and accepted things only")
            self.assertGreater(killed, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
