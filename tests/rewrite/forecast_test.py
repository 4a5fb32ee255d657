"""What `scan --to` says beforehand is what `rewrite` then does: on images of every version of the corpus."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import follow_references as judge  # noqa: E402
from short_run import LONG  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])
OLD = "/home/pkgeval/.julia"
MORE = (1, 15, 16, 17, 255, 256, 1000) if LONG else (17,)
# Layouts whose header tells how long the payload is.
STATIC = ("1.10", "1.11", "1.12", "1.13", "1.14")


def jireloc(command, *arguments):
    ran = subprocess.run([JIRELOC, command, "--json", *map(str, arguments)], capture_output=True, text=True)
    return {item["path"]: item for item in map(json.loads, ran.stdout.splitlines())}, ran.stderr


def told(grown):
    names = ("names", "constants", "dropped_code", "new_identity", "payload_size", "payload_size_after")
    return {name: grown[name] for name in names if grown.get(name)}


class Forecast(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.top)

    def forecast_and_deed(self, folder, place):
        """By image: what scan says, and what rewrite then reports. A dry run must report the same."""
        # Some images were compiled elsewhere: there each image itself says in which depot.
        named = folder.name.endswith("-path")
        said, _ = jireloc("scan", "--summary", *([] if named else ["--path", OLD]), "--to", place, folder / "images")
        rewrite = ["rewrite", "--experimental", "--output-dir", self.top / folder.name / str(len(place)),
                   *(["--to", place] if named else ["--map", f"{OLD}={place}"]), folder / "images"]
        planned, _ = jireloc(*rewrite, "--dry-run")
        done, problems = jireloc(*rewrite)
        self.assertEqual(sorted(said), sorted(done), problems)
        for path, item in done.items():
            self.assertEqual(planned[path].get("payload"), item.get("payload"), path)
        return {path: (said[path]["forecast"], item) for path, item in done.items()}

    def assert_true(self, path, forecast, item):
        payload = item["payload"]
        self.assertEqual(forecast["action"], payload["action"], path)
        self.assertEqual(told(forecast), told(payload.get("grown", {})), path)
        if item["status"] == "skipped":
            self.assertIn(forecast["obstacle"], [reason["code"] for reason in item["reasons"]], path)
        elif payload["action"] == "header-only" and "obstacle" in forecast:
            self.assertIn(forecast["obstacle"], [warning["code"] for warning in item["warnings"]], path)

    def assert_bytes(self, before, after, forecast):
        old, new = (judge.Header(image.read_bytes()) for image in (before, after))
        self.assertEqual(old.checksum != new.checksum, forecast["new_identity"], before)
        if old.start and forecast["payload_size"]:
            self.assertEqual((forecast["payload_size"], forecast["payload_size_after"]),
                             (old.end - old.start, new.end - new.start), before)
        elif old.start:
            self.assertEqual(old.end - old.start, new.end - new.start, before)

    def test_of_rewrite_for_every_version(self):
        names = identities = dropped = left = 0
        for folder in sorted(path for path in CORPUS.iterdir() if (path / "images").is_dir()):
            for more in MORE:
                with self.subTest(folder=folder.name, more=more):
                    images = self.forecast_and_deed(folder, OLD + "x" * more)
                    for path, (forecast, item) in images.items():
                        self.assert_true(path, forecast, item)
                        if item["status"] == "rewritten" and folder.name.startswith(STATIC):
                            self.assert_bytes(pathlib.Path(path), pathlib.Path(item["output"]), forecast)
                        names += forecast["names"]
                        identities += forecast["new_identity"]
                        dropped += forecast["dropped_code"]
                        left += forecast.get("obstacle") == "dependency-grown"
        self.assertGreater(min(names, identities, dropped), 20, (names, identities, dropped))
        self.assertGreater(left, 0)  # what rests on a grown image and cannot follow

    def test_all_images_together_are_summed_up(self):
        ran = subprocess.run([JIRELOC, "scan", "--summary", "--path", OLD, "--to", OLD + "/and/more",
                              CORPUS / "1.10.8-plain/images"], capture_output=True, text=True)
        said, _ = jireloc("scan", "--summary", "--path", OLD, "--to", OLD + "/and/more", CORPUS / "1.10.8-plain/images")
        forecasts = [item["forecast"] for item in said.values()]
        grown = sum(forecast["names"] + forecast["constants"] > 0 for forecast in forecasts)
        dropped = [forecast["dropped_code"] for forecast in forecasts if forecast["dropped_code"]]
        self.assertIn(f"texts would grow in {grown} images, 0 would be left alone\n"
                      f"{sum(dropped)} compiled functions in {len(dropped)} of them would be dropped; "
                      "--payload-alias=auto would keep them\n", ran.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
