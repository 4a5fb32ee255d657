"""`jireloc check` as a user calls it, on depots of the corpus unpacked below a root of their own."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from support import CORPUS, JIRELOC, unpack

U, G = "home/pkgeval/.julia", "usr/share/julia"


class Check(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="jireloc-check"))
        self.addCleanup(shutil.rmtree, self.root)
        self.unpack("1.10.8-plain")

    def unpack(self, folder):
        depot = self.root / U
        shutil.rmtree(depot, ignore_errors=True)
        unpack(folder, depot)
        self.depot = depot

    def image(self, package):
        return next(self.depot.glob(f"compiled/*/{package}/*.ji"))

    def check(self, *arguments, paths=None):
        ran = subprocess.run([JIRELOC, "check", "--root", self.root, *arguments, *(paths or [self.depot / "compiled"])],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return ran.returncode, ran.stdout, ran.stderr

    def reports(self, *arguments, paths=None):
        status, out, err = self.check("--json", *arguments, paths=paths)
        reports = [json.loads(line) for line in out.splitlines()]
        self.assertTrue(all(report["schema"] == "jireloc/check/2" for report in reports))
        return status, {report["package"]["name"] if "package" in report else report["path"]: report for report in reports}

    def codes(self, report):
        return [reason["code"] for reason in report["reasons"]]

    def test_an_untouched_depot_is_fresh_loads_and_exits_0(self):
        status, reports = self.reports("--project", self.depot / "environments/eval", "--content")
        self.assertEqual({(r["verdict"], r["loads"]) for r in reports.values()}, {("fresh", True)})
        self.assertEqual(set(reports), {"Big", "Leaf", "Mid", "MidPrefsExt", "Prefs", "Top"})
        self.assertEqual(status, 0)

    def test_a_whole_folder_of_each_julia_of_today_is_fresh_and_loads(self):
        for folder in ("1.12.5-plain", "1.13.0-rc1-plain", "1.14.0-DEV-format15-plain"):
            with self.subTest(folder):
                self.unpack(folder)
                status, reports = self.reports("--project", self.depot / "environments/eval", "--content")
                self.assertEqual({(r["verdict"], r["loads"]) for r in reports.values()}, {("fresh", True)})
                self.assertEqual(set(reports), {"Big", "Leaf", "Mid", "MidPrefsExt", "Prefs", "Top"})
                self.assertEqual(status, 0)
        # In split folders the corpus leaves the libraries of Big and Prefs out; MidPrefsExt needs Prefs.
        for folder in ("1.13.0-rc1-split", "1.14.0-DEV-format15-split"):
            with self.subTest(folder):
                self.unpack(folder)
                status, reports = self.reports("--project", self.depot / "environments/eval", "--content")
                self.assertEqual({name: self.codes(r) for name, r in reports.items() if r["reasons"]},
                                 {"Big": ["library-absent"], "Prefs": ["library-absent"]})
                self.assertEqual({name for name, r in reports.items() if r["loads"]}, {"Leaf", "Mid", "Top"})

    def test_a_stale_dependency_keeps_its_dependents_from_loading_and_is_named_as_the_root_cause(self):
        (self.depot / "packages/Leaf/YapGN/src/sub/shapes.jl").touch()
        status, reports = self.reports()
        self.assertEqual(status, 1)
        self.assertEqual(self.codes(reports["Leaf"]), ["source-mtime-change"])
        self.assertEqual((reports["Top"]["verdict"], reports["Top"]["loads"]), ("fresh", False))
        self.assertEqual({problem["code"] for problem in reports["Top"]["load_problems"]}, {"dependency-stale"})
        self.assertEqual(len(reports["Top"]["root_causes"]), 1)
        self.assertTrue(reports["Top"]["root_causes"][0].startswith("Leaf: the mtime of /home/pkgeval/.julia/packages"))

    def test_a_missing_dependency_image_does_not_make_its_dependent_stale_but_unloadable(self):
        self.image("Mid").unlink()
        status, reports = self.reports(paths=[self.image("Top")])
        self.assertEqual(status, 1)
        self.assertEqual((reports["Top"]["verdict"], reports["Top"]["loads"]), ("fresh", False))
        self.assertEqual([problem["code"] for problem in reports["Top"]["load_problems"]], ["dependency-missing"])

    def test_an_image_named_alone_is_held_against_the_depot_it_lies_in(self):
        status, reports = self.reports(paths=[self.image("Top")])
        self.assertEqual((status, set(reports), reports["Top"]["loads"]), (0, {"Top"}, True))

    def test_mtime_reasons_say_that_rewrite_can_mend_them_only_where_the_source_is_proven(self):
        leaf = self.depot / "packages/Leaf/YapGN"
        (leaf / "src/sub/shapes.jl").touch()
        with open(leaf / "src/inner.jl", "a") as out:
            out.write("# edited\n")
        reasons = {pathlib.Path(r["path"]).name: r["mend"] for r in self.reports()[1]["Leaf"]["reasons"]}
        self.assertEqual(reasons, {"shapes.jl": "rewrite-mtime", "inner.jl": "compile-again"})

    def test_a_moved_depot_is_stale_and_the_map_that_mends_it_is_named(self):
        new = self.root / G
        new.parent.mkdir(parents=True)
        self.depot.rename(new)
        self.depot = new
        status, reports = self.reports("--project", new / "environments/eval")
        self.assertEqual(status, 1)
        first = reports["Leaf"]["reasons"][0]
        self.assertEqual((first["code"], first["mend"]), ("wrong-source", "rewrite-map"))
        self.assertEqual(first["mend_text"], "jireloc rewrite --map /home/pkgeval/.julia=/usr/share/julia")

    def test_content_finds_the_edit_that_julia_up_to_1_10_does_not_see(self):
        shapes = self.depot / "packages/Leaf/YapGN/src/sub/shapes.jl"
        times = shapes.stat()
        shapes.write_text(shapes.read_text().replace("Square", "Sqaure"))
        os.utime(shapes, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.assertEqual(self.check()[0], 0)
        status, reports = self.reports("--content")
        self.assertEqual(status, 1)
        self.assertEqual(reports["Leaf"]["verdict"], "fresh")
        self.assertEqual([finding["code"] for finding in reports["Leaf"]["findings"]],
                         ["source-content-changed", "modified-tree"])

    def test_content_finds_the_old_place_in_code_whose_header_alone_was_relocated(self):
        new = self.root / G
        new.parent.mkdir(parents=True)
        self.depot.rename(new)
        self.depot = new
        shutil.rmtree(new / "compiled")
        shutil.copytree(CORPUS / "1.10.8-plain/header-relocated/compiled", new / "compiled")
        self.assertEqual(self.check()[0], 0)
        status, reports = self.reports("--content")
        self.assertEqual(status, 1)
        finding = reports["Leaf"]["findings"][0]
        self.assertEqual((finding["code"], finding["path"]), ("old-paths-in-payload", "/home/pkgeval/.julia"))
        self.assertIn("/packages/Leaf/YapGN/", finding["message"])

    def test_preferences_of_the_project_are_held_against_the_recorded_hash(self):
        environment = self.depot / "environments/eval"
        (environment / "LocalPreferences.toml").write_text('[Prefs]\nbackend = "slow"\nlevel = 3\n')
        report = self.reports("--project", environment)[1]["Prefs"]
        self.assertEqual(self.codes(report), ["preferences-hash-mismatch"])
        self.assertIn("is not 707e65d457e12798, which is recorded", report["reasons"][0]["message"])
        without = self.reports()[1]["Prefs"]
        self.assertEqual((without["verdict"], len(without["notes"])), ("fresh", 1))

    def test_preferences_of_1_14_are_compared_value_by_value(self):
        self.unpack("1.14.0-DEV-plain")
        environment = self.depot / "environments/eval"
        self.assertEqual(self.reports("--project", environment)[1]["Prefs"]["verdict"], "fresh")
        (environment / "LocalPreferences.toml").write_text('[Prefs]\nbackend = "fast"\nlevel = 3.0\n')
        report = self.reports("--project", environment)[1]["Prefs"]
        self.assertEqual(self.codes(report), ["preferences-hash-mismatch"])
        self.assertIn("was 3 and is another now", report["reasons"][0]["message"])

    def test_an_image_of_another_julia_among_many_is_the_odd_one_out(self):
        image = self.image("Leaf")
        content = bytearray(image.read_bytes())
        content[content.index(b"1.10.8")] = ord("2")
        image.write_bytes(content)
        reason = self.reports()[1][str(image)]["reasons"]
        self.assertEqual(len(reason), 1)
        self.assertIn('its Julia version is "2.10.8", expected is "1.10.8"', reason[0]["message"])

    def test_bad_images_never_hide_the_others_and_exit_3(self):
        image = self.image("Leaf")
        os.truncate(image, 200)
        status, out, err = self.check("--json")
        reports = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(status, 3)
        verdicts = {pathlib.Path(r["path"]).parent.name: r["verdict"] for r in reports}
        self.assertEqual(verdicts["Leaf"], "unreadable")
        self.assertEqual(verdicts["Prefs"], "fresh")
        self.assertEqual(len(verdicts), 6)

    def test_a_damaged_magic_is_unreadable_where_julia_looks_and_passed_over_elsewhere(self):
        image = self.image("Leaf")
        content = image.read_bytes()
        (self.depot / "note.ji").write_bytes(b"no image")  # no Julia looks here
        self.image("Big").write_bytes(b"")  # a leftover of Julia's touch
        for damaged in (b"garbage", b"\xfa" + content[1:], content[:7] + b"\x0b" + content[8:]):
            image.write_bytes(damaged)
            for paths in ([self.depot], [image]):  # found, and named
                with self.subTest(damaged[:8], paths=paths):
                    status, out, err = self.check("--json", paths=paths)
                    reports = {r["path"]: r for r in map(json.loads, out.splitlines())}
                    self.assertEqual(status, 3)
                    report = reports[str(image)]
                    self.assertEqual((report["verdict"], report["loads"]), ("unreadable", False))
                    self.assertEqual(self.codes(report), ["incompatible-header"])
                    self.assertIn("magic", report["reasons"][0]["message"])
                    if len(paths) == 1 and paths[0] == self.depot:
                        self.assertIn(f"{self.depot}/note.ji: not a cache file; skipped", err)
                        self.assertNotIn(str(self.depot / "note.ji"), reports)
                        self.assertEqual(reports[str(self.image("Mid"))]["loads"], False)
                        self.assertNotIn(str(self.image("Big")), reports)
                        self.assertEqual(len(reports), 5)
        image.write_bytes(b"garbage")
        for command in (["inspect", "--header"], ["scan", "--summary"], ["rewrite", "--map", "/a=/b", "--dry-run"]):
            ran = subprocess.run([JIRELOC, *command, "--json", "--quiet", self.depot], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
            said = {r["path"]: r for r in map(json.loads, ran.stdout.splitlines())}
            self.assertEqual((ran.returncode, said[str(image)]["status"]), (3, "failed"), command)
            self.assertEqual(said[str(image)]["reasons"][0]["code"], "not-a-cache-file", command)

    def test_a_file_that_is_no_image_is_judged_as_julia_does_where_it_is_named(self):
        image = self.image("Leaf")
        image.write_bytes(b"")
        status, reports = self.reports(paths=[image])
        report = reports[str(image)]
        self.assertEqual((status, report["verdict"], self.codes(report)), (1, "stale", ["incompatible-header"]))

    def test_explain_lists_the_candidates_newest_first_and_names_the_one_that_julia_takes(self):
        image = self.image("Leaf")
        older = image.with_name("D4iCS_older.ji")
        shutil.copy2(image, older)
        os.utime(older, (1, 1))
        status, out, _ = self.check("--explain", "Leaf")
        self.assertEqual(status, 0)
        self.assertLess(out.index(image.name), out.index(older.name))
        self.assertIn("Julia takes this one", out[out.index(image.name):out.index(older.name)])
        content = bytearray(image.read_bytes())
        content[-1] ^= 1
        image.write_bytes(content)
        status, out, _ = self.check("--explain", "Leaf")
        self.assertIn("Julia takes this one", out[out.index(older.name):])

    def test_another_entry_file_can_be_named_for_a_package(self):
        mid = f"/{U}/packages/Mid/AJvbR/src/Mid.jl"
        report = self.reports("--source-for", f"Leaf={mid}", paths=[self.image("Leaf")])[1]["Leaf"]
        self.assertEqual(self.codes(report), ["wrong-source"])
        self.assertEqual(report["located_source"], mid)

    def test_an_image_below_another_packages_name_is_for_another_package(self):
        target = self.image("Mid")
        shutil.copyfile(self.image("Leaf"), target)
        report = self.reports(paths=[target])[1]["Leaf"]
        self.assertEqual(self.codes(report), ["for-different-pkgid"])

    def test_the_text_groups_images_by_cause(self):
        (self.depot / "packages/Leaf/YapGN/src/sub/shapes.jl").touch()
        status, out, _ = self.check()
        self.assertTrue(out.startswith("6 images: 5 fresh, 1 stale, 0 unreadable; 4 of the fresh ones do not load\n"), out)
        self.assertIn("\nstale, source-mtime-change: 1 image\n", out)
        self.assertIn(f"  mend: jireloc rewrite --mtime files --root {self.root} {self.image('Leaf')}\n", out)
        self.assertIn("; 4 more images wait for it\n", out)

    def test_a_project_without_files_is_a_usage_error(self):
        self.assertEqual(self.check("--project", self.depot)[0], 2)


if __name__ == "__main__":
    unittest.main()
