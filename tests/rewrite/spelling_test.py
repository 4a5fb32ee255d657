"""Shorter places: names of files are spelled exactly, in images whose every reference a judge follows that shares no
code with jireloc, and the way back gives the very bytes back."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import follow_references as judge  # noqa: E402
from short_run import LONG, REDUCED  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])
OLD = "/home/pkgeval/.julia"
EACH = ["/usr/share/julia", "/jl", *("/" + "p" * (len(OLD) - 1 - k) for k in range(1, 10))]
STREAMS = ("1.5", "1.6", "1.7", "1.8")


def folders(kind):
    return [folder for folder in sorted(CORPUS.iterdir())
            if folder.name.endswith(kind) and not folder.name.startswith("1.9")]


def shorter(folder):
    """The places to try; in a short run two for each folder, all of them among the folders."""
    k = sorted(each.name for each in CORPUS.iterdir()).index(folder.name)
    few = [EACH[k % len(EACH)], EACH[(k + 4) % len(EACH)]]
    return EACH if LONG else few[:1] if REDUCED else few


def is_static(folder):
    return not folder.name.startswith(STREAMS)


def tree_bytes(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Spelling(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.top)

    def copy(self, folder):
        """The images of a folder of the corpus that are whole there."""
        shutil.rmtree(self.top)
        before = self.top / "before"
        shutil.copytree(folder / "images" / "compiled", before, ignore=shutil.ignore_patterns("*.json"))
        for image in before.rglob("*.ji"):
            if folder.name.endswith("split") and judge.Header(image.read_bytes()).split and not image.with_suffix(".so").exists():
                image.unlink()
        return before

    def rewrite(self, tree, old, new, name, *options):
        ran = subprocess.run([JIRELOC, "rewrite", "--json", "--map", f"{old}={new}", "--output-dir", self.top / name,
                              "--experimental", *options, tree], capture_output=True, text=True)
        said = [json.loads(line) for line in ran.stdout.splitlines()]
        self.assertTrue(said, ran.stderr)
        for item in said:
            self.assertEqual(item["status"], "rewritten", item)
        return self.top / name

    @staticmethod
    def names(payload, new):
        """Symbols and Strings of a static-data payload that are names of .jl files below a place."""
        spelled = re.compile(re.sub(rb"/", rb"/+", new.encode()) + rb"/.*[.]jl")
        found = [symbol for symbol in payload.symbols if spelled.fullmatch(symbol)]
        begin, size = payload.const
        tags = re.finditer(rb"[\xa3\xa7]\0{7}", payload.data[begin:begin + size])
        strings = (payload.string(begin + tag.end()) for tag in tags)  # None where that is no object's
        return found, [text for text in strings if text is not None and spelled.fullmatch(text)]

    def test_names_in_static_data_are_exact_and_every_reference_still_leads_to_its_text(self):
        symbols = strings = 0
        for folder in filter(is_static, folders("plain") + folders("split")):
            for new in shorter(folder):
                with self.subTest(folder=folder.name, new=new):
                    before = self.copy(folder)
                    after = self.rewrite(before, OLD, new, "after")
                    for name, verdict in judge.judge_folders(before, after, OLD, new).items():
                        self.assertEqual(verdict.problems, [], name)
                        self.assertFalse(verdict.new_identity, name)
                    for path in after.rglob("*.ji"):
                        payload = judge.Image(path).payload
                        of_symbols, of_strings = self.names(payload, new)
                        if len(OLD) - len(new) > 4:  # else there may be no room to tell what became free
                            self.assertEqual([text for text in of_strings if b"//" in text], [], path)
                        # At most one takes what is too little for a symbol of its own.
                        stretched = [text for text in of_symbols if b"//" in text]
                        free = len(of_symbols) * (len(OLD) - len(new))
                        self.assertEqual(len(stretched), 1 if 0 < free < 9 else 0, path)
                        symbols += len(of_symbols)
                        strings += len(of_strings)
                    back = self.rewrite(after, new, OLD, "back")
                    self.assertEqual(tree_bytes(back), tree_bytes(before))
                    verified = subprocess.run([JIRELOC, "inspect", "--verify", after], capture_output=True,
                                              text=True)
                    self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        self.assertGreater(symbols, 50)
        self.assertGreater(strings, 50)

    def test_names_in_a_stream_are_exact_and_the_payload_gets_shorter(self):
        for folder in folders("plain"):
            if is_static(folder):
                continue
            for new in shorter(folder):
                with self.subTest(folder=folder.name, new=new):
                    before = self.copy(folder)
                    after = self.rewrite(before, OLD, new, "after")
                    exact = stretched = 0
                    for path in after.rglob("*.ji"):
                        exact += path.read_bytes().count(f"{new}/packages/".encode())
                        spare = re.escape(new.encode()) + rb"//+packages/[^\0]*?[.]jl"
                        stretched += len(re.findall(spare, path.read_bytes()))
                    self.assertGreater(exact, 10)
                    self.assertEqual(stretched, 0)
                    self.assertEqual(tree_bytes(self.rewrite(after, new, OLD, "back")), tree_bytes(before))

    def test_on_request_every_text_keeps_its_length(self):
        for folder in (CORPUS / "1.5.3-plain", CORPUS / "1.12.5-plain"):
            with self.subTest(folder=folder.name):
                before = self.copy(folder)
                after = self.rewrite(before, OLD, "/jl", "after", "--spelling=stretched")
                for path in after.rglob("*.ji"):
                    self.assertIn(b"/jl/////////////////", path.read_bytes())
                self.assertEqual(tree_bytes(self.rewrite(after, "/jl", OLD, "back")), tree_bytes(before))
                # Another time names lose their spare slashes.
                exact = self.rewrite(after, "/jl", "/jm", "exact")
                straight = self.rewrite(before, OLD, "/jm", "straight")
                self.assertEqual(tree_bytes(exact), tree_bytes(straight))

    def test_another_spelling_is_refused(self):
        ran = subprocess.run([JIRELOC, "rewrite", "--map", "/a=/b", "--spelling=other", "x"], capture_output=True,
                             text=True)
        self.assertEqual(ran.returncode, 2)
        self.assertIn("--spelling: 'other' is none of exact, stretched", ran.stderr)


if __name__ == "__main__":
    unittest.main()
