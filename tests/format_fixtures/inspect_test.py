"""jireloc inspect over the cache files made from text: the same fields, the same kinds of errors, the right status."""
import json
import os
import pathlib
import subprocess
import unittest

FIXTURES = pathlib.Path(os.environ["JIRELOC_TEXT_FIXTURES"])


def inspect(*arguments):
    ran = subprocess.run([os.environ["JIRELOC"], "inspect", "--json", *arguments], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()]


def fixtures(malformed):
    for described in sorted(FIXTURES.glob("*.json")):
        expected = json.loads(described.read_text())
        if ("error" in expected) == malformed:
            yield described.with_suffix(".ji"), expected


class Inspect(unittest.TestCase):
    def test_the_fields_of_every_layout_are_shown_as_the_text_says(self):
        for path, expected in fixtures(malformed=False):
            with self.subTest(path.stem):
                status, (said,) = inspect(path)
                self.assertEqual(status, 0)
                self.assertEqual(said["status"], "ok")
                for ours, theirs in {"layout": "layout", "format": "format", "julia": "version", "uname": "uname",
                                     "pointer_size": "pointer_size", "srctextpos": "srctextpos", "split": "split",
                                     "header_end": "header_end", "file_size": "file_size"}.items():
                    self.assertEqual(said[ours], expected[theirs], ours)
                self.assertTrue(said["file_crc_ok"])
                self.assertEqual([module["name"] for module in said["modules"]],
                                 [module["name"] for module in expected["worklist"]])
                self.assertEqual([module["name"] for module in said["required_modules"]],
                                 [module["name"] for module in expected["required_modules"]])
                wanted = [bytes.fromhex(entry["path"]) for entry in expected["dependencies"] if entry["kind"] == "include"]
                shown = [bytes.fromhex(entry["path_hex"]) if "path_hex" in entry else entry["path"].encode()
                         for entry in said["includes"]]
                self.assertEqual(shown, wanted)

    def test_how_each_layout_was_verified_is_said_and_none_that_people_run_by_structure_only(self):
        seen = {}
        for path, expected in fixtures(malformed=False):
            seen[expected["layout"]] = inspect(path)[1][0]["verified"]
        self.assertEqual({layout for layout, verified in seen.items() if verified != "corpus"},
                         {"V6", "V7", "V8", "V9", "V13a", "V14"} | ({"V10"} & set(seen)))
        self.assertNotIn("structure", seen.values())

    def test_of_an_unknown_format_all_that_every_format_has_is_said(self):
        path = FIXTURES / "unknown-format-99.ji"
        status, (said,) = inspect(path)
        self.assertEqual((status, said["status"]), (3, "failed"))
        self.assertEqual({key: said[key] for key in ("format", "julia", "uname", "arch", "pointer_size")},
                         {"format": 99, "julia": "1.10.8", "uname": "Linux", "arch": "x86_64", "pointer_size": 8})
        self.assertEqual(said["reasons"][0]["code"], "unknown-format")
        self.assertRegex(said["reasons"][0]["message"], "format 99 of Julia 1.10.8 is newer than this jireloc, which knows "
                         "formats 6 to 15")
        ran = subprocess.run([os.environ["JIRELOC"], "inspect", path], capture_output=True, text=True)
        self.assertIn("format 99; 'jireloc help --support' lists those that are known", ran.stdout)
        self.assertIn("is newer than this jireloc", ran.stderr)
        ran = subprocess.run([os.environ["JIRELOC"], "rewrite", "--json", "--map", "/m=/n", path], capture_output=True,
                             text=True)
        self.assertEqual(ran.returncode, 3)
        self.assertEqual(json.loads(ran.stdout)["reasons"][0]["code"], "unknown-format")

    def test_a_malformed_file_is_reported_with_its_kind_and_offset_and_does_not_hide_others(self):
        expected = {str(path): about["error"] for path, about in fixtures(malformed=True)}
        status, said = inspect(FIXTURES / "v6-linux.ji", *expected, FIXTURES / "v15-gc.ji")
        self.assertEqual(status, 3)
        self.assertEqual(len(said), len(expected) + 2)
        self.assertEqual([said[0]["status"], said[-1]["status"]], ["ok", "ok"])
        for item in said[1:-1]:
            with self.subTest(item["path"]):
                codes = [reason["code"] for reason in item["reasons"]]
                # Without a whole magic the command line does not take it for a cache file at all.
                cut = item["path"].endswith("/magic-cut.ji")
                self.assertIn("not-a-cache-file" if cut else expected[item["path"]], codes)
                self.assertIn(item["status"], ("failed", "damaged"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
