"""What relocate's exit status and summary say: whose doing it was that something is not cached, and what to type."""
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path
from uuid import UUID

from relocate_test import JIRELOC, Depots


class Outcome(unittest.TestCase):
    def summary(self, depots, *options):
        run = depots.run("relocate", "--from", str(depots.user), "--to", str(depots.shared), *options)
        lines = run.stdout.splitlines()
        last = next(i for i, line in enumerate(lines) if "bytes written" in line)
        return run, lines[last + 1:]

    def recorded_elsewhere(self, depots, place):
        """The image of Leaf as if it had been compiled from there."""
        depots.run("rewrite", "--payload=header-only", "--map", f"{depots.user}/packages/Leaf={place}",
                   str(depots.image("Leaf")))

    def test_what_a_rule_of_the_users_keeps_out_is_well_and_each_cause_gets_one_line_with_its_command(self):
        with Depots("1.10.8-plain") as depots:
            shapes = next((depots.user / "packages" / "Leaf").rglob("shapes.jl"))
            shapes.write_bytes(shapes.read_bytes() + b"# edited\n")
            run, causes = self.summary(depots, "--dry-run")
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            self.assertEqual([re.match(r"dropped, ([\w-]+): (.*?): ", line).groups() for line in causes],
                             [("build-script", "1 package"), ("modified-tree", "1 package, 5 images")])
            command = causes[0].split(": ")[-1]
            self.assertEqual(command, f"jireloc relocate --from {depots.user} --to {depots.shared} --dry-run "
                                      "--allow-build-scripts")
            typed = subprocess.run(["sh", "-c", command.replace("jireloc", JIRELOC, 1)], capture_output=True, text=True)
            self.assertNotIn("build-script", typed.stdout)
            leaf = next((depots.user / "packages" / "Leaf").iterdir())
            self.assertIn(f"rm -r {leaf} && julia", causes[1])
            depots.relocate("--dry-run")
            self.assertEqual({name: item["cause"] for name, item in depots.images.items() if "cause" in item},
                             dict.fromkeys(["Leaf", "Mid", "Top", "MidPrefsExt", "Big"], "modified-tree"))
            self.assertEqual(depots.relocate("--dry-run", "--strict").returncode, 1)

    def test_checkouts_are_left_out_by_a_rule_and_sources_in_another_depot_are_not(self):
        with Depots("1.10.8-plain") as depots:
            for place, cause, status in ((f"{depots.user}/dev/Leaf", "developed", 0),
                                         (f"{depots.top}/checkouts/Leaf", "developed", 0),
                                         (f"{depots.top}/other/packages/Leaf", "outside-depots", 1)):
                with self.subTest(place=place):
                    pristine = depots.image("Leaf").read_bytes()
                    self.recorded_elsewhere(depots, place)
                    run = depots.relocate("--allow-build-scripts", "--payload=header-only", "--dry-run")
                    self.assertEqual(run.returncode, status, run.stdout + run.stderr)
                    leaf = depots.images["Leaf"]
                    self.assertEqual((leaf["status"], leaf["cause"]), ("dropped", cause), leaf)
                    self.assertEqual(depots.images["Top"]["cause"], cause)
                    causes = self.summary(depots, "--allow-build-scripts", "--payload=header-only", "--dry-run")[1]
                    self.assertEqual([line.split(": ")[0] for line in causes], [f"dropped, {cause}"])
                    depots.image("Leaf").write_bytes(pristine)

    def test_what_could_not_be_done_is_a_finding(self):
        def truncate(depots):
            image = depots.image("Prefs")
            image.write_bytes(image.read_bytes()[:-100])

        def need(depots):
            depots.image("Prefs").unlink()

        for damage, cause in ((truncate, "truncated"), (need, "dependency-missing")):
            with self.subTest(damage=damage.__name__), Depots("1.10.8-plain") as depots:
                damage(depots)
                run, causes = self.summary(depots, "--allow-build-scripts")
                self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
                self.assertEqual(len(causes), 1, causes)
                self.assertRegex(causes[0], f"dropped, {cause}: [12] image")
                self.assertIn("Pkg.precompile()", causes[0])
        with Depots("1.10.8-split") as depots:
            self.assertEqual(depots.relocate("--allow-build-scripts").returncode, 1, "libraries are absent")

    def test_quiet_says_errors_only(self):
        with Depots("1.10.8-plain") as depots:
            run = depots.run("relocate", "-q", "--from", str(depots.user), "--to", str(depots.shared))
            self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))
            run = depots.run("prune", "-q", str(depots.shared))
            self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "", ""))
            run = depots.run("relocate", "-q", "--from", str(depots.top / "nowhere"), "--to", str(depots.shared))
            self.assertEqual((run.returncode, run.stdout, run.stderr.count("\n")), (3, "", 1))

    def test_a_target_is_made_with_the_folders_above_it_and_a_dry_run_says_what_the_real_one_says(self):
        with Depots("1.10.8-plain") as depots:
            depots.shared = depots.top / "a/b/s"
            for options in (["--dry-run"], []):
                run = depots.relocate("--allow-build-scripts", *options)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertEqual(set(depots.status().values()), {"relocated"})
                self.assertEqual(depots.shared.exists(), not options)
            self.assertEqual((depots.top / "a").stat().st_mode & 0o777, 0o755)
            # Where it cannot be made, both say so.
            (depots.top / "file").write_text("")
            depots.shared = depots.top / "file/s"
            said = [depots.relocate(*options) for options in (["--dry-run"], [])]
            self.assertEqual([(run.returncode, run.stdout) for run in said], [(3, ""), (3, "")])
            self.assertEqual(said[0].stderr, said[1].stderr)
            link = depots.top / "link"
            link.symlink_to(depots.top / "nowhere")
            depots.shared = link / "s"
            said = [depots.relocate(*options) for options in (["--dry-run"], [])]
            self.assertEqual([run.returncode for run in said], [3, 3])
            self.assertEqual(said[0].stderr, said[1].stderr)

    def test_a_home_is_read_alike_in_every_option(self):
        with Depots("1.10.8-plain") as depots:
            def run(*arguments):
                return subprocess.run([JIRELOC, *arguments], capture_output=True, text=True,
                                      env={**os.environ, "HOME": str(depots.top)})

            shutil.copy(depots.user / "environments/eval/Manifest.toml", depots.top / "Manifest.toml")
            ran = run("relocate", "--from=~/u", "--to=~/s", "--map=~/x=~/y", "--untrusted", "--manifest=~/Manifest.toml",
                      "--allow-build-scripts")
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertTrue((depots.shared / "compiled").exists())
            (depots.top / "l").symlink_to(depots.shared)
            ran = run("relocate", "--from=~/u", "--to=~/s", "--payload-alias=~/l", "--allow-build-scripts")
            self.assertEqual(ran.returncode, 0, ran.stderr)
            image = str(depots.image("Leaf"))
            ran = run("scan", "--path=~/u", "--json", image)
            self.assertIn(f'"old_paths":["{depots.user}"]', ran.stdout.replace(": ", ":"))
            ran = run("check", "--depot=~/s", "--project=~/u/environments/eval", str(depots.shared / "compiled"))
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
            ran = run("rewrite", "--map=~/u=~/s", "-o", "~/out", image)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertTrue((depots.top / "out" / Path(image).name).exists())

    def test_a_map_is_said_to_have_matched_nothing_only_where_it_has_not(self):
        with Depots("1.10.8-plain") as depots:
            image = str(depots.image("Leaf"))

            def said(*maps, at=image):
                options = [option for pair in maps for option in ("--map", pair)]
                return depots.run("rewrite", "--dry-run", *options, at).stderr

            self.assertIn("/no/where=/x matched nothing", said("/no/where=/x"))
            # Only the code names it, not the header.
            depots.run("rewrite", "--payload=header-only", "--map", f"{depots.user}={depots.shared}", image)
            self.assertNotIn("matched nothing", said(f"{depots.user}={depots.top}/t"))
            # NEW inside of OLD, and mapped already: nothing is left to do, but it has matched.
            self.assertNotIn("matched nothing", said(f"{depots.top}={depots.shared}"))
            # Nothing could be looked at.
            broken = depots.top / "broken.ji"
            broken.write_bytes(Path(image).read_bytes()[:-9])
            self.assertNotIn("matched nothing", said(f"{depots.shared}=/x", at=str(broken)))

    def test_a_package_without_a_project_file_is_taken_if_somebody_trusted_names_it(self):
        with Depots("1.10.8-plain") as depots:
            folder = next((depots.user / "packages" / "Leaf").iterdir())
            (folder / "Project.toml").unlink()
            uuid = "1eaf0000-0000-4000-8000-000000000001"
            git = dict(os.environ, GIT_DIR=str(depots.top / "git"), GIT_INDEX_FILE=str(depots.top / "index"))
            for command in (["init", "-q"], ["--work-tree", str(folder), "add", "-A"]):
                subprocess.run(["git", *command], env=git, check=True, stdout=subprocess.DEVNULL, cwd=folder)
            tree = subprocess.run(["git", "write-tree"], env=git, check=True, capture_output=True, text=True).stdout.strip()
            manifest = depots.top / "Manifest.toml"
            manifest.write_text(f'[[Leaf]]\nuuid = "{uuid}"\ngit-tree-sha1 = "{tree}"\nversion = "0.1.0"\n')
            run = depots.relocate("--allow-build-scripts", "--dry-run")
            self.assertEqual(depots.packages["Leaf"]["cause"], "no-uuid")
            self.assertEqual(run.returncode, 1)
            slug = self.slug(depots, uuid, tree)
            folder.rename(folder.parent / slug)
            depots.relocate("--allow-build-scripts", "--manifest", str(manifest))
            self.assertEqual(depots.packages["Leaf"]["status"], "merged", depots.packages["Leaf"])
            self.assertTrue((depots.shared / "packages/Leaf" / slug / "src/Leaf.jl").exists())
            # Not under another name, and not with another content.
            for spoil in (lambda at: at.rename(at.parent / "abcde"), lambda at: (at / "src/Leaf.jl").write_text("x")):
                shutil.rmtree(depots.shared)
                at = next((depots.user / "packages" / "Leaf").iterdir())
                spoil(at)
                depots.relocate("--allow-build-scripts", "--manifest", str(manifest))
                self.assertEqual(depots.packages["Leaf"]["cause"], "no-uuid")
                at = next((depots.user / "packages" / "Leaf").iterdir())
                at.rename(at.parent / slug)

    @staticmethod
    def slug(depots, uuid, tree):
        sys.path.insert(0, str(Path(os.environ["JIRELOC_SOURCE"]) / "tests/support"))
        import julia_depot
        return julia_depot.version_slug(UUID(uuid), bytes.fromhex(tree))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
