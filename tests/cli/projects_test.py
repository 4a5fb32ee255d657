"""`jireloc check --project`, `--julia` and `--julia-version`: projects as today's Julias see them, held against real images
of the corpus in environments made for each test."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from support import JIRELOC, unpack

DEPOT = "home/pkgeval/.julia"
UUIDS = {"Big": "b1900000-0000-4000-8000-000000000005", "Leaf": "1eaf0000-0000-4000-8000-000000000001",
         "Mid": "a1d00000-0000-4000-8000-000000000002", "Prefs": "94ef5000-0000-4000-8000-000000000004",
         "Top": "70900000-0000-4000-8000-000000000003"}
DEPS = "[deps]\n" + "".join(f'{name} = "{uuid}"\n' for name, uuid in UUIDS.items())
ALL_FRESH = {name: ("fresh", True) for name in (*UUIDS, "MidPrefsExt")}


class Projects(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="jireloc-projects")).resolve()
        self.addCleanup(shutil.rmtree, self.root)

    def unpack(self, folder):
        self.depot = self.root / DEPOT
        shutil.rmtree(self.depot, ignore_errors=True)
        unpack(folder, self.depot)
        eval_ = self.depot / "environments/eval"
        self.manifest = (eval_ / "Manifest.toml").read_text()
        self.preferences = (eval_ / "LocalPreferences.toml").read_text()
        shutil.rmtree(self.depot / "environments")

    def write(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def project(self, folder, project=DEPS, manifest=None, preferences=None, name="Manifest.toml"):
        """An environment that knows all packages of the corpus, unless it is said otherwise."""
        self.write(f"{folder}/Project.toml", project)
        manifest = self.manifest if manifest is None else manifest
        if manifest:
            self.write(f"{folder}/{name}", manifest)
        preferences = self.preferences if preferences is None else preferences
        if preferences:
            self.write(f"{folder}/LocalPreferences.toml", preferences)
        return f"/{folder}"

    def check(self, *arguments, paths=None, **environment):
        keep = {name: value for name, value in os.environ.items() if not name.startswith("JULIA")}
        ran = subprocess.run([JIRELOC, "check", "--json", "--root", self.root, "--depot", f"/{DEPOT}", *arguments,
                              *(paths or [self.depot / "compiled"])], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, env={**keep, "HOME": str(self.root / "home"), **environment})
        self.status, self.said = ran.returncode, ran.stderr
        self.reports = {}
        for report in map(json.loads, ran.stdout.splitlines()):
            self.reports[report.get("package", {}).get("name", report["path"])] = report
        return {name: (report["verdict"], report["loads"]) for name, report in self.reports.items()}

    def codes(self):
        return {name: [reason["code"] for reason in report["reasons"]]
                for name, report in self.reports.items() if report["reasons"]}

    def notes(self, name):
        return "\n".join(self.reports[name]["notes"])

    # ---- workspaces

    def test_a_member_of_a_workspace_has_the_manifest_and_preferences_of_its_root(self):
        for folder in ("1.12.5-plain", "1.13.0-rc1-plain", "1.14.0-DEV-format15-plain"):
            with self.subTest(folder):
                self.unpack(folder)
                shutil.rmtree(self.root / "ws", ignore_errors=True)
                root = f'{DEPS}\n[workspace]\nprojects = ["docs", "sub/deep"]\n'
                self.project("ws", root)
                docs = self.project("ws/docs", manifest="", preferences="")
                deep = self.project("ws/sub/deep", manifest="", preferences="")
                loose = self.project("ws/sub/loose", manifest="", preferences="")
                for member in (docs, deep):
                    self.assertEqual(self.check("--project", member), ALL_FRESH)
                    self.assertTrue(self.reports["Leaf"]["located_source"].endswith("/Leaf/YapGN/src/Leaf.jl"))
                # Without its preferences the image of Prefs is for others.
                self.check("--project", loose)
                self.assertIn("preferences-hash-mismatch", self.codes()["Prefs"])
                # What the member says itself wins, and its own manifest is not looked at.
                self.project("ws/docs", preferences='[Prefs]\nbackend = "slow"\n', manifest="[[deps.Leaf]]\n")
                self.check("--project", docs)
                self.assertEqual({name: set(codes) for name, codes in self.codes().items()},
                                 {"Prefs": {"preferences-hash-mismatch"}})

    def test_a_workspace_is_no_word_of_1_11_and_earlier(self):
        self.unpack("1.10.8-plain")
        self.project("ws", f'{DEPS}\n[workspace]\nprojects = ["docs"]\n')
        self.check("--project", self.project("ws/docs", manifest="", preferences=""))
        self.assertEqual(self.codes(), {"Prefs": ["preferences-hash-mismatch"]})

    # ---- manifests

    def test_the_manifest_of_the_version_comes_before_the_plain_one_from_1_10_8_on(self):
        for folder, named in (("1.9.4-plain", None), ("1.10.8-plain", "Manifest-v1.10.toml"),
                              ("1.12.5-plain", "JuliaManifest-v1.12.toml"), ("1.13.0-rc1-plain", "Manifest-v1.13.toml")):
            with self.subTest(folder):
                self.unpack(folder)
                other = self.manifest.replace(UUIDS["Leaf"], "1eaf0000-0000-4000-8000-000000000009")
                shutil.rmtree(self.root / "env", ignore_errors=True)
                environment = self.project("env", manifest=other)
                self.check("--project", environment)
                self.assertIn("dep-uuid-changed", self.codes()["Top"])
                self.write(f"env/{named or 'Manifest-v1.9.toml'}", self.manifest)
                verdicts = self.check("--project", environment)
                if named:
                    self.assertEqual(verdicts, ALL_FRESH)
                else:
                    self.assertIn("dep-uuid-changed", self.codes()["Top"])

    def test_sources_of_a_project_count_only_as_its_manifest_has_them(self):
        self.unpack("1.12.5-plain")
        sources = DEPS + '\n[sources]\nLeaf = {path = "../dev/Leaf"}\n'
        shutil.copytree(self.depot / "packages/Leaf/YapGN", self.root / "dev/Leaf")
        environment = self.project("env", sources)
        self.assertEqual(self.check("--project", environment), ALL_FRESH)
        tree = next(line for line in self.manifest.split("[[deps.Leaf]]")[1].splitlines() if line.startswith("git"))
        self.project("env", sources, self.manifest.replace(tree, 'path = "../dev/Leaf"', 1))
        self.check("--project", environment)
        self.assertEqual(self.reports["Leaf"]["located_source"], "/dev/Leaf/src/Leaf.jl")

    # ---- load paths

    def test_named_environments_are_looked_for_in_the_depots(self):
        self.unpack("1.12.5-plain")
        self.project(f"{DEPOT}/environments/v1.12")
        for name in ("@v1.12", "@v#.#"):
            self.assertEqual(self.check("--project", name), ALL_FRESH)
            self.assertTrue(self.reports["Leaf"]["located_source"].endswith("/Leaf/YapGN/src/Leaf.jl"))
        self.check("--project", "@v1.11")
        self.assertEqual(self.status, 2)
        self.assertIn("there is no environment", self.said)

    def test_the_first_environment_that_knows_a_package_answers_and_its_preferences_win(self):
        self.unpack("1.12.5-plain")
        full = self.project(f"{DEPOT}/environments/v1.12")
        empty = self.project("empty", "", "", "")
        self.assertEqual(self.check("--project", f"{empty}:@v#.#:@stdlib"), ALL_FRESH)
        self.assertEqual(self.check("--project", f"{empty}:", JULIA_PROJECT=str(self.root / "nowhere")), ALL_FRESH)
        tree = next(line for line in self.manifest.split("[[deps.Leaf]]")[1].splitlines() if line.startswith("git"))
        gone = self.project("gone", manifest=self.manifest.replace(tree, f'git-tree-sha1 = "{"1" * 40}"'),
                            preferences='[Prefs]\nbackend = "slow"\n')
        self.check("--project", f"{gone}:{full}")
        self.assertEqual(self.reports["Leaf"]["located_source"], "")  # 1.9 and later: the search ends
        self.assertIn("preferences-hash-mismatch", self.codes()["Prefs"])
        self.assertEqual(self.check("--project", f"{full}:{gone}"), ALL_FRESH)
        self.assertEqual(self.check("--project", ":", JULIA_PROJECT=full), ALL_FRESH)

    def test_an_element_where_nothing_is_is_said(self):
        self.unpack("1.12.5-plain")
        full = self.project("full")
        self.assertEqual(self.check("--project", f"/nowhere:{full}"), ALL_FRESH)
        self.assertIn("/nowhere: no environment", self.said)

    def test_a_folder_of_packages_gives_those_with_a_project_of_that_uuid(self):
        self.unpack("1.12.5-plain")
        shutil.copytree(self.depot / "packages/Leaf/YapGN", self.root / "folder/Leaf")
        shutil.copytree(self.depot / "packages/Mid/AJvbR", self.root / "folder/Mid.jl")
        full = self.project("full")
        self.check("--project", f"/folder:{full}")
        self.assertEqual(self.reports["Leaf"]["located_source"], "/folder/Leaf/src/Leaf.jl")
        self.assertEqual(self.reports["Mid"]["located_source"], "/folder/Mid.jl/src/Mid.jl")
        self.assertTrue(self.reports["Top"]["located_source"].startswith(f"/{DEPOT}/packages/Top"))

    def test_an_environment_that_cannot_be_read_leaves_open_what_asks_for_it_and_no_more(self):
        self.unpack("1.12.5-plain")
        full, broken = self.project("full"), self.project("broken", "this is = = no TOML")
        self.check("--project", broken)
        self.assertEqual(self.status, 3)
        self.assertEqual({report["verdict"] for report in self.reports.values()}, {"unknown"})
        for report in self.reports.values():
            self.assertEqual(len(report["unknowns"]), 1)
            self.assertIn("the environment cannot be read", report["unknowns"][0]["message"])
        # Behind one that answers, only what all environments are asked for: preferences.
        self.check("--project", f"{full}:{broken}")
        self.assertEqual(self.status, 3)
        self.assertEqual({name for name, report in self.reports.items() if report["verdict"] == "unknown"}, {"Prefs"})
        os.unlink(self.root / "broken/Project.toml")
        os.symlink("Project.toml", self.root / "broken/Project.toml")
        self.check("--project", broken)
        self.assertEqual({report["verdict"] for report in self.reports.values()}, {"unknown"})
        # What speaks against an image whatever the environment is stays said.
        image = next(self.depot.glob("compiled/*/Leaf/*.ji"))
        content = bytearray(image.read_bytes())
        content[-1] ^= 1
        image.write_bytes(content)
        self.check("--project", broken)
        self.assertEqual(self.reports["Leaf"]["verdict"], "stale")

    # ---- extensions

    def test_an_extension_without_its_triggers_is_nothing_that_julia_asks_for(self):
        for folder in ("1.9.4-plain", "1.10.8-plain", "1.12.5-plain", "1.14.0-DEV-format15-plain"):
            with self.subTest(folder):
                self.unpack(folder)
                table = self.manifest.replace('weakdeps = ["Prefs"]\n', "").replace(
                    "    [deps.Mid.extensions]\n", f'    [deps.Mid.weakdeps]\n    Prefs = "{UUIDS["Prefs"]}"\n\n'
                    "    [deps.Mid.extensions]\n")
                parts = table.split("[[deps.")
                without = "[[deps.".join(part for part in parts if not part.startswith("Prefs"))
                deps = DEPS.replace(f'Prefs = "{UUIDS["Prefs"]}"\n', "")
                self.check("--project", self.project("env", deps, without))
                report = self.reports["MidPrefsExt"]
                self.assertEqual((report["verdict"], report["reasons"]), ("fresh", []))
                self.assertIn("Prefs is in no environment given", self.notes("MidPrefsExt"))
                # Another environment of the load path may have them.
                only = "[[deps.".join(part for part in parts if not part.startswith(("Mid", "Top", "Big", "Leaf")))
                other = self.project("other", f'[deps]\nPrefs = "{UUIDS["Prefs"]}"\n', only)
                self.assertEqual(self.check("--project", f"/env:{other}")["MidPrefsExt"], ("fresh", True))
                self.assertEqual(self.notes("MidPrefsExt"), "")
                self.assertTrue(self.reports["MidPrefsExt"]["located_source"].endswith("/ext/MidPrefsExt.jl"))

    def test_of_extensions_of_one_name_each_is_its_own_parents(self):
        self.unpack("1.12.5-plain")
        other = self.manifest.replace("[[deps.Prefs]]", '[[deps.Another]]\npath = "../dev/Another"\n'
                                      'uuid = "0ddba11e-0000-4000-8000-000000000007"\nweakdeps = ["Prefs"]\n\n'
                                      '    [deps.Another.extensions]\n    MidPrefsExt = "Prefs"\n\n[[deps.Prefs]]')
        self.write("dev/Another/src/Another.jl", "")
        self.write("dev/Another/ext/MidPrefsExt.jl", "")
        self.assertEqual(self.check("--project", self.project("env", manifest=other)), ALL_FRESH)
        self.assertIn("/packages/Mid/", self.reports["MidPrefsExt"]["located_source"])

    # ---- which Julia

    def prefix(self, package="Leaf"):
        image = next(self.depot.glob(f"compiled/*/{package}/*.ji"))
        said = subprocess.run([JIRELOC, "inspect", "--json", "--header", image], stdout=subprocess.PIPE, check=True)
        return json.loads(said.stdout)

    def julia(self, commit, version="1.12.5", branch="HEAD", machine="x86_64-linux-gnu"):
        """The files of an installation that cannot run here, and says so if it is tried."""
        base = "opt/julia/share/julia/base"
        self.write(f"{base}/build_h.jl", f'# made\nconst MACHINE = "{machine}"\nconst libm_name = "libopenlibm"\n'
                   f'const VERSION_STRING = "{version}"\nconst TAGGED_RELEASE_BANNER = "x"\n')
        self.write(f"{base}/version_git.jl", "struct GitVersionInfo\n    commit::String\nend\n\n"
                   f'const GIT_VERSION_INFO = GitVersionInfo(\n    "{commit}",\n    "{commit[:10]}",\n    "{branch}",\n'
                   '    0,\n    "2026-02-09",\n    true,\n    Int(0),\n    1.\n)\n')
        program = self.write("opt/julia/bin/julia", f"#!/bin/sh\ntouch {self.root}/was-run\n")
        program.chmod(0o755)
        return "/opt/julia"

    def test_a_julia_that_cannot_run_here_is_known_by_its_files(self):
        self.unpack("1.12.5-plain")
        prefix = self.prefix()["prefix"] if "prefix" in self.prefix() else self.prefix()
        commit, branch = prefix["commit"], prefix["branch"]
        for given in ("/opt/julia", f"{self.root}/opt/julia/"):
            self.julia(commit, branch=branch)
            self.assertEqual(self.check("--julia", given), ALL_FRESH)
            self.assertEqual(self.status, 0)
        for change, word in (({"commit": "f" * 40}, "commit"), ({"branch": "other"}, "branch"),
                             ({"version": "1.12.4"}, "Julia version"), ({"machine": "aarch64-linux-gnu"}, "architecture"),
                             ({"machine": "x86_64-apple-darwin22"}, "operating system")):
            with self.subTest(change):
                self.julia(**{"commit": commit, "branch": branch, **change})
                self.check("--julia", "/opt/julia")
                self.assertEqual(set(map(tuple, self.codes().values())), {("incompatible-header",)})
                self.assertIn(f"its {word} is", self.reports["Leaf"]["reasons"][0]["message"])
        self.assertFalse((self.root / "was-run").exists())
        os.unlink(self.root / "opt/julia/share/julia/base/version_git.jl")
        self.check("--julia", "/opt/julia")
        self.assertEqual(self.status, 2)
        self.assertIn("version_git.jl", self.said)

    def test_a_version_alone_is_held_against_images_and_the_rest_is_said(self):
        self.unpack("1.12.5-plain")
        self.assertEqual(self.check("--julia-version", "1.12.5"), ALL_FRESH)
        self.assertIn("only the version is given, 1.12.5", self.notes("Leaf"))
        self.check("--julia-version", "1.12.4")
        self.assertEqual(set(map(tuple, self.codes().values())), {("incompatible-header",)})
        self.assertEqual(len(self.codes()), 6)
        self.assertEqual(self.reports["Leaf"]["notes"], [])
        for package in ("Big", "Leaf", "Mid", "Top"):  # most are another Julia's: not what was asked for
            image = next(self.depot.glob(f"compiled/*/{package}/*.ji"))
            content = bytearray(image.read_bytes())
            content[content.index(b"1.12.5") + 5] = ord("4")
            image.write_bytes(content)
        self.check("--julia-version", "1.12.5")
        self.assertEqual({name for name, report in self.reports.items() if report["verdict"] == "fresh"},
                         {"Prefs", "MidPrefsExt"})
        self.check()
        self.assertEqual(self.reports["Prefs"]["verdict"], "stale")

    def test_a_truncated_header_of_the_version_is_unreadable_and_of_another_one_stale(self):
        self.unpack("1.12.5-plain")
        image = next(self.depot.glob("compiled/*/Leaf/*.ji"))
        os.truncate(image, 200)
        for version, verdict in (("1.12.5", "unreadable"), ("1.12.4", "stale")):
            self.check("--julia-version", version, paths=[image])
            self.assertEqual([report["verdict"] for report in self.reports.values()], [verdict])

    def test_what_is_no_version_or_said_twice_is_a_usage_error(self):
        self.unpack("1.12.5-plain")
        for arguments in (["--julia-version", "latest"], ["--julia-version", "1.12.5", "--julia", "/opt/julia"],
                          ["--julia", f"/{DEPOT}"]):
            self.check(*arguments)
            self.assertEqual(self.status, 2, arguments)


if __name__ == "__main__":
    unittest.main()
