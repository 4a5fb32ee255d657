"""Longer places in images of 1.10 and later: every reference is followed by a judge that shares no code with jireloc."""
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
from corpus_depots import unpack  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])
LONG = bool(os.environ.get("JIRELOC_LONG"))
ASAN = bool(os.environ.get("JIRELOC_ASAN"))
MORE = (1, 15, 16, 17, 255, 256, 1000)
OLD, OLD_CHECKOUTS = "/home/pkgeval/.julia", "/home/pkgeval/dev"
# Opens a library as Julia does, and writes what it holds as image data.
OPEN = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
try:
    size = ctypes.c_uint64.in_dll(library, "jl_system_image_size").value
    data = bytes((ctypes.c_char * size).in_dll(library, "jl_system_image_data"))
except ValueError:
    data = b""
open(sys.argv[2], "wb").write(data)
"""


def grown(kind):
    """Folders of the corpus, their old place, and how many bytes more: in a short run two lengths each (one of packages
    that were compiled from checkouts), all of them among the versions."""
    number = 0
    for folder in sorted(CORPUS.iterdir()):
        name = folder.name
        checkouts = name.endswith(kind + "-path")
        if (name.endswith(kind) or checkouts) and not name.startswith(("1.5", "1.6", "1.7", "1.8", "1.9")):
            few = {number % len(MORE)} if ASAN or checkouts else {number % len(MORE), (number + 4) % len(MORE)}
            number += 2
            old = OLD_CHECKOUTS if checkouts else OLD
            yield from ((folder, old, more) for k, more in enumerate(MORE) if LONG or k in few)


def jireloc(*arguments):
    return subprocess.run([JIRELOC, *map(str, arguments)], capture_output=True, text=True)


class Growth(unittest.TestCase):
    def setUp(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.top)

    def grow(self, folder, new, *options, old=OLD):
        """Rewrites the images of a folder of the corpus elsewhere. Returns both trees and what was said of each image."""
        before, after = self.top / "before", self.top / "after"
        for tree in (before, after):
            shutil.rmtree(tree, ignore_errors=True)
        shutil.copytree(folder / "images" / "compiled", before, ignore=shutil.ignore_patterns("*.json"))
        # Images whose library is left out of the corpus cannot be looked into.
        for image in before.rglob("*.ji"):
            if judge.Header(image.read_bytes()).split and not image.with_suffix(".so").exists():
                image.unlink()
        ran = jireloc("rewrite", "--json", "--map", f"{old}={new}", "--output-dir", after, "--experimental",
                      *options, before)
        said = [json.loads(line) for line in ran.stdout.splitlines()]
        self.assertTrue(said, ran.stderr)
        return before, after, said

    def assert_well_grown(self, folder, old, new):
        before, after, said = self.grow(folder, new, old=old)
        for item in said:
            self.assertEqual(item["status"], "rewritten", item)
        verdicts = judge.judge_folders(before, after, old, new)
        self.assertEqual(len(verdicts), len(said))
        self.assertEqual({name: verdict.problems for name, verdict in verdicts.items() if verdict.problems}, {})
        self.assertGreater(sum(verdict.renamed for verdict in verdicts.values()), 10)
        verified = jireloc("inspect", "--verify", after)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        for path in after.rglob("*.ji"):
            left = path.read_bytes().count(old.encode() + b"/")
            self.assertEqual(left, 0, f"{path} still names the old place")
        return verdicts, said

    def test_plain_images_grow_and_every_reference_follows(self):
        for folder, old, more in grown("plain"):
            with self.subTest(folder=folder.name, more=more):
                verdicts, said = self.assert_well_grown(folder, old, old + "x" * more)
                # Leaf has constants: its identity is a new one, and the code that may have folded them is gone.
                leaf = next(item["payload"]["grown"] for item in said if "/Leaf/" in item["path"])
                self.assertTrue(leaf["new_identity"])
                self.assertGreater(leaf["constants"], 0)
                dropped = sum(verdict.dropped for verdict in verdicts.values())
                # Plain images of format 15 hold no code of these packages.
                self.assertEqual(dropped > 0, folder.name != "1.14.0-DEV-format15-plain")

    def test_images_with_libraries_grow_and_every_reference_follows(self):
        for folder, old, more in grown("split"):
            with self.subTest(folder=folder.name, more=more):
                self.assert_well_grown(folder, old, old + "x" * more)
                for library in (self.top / "after").rglob("*.so"):
                    self.assert_sound_library(library, old)

    def assert_sound_library(self, library, old):
        before = self.top / "before" / library.relative_to(self.top / "after")
        read = subprocess.run(["readelf", "-aW", library], capture_output=True, text=True)
        complaints = [line for line in read.stderr.splitlines() if "arning" in line or "rror" in line]
        self.assertEqual((read.returncode, complaints), (0, []))
        if shutil.which("eu-elflint"):
            # Linkers of Julia's builds have their own peculiarities: nothing may be added to them.
            self.assertEqual(self.lint(library) - self.lint(before), set())
        data = self.opened(library)
        header = judge.Header(data, embedded=True) if data else None
        if header:
            self.assertEqual(header.end, len(data))
        if data:
            self.assert_lines_name(before, library, old)
            self.assert_old_data_is_gone(before.read_bytes(), library.read_bytes())

    def assert_lines_name(self, before, after, place):
        """The rows of all line tables, by what names them: no more than the old place has become the new one."""
        old, new = (subprocess.run(["readelf", "-W", "--debug-dump=decodedline,info", library], capture_output=True,
                                   text=True, errors="replace").stdout for library in (before, after))
        new_place = re.search(f"{place}x+|$", new)[0]
        self.assertEqual(place in old, bool(new_place))
        # Where its table begins is the only number in a unit that may change.
        old, new = (re.sub(r"(DW_AT_stmt_list *: ).*", r"\1", text) for text in (old, new))
        self.assertEqual(re.sub(re.escape(place), new_place, old).splitlines()[3:], new.splitlines()[3:])

    def assert_old_data_is_gone(self, before, after):
        """What has stayed of the old image data are zeros, and few pages of them."""
        page = 4096
        (at, old), (_, new) = (judge.symbol_in_library(library, b"jl_system_image_data") for library in (before, after))
        for piece in (before[k:k + 64] for k in range(at, at + old - 64, 640)):
            if before.count(piece) == 1:
                self.assertLessEqual(after.count(piece), 1)
        tables = 64 * 64 + 16 * 56  # new ones: the old stay where they are
        self.assertLess(len(after) - len(before), new - old + 4 * page + tables)

    @staticmethod
    def lint(library):
        said = subprocess.run(["eu-elflint", "--gnu-ld", library], capture_output=True, text=True)
        return {re.sub(r"\d+", "N", line) for line in (said.stdout + said.stderr).splitlines()} - {"No errors"}

    def opened(self, library):
        """The image data as the dynamic loader maps it, with stubs in the place of libjulia; b'' where it has none."""
        symbols = subprocess.run(["readelf", "-W", "--dyn-syms", library], capture_output=True, text=True).stdout
        wanted = re.findall(r" UND (\w+)@(JL_LIBJULIA_[\d.]+)", symbols)
        needed = re.findall(r"NEEDED.*\[(libjulia[^\]]*)\]",
                            subprocess.run(["readelf", "-dW", library], capture_output=True, text=True).stdout)
        stubs = self.top / ("stubs-" + "-".join(needed))
        stubs.mkdir(exist_ok=True)
        names = sorted({name for name, _ in wanted})
        (stubs / "s.c").write_text("".join(f"char {name}[64];\n" for name in names) or "int none;\n")
        (stubs / "s.map").write_text(f"{wanted[0][1]} {{ global: *; }};\n" if wanted else "NONE { global: *; };\n")
        for name in needed:
            # Each stub names itself, so that the loader finds the versions in whichever it looks for them.
            made = subprocess.run(["cc", "-shared", "-fPIC", "-w", f"-Wl,-soname,{name}",
                                   f"-Wl,--version-script={stubs / 's.map'}", "-o", stubs / name, stubs / "s.c"],
                                  capture_output=True, text=True)
            self.assertEqual(made.returncode, 0, made.stderr)
        ran = subprocess.run([sys.executable, "-c", OPEN, library, self.top / "data"], capture_output=True, text=True,
                             env={**os.environ, "LD_LIBRARY_PATH": str(stubs)})
        self.assertEqual(ran.returncode, 0, ran.stderr)
        mapped = (self.top / "data").read_bytes()
        if mapped:
            at, size = judge.symbol_in_library(library.read_bytes(), b"jl_system_image_data")
            self.assertEqual(mapped, library.read_bytes()[at:at + size])
        return mapped

    def test_images_of_1_9_say_that_they_do_not_grow_and_what_to_type(self):
        for folder in ("1.9.4-plain", "1.9.4-split"):
            _, _, said = self.grow(CORPUS / folder, OLD + "-and-more")
            left = [remark for item in said for remark in item["reasons"] + item["warnings"]
                    if remark["code"] in ("cannot-grow", "too-long")]
            self.assertEqual({remark["code"] for remark in left}, {"cannot-grow", "too-long"}, said)
            for remark in left:
                self.assertRegex(remark["message"], "alias of at most 20 bytes|symbolic link of at most 20 bytes")
                self.assertIn("--payload-alias=auto", remark["mend_text"])
                self.assertIn("1.9" if remark["code"] == "cannot-grow" else "alias", remark["message"])

    def test_what_has_grown_grows_again(self):
        for name in ("1.10.8-plain", "1.12.5-split"):
            with self.subTest(name):
                once, twice = OLD + "-once", OLD + "-and-once-more"
                _, first, _ = self.grow(CORPUS / name, once)
                second = self.top / "second"
                shutil.rmtree(second, ignore_errors=True)
                ran = jireloc("rewrite", "--json", "--map", f"{once}={twice}", "--output-dir", second, first)
                said = [json.loads(line) for line in ran.stdout.splitlines()]
                self.assertEqual({item["status"] for item in said}, {"rewritten"}, ran.stdout)
                verdicts = judge.judge_folders(first, second, once, twice)
                self.assertEqual(len(verdicts), len(said))
                self.assertEqual({image: verdict.problems for image, verdict in verdicts.items() if verdict.problems}, {})
                self.assertGreater(sum(verdict.renamed for verdict in verdicts.values()), 10)
                for library in second.rglob("*.so"):
                    self.assertEqual(self.lint(library) - self.lint(first / library.relative_to(second)), set())
                    self.opened(library)

    def test_the_same_input_gives_the_same_bytes(self):
        folder = CORPUS / "1.10.8-plain"
        _, after, _ = self.grow(folder, OLD + "-and-more")
        once = {path.name: path.read_bytes() for path in after.rglob("*.ji")}
        _, after, _ = self.grow(folder, OLD + "-and-more")
        self.assertEqual({path.name: path.read_bytes() for path in after.rglob("*.ji")}, once)

    def test_what_a_map_of_the_root_moves_grows_and_what_is_not_below_its_new_place_stays(self):
        for name in ("1.10.8-plain", "1.12.5-split"):
            with self.subTest(name):
                root = self.top / "root" / name
                unpack(name, root / OLD[1:], images=False)
                before, after, said = self.grow(CORPUS / name, root, old="/")
                leaf = next(report for report in said if "/Leaf/" in report["path"])
                self.assertEqual(leaf["status"], "rewritten", leaf)
                self.assertGreater(leaf["payload"]["grown"]["constants"], 0)
                found = jireloc("scan", "--json", "--path", OLD, *sorted(after.rglob("Leaf/*.ji")))
                self.assertEqual(json.loads(found.stdout)["counts"]["path-constant"], 0, found.stdout)
                verdicts = judge.judge_folders(before, after, OLD, f"{root}{OLD}")
                self.assertEqual({image: verdict.problems for image, verdict in verdicts.items() if verdict.problems}, {})
                left = jireloc("rewrite", "--json", "--longer=leave", "--map", f"/={root}", "-o", self.top / "left",
                               "--experimental", *sorted(before.rglob("Leaf/*.ji")))
                self.assertEqual(json.loads(left.stdout)["reasons"][0]["code"], "too-long", left.stdout)

    def test_a_judge_that_is_shown_a_wrong_reference_says_so(self):
        folder, new = CORPUS / "1.10.8-plain", OLD + "-and-more"
        before, after, _ = self.grow(folder, new)
        leaf = next(after.rglob("Leaf/*.ji"))
        image = judge.Image(leaf)
        slot = next(at for at in image.payload.lists[1] if image.payload.word(at) >> 61 == judge.CONST_REFERENCE)
        data = bytearray(leaf.read_bytes())
        data[image.header.start + slot] ^= 2
        leaf.write_bytes(data)
        verdicts = judge.judge_folders(before, after, OLD, new)
        self.assertTrue(any("reference" in problem for problem in verdicts[str(leaf.relative_to(after))].problems))

    def test_in_place_an_image_that_another_one_outside_of_the_inputs_needs_is_left(self):
        depot = self.top / "depot"
        shutil.copytree(CORPUS / "1.12.5-plain" / "images" / "compiled", depot / "compiled",
                        ignore=shutil.ignore_patterns("*.json"))
        leaf = next(depot.rglob("Leaf/*.ji"))
        bytes_before = leaf.read_bytes()
        ran = jireloc("rewrite", "--json", "--map", f"{OLD}={OLD}-and-more", leaf)
        said = json.loads(ran.stdout)
        self.assertEqual(said["status"], "skipped", said)
        self.assertIn("dependent-outside", [reason["code"] for reason in said["reasons"]])
        self.assertEqual(leaf.read_bytes(), bytes_before)
        everything = jireloc("rewrite", "--json", "--map", f"{OLD}={OLD}-and-more", depot / "compiled")
        self.assertEqual({json.loads(line)["status"] for line in everything.stdout.splitlines()}, {"rewritten"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
