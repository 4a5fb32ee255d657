#!/usr/bin/env python3
"""A real Julia 1.5.3 and a depot whose packages name every kind of place: for each the image is relocated and works, or
is left alone with the right reason. Nothing that worked before is broken after with exit status 0."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import julia_depot  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
SCRATCH = "scratchspaces/5eed0000-0000-4000-8000-0000000000aa/cache"

# What each package names, as Julia code that gives the constant WHAT; and what is asked of it at run time.
KINDS = {
    "Scratch": (f'joinpath(DEPOT_PATH[1], "{SCRATCH}", "data.txt")', "read(WHAT, String)"),
    "Environ": ('joinpath(DEPOT_PATH[1], "environments", "v1.5", "note.txt")', "read(WHAT, String)"),
    "Juliaup": ('joinpath(DEPOT_PATH[1], "juliaup", "julia-1.5", "share", "doc.txt")', "read(WHAT, String)"),
    "Spoiled": ('joinpath(DEPOT_PATH[1], "artifacts", "SPOILED", "lib.txt")', "read(WHAT, String)"),
    "Artifct": ('joinpath(DEPOT_PATH[1], "artifacts", "GOOD", "lib.txt")', "read(WHAT, String)"),
    "Runtime": ('joinpath(DEPOT_PATH[1], "logs", "made-later.txt")', "string(isfile(WHAT))"),
    "CFlags": ('string("-I", dirname(@__DIR__), "/include -L", dirname(@__DIR__), "/lib")',
               'join([read(joinpath(flag[3:end], "x.h"), String) for flag in split(WHAT)])'),
    "Include": ('string("#include <", dirname(@__DIR__), "/include/x.h>")', 'read(WHAT[11:end-1], String)'),
    "Ownfile": ('joinpath(dirname(@__DIR__), "include", "x.h")', "read(WHAT, String)"),
}
NAMES = list(KINDS)
BREAKING = {"Scratch", "Environ", "Spoiled"}  # below what relocate does not merge


def packages(artifacts):
    result = {}
    for number, (name, (constant, use)) in enumerate(KINDS.items()):
        for word, folder in artifacts.items():
            constant = constant.replace(word, folder)
        identity = uuid.UUID(f"5eed0000-0000-4000-8000-0000000001{number:02}")
        julia_depot.UUIDS[name], julia_depot.DEPENDENCIES[name] = identity, []
        result[name] = {
            "Project.toml": f'name = "{name}"\nuuid = "{identity}"\nversion = "0.1.0"\n',
            f"src/{name}.jl": f"module {name}\nconst WHAT = {constant}\nuse() = {use}\nend\n",
            "include/x.h": "int x;", "lib/x.h": "int y;",
        }
    return result


def program(names):
    return "".join(f"import {name}\n" for name in names) + \
        'show_result(what, f) = println(what, ": ", try f() catch problem; sprint(showerror, problem) end)\n' + \
        "".join(f'show_result("{name}", {name}.use)\n' for name in names)


class AuditedPaths(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="jr"))
        cls.addClassCleanup(shutil.rmtree, cls.base)
        cls.old, cls.new, cls.mid = cls.base / "home/pkgeval/.julia", cls.base / "usr/jl", cls.base / "mnt/julia"
        depot = julia_depot.Depot(cls.old, cls.base / "environment")
        for path, text in ((f"{SCRATCH}/data.txt", "scratch"), ("environments/v1.5/note.txt", "environment"),
                           ("juliaup/julia-1.5/share/doc.txt", "doc"), ("juliaup/julia-1.5/bin/julia", "#!"),
                           ("staging/lib.txt", "artifact")):
            (cls.old / path).parent.mkdir(parents=True, exist_ok=True)
            (cls.old / path).write_text(text)
        good = julia_depot.tree_hash(cls.old / "staging").hex()
        (cls.old / "artifacts").mkdir()
        (cls.old / "staging").rename(cls.old / "artifacts" / good)
        spoiled = cls.old / "artifacts" / ("5" * 40)  # not the hash of what it holds: relocate drops it
        spoiled.mkdir()
        (spoiled / "lib.txt").write_text("spoiled")
        depot.install(packages({"GOOD": good, "SPOILED": spoiled.name}))
        cls.wanted = depot.facts(program=program(NAMES))
        assert cls.wanted == {"Scratch": "scratch", "Environ": "environment", "Juliaup": "doc", "Spoiled": "spoiled",
                              "Artifct": "artifact", "Runtime": "false", "CFlags": "int x;int y;", "Include": "int x;",
                              "Ownfile": "int x;"}, cls.wanted
        cls.pristine = cls.base / "pristine"
        depot.move(cls.pristine)

    def setUp(self):
        for leftover in (self.old, self.new, self.mid):
            shutil.rmtree(leftover, ignore_errors=True)
        self.old.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", self.pristine, self.old], check=True)
        self.depot = julia_depot.Depot(self.old, self.base / "environment")

    def jireloc(self, *arguments, status):
        ran = subprocess.run([JIRELOC, arguments[0], "--json", *map(str, arguments[1:])], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, status, ran.stdout + ran.stderr)
        reports = [json.loads(line) for line in ran.stdout.splitlines()]
        return {pathlib.Path(report["path"]).parent.name: report for report in reports
                if report["path"].endswith(".ji")}

    def assert_works_uncompiled(self, depot, names):
        """Every image of these packages is loaded as it is, and its code finds what it found before."""
        depot.age_images()
        before = depot.snapshot()
        facts = depot.facts(program=program(names))
        self.assertEqual(facts, {name: self.wanted[name] for name in names})
        self.assertEqual(depot.snapshot(), before, "Julia wrote images")
        self.assertEqual(depot.loaded_images(), set(names))

    def old_place_goes(self, *stays):
        for entry in self.old.iterdir():
            if entry.name not in stays:
                shutil.rmtree(entry)

    def relocate(self, *options, status=1):
        return self.jireloc("relocate", "--from", self.old, "--to", self.new, "--strict", *options, status=status)

    def assert_reason(self, report, code, *words):
        self.assertEqual([reason["code"] for reason in report["reasons"]], [code], report)
        for word in words:
            self.assertIn(word, report["reasons"][0]["message"])

    def test_relocate_merges_what_will_work_and_drops_what_would_break(self):
        dry = self.relocate("--dry-run")
        reports = self.relocate()
        for name in NAMES:
            with self.subTest(name):
                self.assertEqual(dry[name]["status"], reports[name]["status"])
                if name in BREAKING:
                    self.assertEqual(reports[name]["status"], "dropped")
                    self.assert_reason(reports[name], "constant-would-break", str(self.old))
                else:
                    self.assertEqual(reports[name]["status"], "relocated", reports[name])
        self.assertEqual(reports["Runtime"]["absent_before"], 1)
        self.old_place_goes("juliaup")
        self.assert_works_uncompiled(julia_depot.Depot(self.new, self.depot.environment),
                                     [name for name in NAMES if name not in BREAKING])

    def test_require_and_refuse_constants_do_not_merge_what_would_break_either(self):
        for mode in ("require", "refuse-constants"):
            reports = self.relocate(f"--payload={mode}")
            for name in BREAKING:
                self.assertEqual(reports[name]["status"], "dropped")
                self.assert_reason(reports[name], "constant-would-break")
            shutil.rmtree(self.new)

    def test_what_was_copied_by_hand_is_vouched_for_with_moved_path_and_what_stays_with_keep_path(self):
        (self.new / "scratchspaces").parent.mkdir(parents=True)
        reports = self.relocate("--moved-path", f"{self.old}/scratchspaces={self.new}/scratchspaces",
                                "--keep-path", self.old / "environments")
        self.assertEqual(reports["Scratch"]["status"], "relocated", reports["Scratch"])
        self.assertEqual(reports["Environ"]["status"], "relocated", reports["Environ"])
        shutil.copytree(self.old / "scratchspaces", self.new / "scratchspaces")
        self.old_place_goes("environments")
        self.assert_works_uncompiled(julia_depot.Depot(self.new, self.depot.environment), ["Scratch", "Environ"])

    def test_scratch_spaces_that_images_name_are_merged_when_asked_for_and_never_over_what_is_there(self):
        (self.old / "scratchspaces/unnamed/x").mkdir(parents=True)
        (self.old / SCRATCH / "nothing/yet").mkdir(parents=True)
        (self.old / SCRATCH / ".git").mkdir()
        (self.old / SCRATCH / ".git/config").write_text("bare")
        dry = self.relocate("--with-scratchspaces", "--dry-run")
        reports = self.relocate("--with-scratchspaces", "--move")
        for ran in (dry, reports):
            self.assertEqual(ran["Scratch"]["status"], "relocated", ran["Scratch"])
            self.assertEqual(ran["Environ"]["status"], "dropped")
        self.assertFalse((self.new / "scratchspaces/unnamed").exists())
        self.assertTrue((self.new / SCRATCH / "nothing/yet").is_dir(), "it is no hashed tree: copied whole")
        self.assertEqual((self.new / SCRATCH / ".git/config").read_text(), "bare")
        self.assertTrue((self.old / SCRATCH / "data.txt").exists(), "what nothing proves is not removed")
        self.old_place_goes()
        self.assert_works_uncompiled(julia_depot.Depot(self.new, self.depot.environment), ["Scratch", "Ownfile"])
        # Another one of that name is there already.
        self.setUp()
        (self.new / SCRATCH).mkdir(parents=True)
        (self.new / SCRATCH / "data.txt").write_text("another's")
        reports = self.relocate("--with-scratchspaces", status=3)
        self.assert_reason(reports["Scratch"], "constant-would-break")
        self.assertEqual((self.new / SCRATCH / "data.txt").read_text(), "another's")

    def test_a_depot_moved_as_a_whole_is_rewritten_as_a_whole(self):
        depot = self.depot.move(self.new)
        reports = self.jireloc("rewrite", "--map", f"{self.old}={self.new}", self.new / "compiled", status=0)
        self.assertEqual({report["status"] for report in reports.values()}, {"rewritten"})
        self.assertEqual(reports["Runtime"]["payload"]["paths"]["absent-before"], 1)
        self.assert_works_uncompiled(depot, NAMES)

    def test_a_depot_moved_in_part_is_rewritten_as_far_as_it_works(self):
        self.new.mkdir(parents=True)
        for folder in ("packages", "compiled", "artifacts"):
            (self.old / folder).rename(self.new / folder)
        depot = julia_depot.Depot(self.new, self.depot.environment)
        before = depot.snapshot()
        left = {"Scratch", "Environ"}
        reports = self.jireloc("rewrite", "--map", f"{self.old}={self.new}", self.new / "compiled", status=1)
        for name in NAMES:
            self.assertEqual(reports[name]["status"], "skipped" if name in left else "rewritten", reports[name])
        after = depot.snapshot()
        self.assertEqual({name.split("/")[0] for name in before if before[name] == after[name]}, left)
        self.assert_works_uncompiled(depot, [name for name in NAMES if name not in left])
        failed = self.jireloc("rewrite", "--payload=refuse-constants", "--map", f"{self.old}={self.new}",
                              self.new / "compiled", status=3)
        self.assertEqual({name for name in NAMES if failed[name]["status"] == "failed"}, left)

    def test_a_former_place_is_rewritten_too(self):
        depot = self.depot.move(self.mid)
        self.jireloc("rewrite", "--payload=header-only", "--map", f"{self.old}={self.mid}", self.mid / "compiled", status=0)
        found = self.jireloc("check", "--content", self.mid / "compiled", status=1)
        self.assertEqual([finding["code"] for finding in found["Ownfile"]["findings"]], ["old-paths-in-payload"])
        depot = depot.move(self.new)
        reports = self.jireloc("rewrite", "--map", f"{self.mid}={self.new}", self.new / "compiled", status=0)
        self.assertEqual(reports["Ownfile"]["payload"]["former_places"], [str(self.old)])
        self.assert_works_uncompiled(depot, NAMES)
        found = self.jireloc("check", "--content", self.new / "compiled", status=1)
        self.assertEqual({name for name in NAMES if found[name]["findings"]}, {"Runtime"})
        self.assertEqual([finding["code"] for finding in found["Runtime"]["findings"]], ["constant-names-nothing"])
        pruned = self.jireloc("prune", "--delete", self.new, status=1)
        self.assertEqual({name for name in NAMES if pruned[name]["status"] != "kept"}, {"Spoiled"})
        self.assert_reason(pruned["Spoiled"], "constant-would-break", "artifacts/" + "5" * 40)

    def test_prune_deletes_what_would_break_and_nothing_else(self):
        self.depot.move(self.mid)
        self.jireloc("rewrite", "--payload=header-only", "--map", f"{self.old}={self.mid}", self.mid / "compiled", status=0)
        pruned = self.jireloc("prune", "--delete", self.mid, status=1)
        kept = {name for name in NAMES if pruned[name]["status"] == "kept"}
        self.assertEqual(kept, {"Runtime"})
        self.assert_reason(pruned["Ownfile"], "constant-would-break", str(self.old))

    def test_scan_lists_all_paths_and_says_what_will_break(self):
        (self.new / "packages").mkdir(parents=True)
        reports = self.jireloc("scan", "--all-paths", "--map", f"{self.old}={self.new}", self.old / "compiled", status=1)
        named = {name: [path for path in reports[name]["paths"] if path["path"].startswith(str(self.old))]
                 for name in NAMES}
        self.assertEqual(named["Scratch"][0]["outcome"], "would-break")
        self.assertEqual((named["Scratch"][0]["place"], named["Scratch"][0]["before"], named["Scratch"][0]["after"]),
                         ("old-depot", "there", "absent"))
        self.assertEqual(named["Juliaup"][0]["place"], "julia")
        self.assertEqual(named["Runtime"][0]["outcome"], "absent-before")
        self.assertEqual(len(named["CFlags"]), 2)
        self.assertEqual(len(named["Include"]), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
