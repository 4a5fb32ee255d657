"""An alias that images rest on is recorded in the target: check and prune say when it is gone or leads elsewhere."""
import json
import shlex
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from corpus_depots import Depots  # noqa: E402


class AliasRecord(unittest.TestCase):
    def setUp(self):
        self.depots = depots = Depots("1.10.8-plain")
        self.addCleanup(depots.__exit__)
        depots.shared = depots.top / "/".join(["longer"] * 4)
        depots.shared.parent.mkdir(parents=True)
        ran = depots.relocate("--allow-build-scripts", "--payload-alias=auto", f"--alias-dir={depots.top}")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.record = depots.shared / "compiled" / ".jireloc-alias"
        self.alias = Path(self.record.read_text().rstrip("\n"))
        self.assertEqual(self.alias.resolve(), depots.shared)
        self.assertFalse([item for item in depots.items if item.get("grown", {}).get("names")])

    def check(self):
        """Images whose code goes through a broken alias, and the reasons that say so."""
        ran = self.depots.run("check", "--json", "--depot", str(self.depots.shared), str(self.depots.shared / "compiled"))
        told = [json.loads(line) for line in ran.stdout.splitlines()]
        self.assertEqual(len(told), len(self.depots.images))
        broken = {}
        for image in told:
            for reason in image["findings"]:
                if reason["code"] == "alias-broken":
                    broken[Path(image["path"]).parent.name] = reason
        self.assertEqual(ran.returncode, 1 if broken else 0, ran.stdout)
        return broken

    def prune(self, *options):
        """What is bad, and exit status 1 for it."""
        ran = self.depots.run("prune", "--json", "--allow-build-scripts", *options, str(self.depots.shared))
        bad = [item for item in map(json.loads, ran.stdout.splitlines()) if item["status"] != "kept"]
        self.assertEqual(ran.returncode, 1 if bad else 0, ran.stdout + ran.stderr)
        return bad

    def assert_said(self, word):
        broken = self.check()
        # Only Leaf's code holds a path that it opens; names of files do no harm.
        self.assertEqual(set(broken), {"Leaf"})
        self.assertIn(word, broken["Leaf"]["message"])
        for options in ([], ["--delete"]):
            bad = self.prune(*options)
            self.assertEqual([item["kind"] for item in bad], ["alias"], bad)
            self.assertEqual(bad[0]["reasons"][0]["code"], "alias-broken")
            self.assertIn(word, bad[0]["reasons"][0]["message"])
        # The alias can be made again: nothing that rests on it is removed, nor the record.
        self.assertTrue(self.record.exists())
        self.assertTrue(list(self.depots.shared.rglob("Leaf/*.ji")))
        return bad[0]["reasons"][0]["message"]

    def test_an_alias_that_leads_to_the_depot_is_well(self):
        self.assertEqual((self.check(), self.prune()), ({}, []))

    def test_an_alias_that_is_gone_is_said_with_the_command_that_mends_it(self):
        self.alias.unlink()
        message = self.assert_said("is gone")
        subprocess.run(shlex.split(message[message.index("ln -s"):]), check=True)
        self.assertEqual((self.check(), self.prune()), ({}, []))

    def test_an_alias_that_leads_elsewhere_is_said_and_not_touched(self):
        other = self.depots.top / "other"
        other.mkdir()
        self.alias.unlink()
        self.alias.symlink_to(other)
        self.assert_said("does not lead to")
        self.assertEqual(self.alias.readlink(), other)
        self.assertEqual(list(other.iterdir()), [])

    def test_an_alias_that_leads_nowhere_is_said(self):
        self.alias.unlink()
        self.alias.symlink_to(self.depots.top / "nothing")
        self.assertTrue(self.check())
        self.assertTrue(self.prune())

    def test_a_record_that_names_no_link_is_said_and_nothing_is_believed_of_it(self):
        for text in ("no path\n", "", "../up\n", f"{self.alias}\nand more\n"):
            with self.subTest(text=text):
                self.record.write_text(text)
                bad = self.prune()
                self.assertEqual([item["kind"] for item in bad], ["alias"], bad)


if __name__ == "__main__":
    unittest.main(verbosity=2)
