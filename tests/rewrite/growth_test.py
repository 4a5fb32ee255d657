"""Longer places in images of 1.10 and later: every reference is followed by a judge that shares no code with jireloc."""
import functools
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
import follow_streams  # noqa: E402
from corpus_depots import unpack  # noqa: E402
from short_run import LONG, REDUCED  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
CORPUS = pathlib.Path(os.environ["JIRELOC_CORPUS"])
MORE = (1, 15, 16, 17, 255, 256, 1000)
OLD, OLD_CHECKOUTS = "/home/pkgeval/.julia", "/home/pkgeval/dev"
STREAMS = ("1.5", "1.6", "1.7", "1.8")
# Opens libraries as Julia does, and writes beside each what it holds as image data.
OPEN = """
import ctypes, sys
for path in sys.argv[1:]:
    library = ctypes.CDLL(path)
    try:
        size = ctypes.c_uint64.in_dll(library, "jl_system_image_size").value
        data = bytes((ctypes.c_char * size).in_dll(library, "jl_system_image_data"))
    except ValueError:
        data = b""
    open(path + ".data", "wb").write(data)
"""


def does_not_grow(name):
    return name.startswith("1.9") or name.endswith("-compressed")


def grown(wanted, few=2):
    """Folders of the corpus of which `wanted` is true, their old place, and how many bytes more: in a short run a few
    lengths each (one of packages that were compiled from checkouts), all of them among the versions."""
    number = 0
    for folder in sorted(CORPUS.iterdir()):
        if not folder.is_dir() or not wanted(folder.name):
            continue
        checkouts = folder.name.endswith("-path")
        chosen = {(number + 4 * k) % len(MORE) for k in range(1 if REDUCED or checkouts else few)}
        number += 2
        old = OLD_CHECKOUTS if checkouts else OLD
        yield from ((folder, old, more) for k, more in enumerate(MORE) if LONG or k in chosen)


def grows_as(kind):
    return lambda name: name.removesuffix("-path").endswith(kind) and not does_not_grow(name) and not name.startswith(STREAMS)


@functools.lru_cache(maxsize=256)
def said_of_bytes(command, library):
    """What a tool says of a library as it was: remembered, since it is asked once for each length."""
    with tempfile.NamedTemporaryFile(dir="/tmp", prefix="j", suffix=".so") as file:
        file.write(library)
        file.flush()
        return said_of(command, file.name)


def said_of(command, library):
    ran = subprocess.run([*command, library], capture_output=True, text=True, errors="replace")
    return ran.returncode, ran.stdout, ran.stderr


READ, LINES = ("readelf", "-aW"), ("readelf", "-W", "--debug-dump=decodedline,info")
LINT = ("eu-elflint", "--gnu-ld")


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
        for image in before.rglob("*.ji") if "-split" in folder.name else ():
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
        for folder, old, more in grown(grows_as("plain")):
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
        for folder, old, more in grown(grows_as("split")):
            with self.subTest(folder=folder.name, more=more):
                self.assert_well_grown(folder, old, old + "x" * more)
                self.assert_sound_libraries(self.top / "before", self.top / "after", old, old + "x" * more)

    def assert_sound_libraries(self, before, after, old, new):
        libraries = sorted(after.rglob("*.so"))
        self.assertTrue(libraries)
        read = {}
        for library in libraries:
            status, read[library], errors = said_of(READ, library)
            complaints = [line for line in errors.splitlines() if "arning" in line or "rror" in line]
            self.assertEqual((status, complaints), (0, []))
        for library, data in self.opened(read).items():
            one = (before / library.relative_to(after)).read_bytes()
            if shutil.which("eu-elflint"):
                # Linkers of Julia's builds have their own peculiarities: nothing may be added to them.
                self.assertEqual(self.complaints(said_of(LINT, library)) - self.complaints(said_of_bytes(LINT, one)), set())
            if data:
                self.assertEqual(judge.Header(data, embedded=True).end, len(data))
                self.assert_lines_name(one, library, old, new)
                self.assert_old_data_is_gone(one, library.read_bytes())

    def assert_lines_name(self, before, after, old_place, new_place):
        """The rows of all line tables, by what names them: no more than the old place has become the new one."""
        old, new = said_of_bytes(LINES, before)[1], said_of(LINES, after)[1]
        self.assertEqual(old_place + "/" in old, new_place + "/" in new)
        # Where its table begins is the only number in a unit that may change.
        old, new = (re.sub(r"(DW_AT_stmt_list *: ).*", r"\1", text) for text in (old, new))
        self.assertEqual(old.replace(old_place, new_place).splitlines()[3:], new.splitlines()[3:])

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
    def complaints(said):
        _, output, errors = said
        return {re.sub(r"\d+", "N", line) for line in (output + errors).splitlines()} - {"No errors"}

    @classmethod
    @functools.lru_cache(maxsize=None)
    def stubs(cls, needed, wanted):
        """A folder with libraries of these names that define these symbols."""
        made = pathlib.Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, made)
        (made / "s.c").write_text("".join(f"char {name}[64];\n" for name, _ in wanted) or "int none;\n")
        versions = sorted({version for _, version in wanted}) or ["NONE"]
        (made / "s.map").write_text("".join(f"{version} {{ global: *; }};\n" for version in versions[:1]))
        for name in needed:
            # Each stub names itself, so that the loader finds the versions in whichever it looks for them.
            ran = subprocess.run(["cc", "-shared", "-fPIC", "-w", f"-Wl,-soname,{name}",
                                  f"-Wl,--version-script={made / 's.map'}", "-o", made / name, made / "s.c"],
                                 capture_output=True, text=True)
            assert ran.returncode == 0, ran.stderr
        return made

    def opened(self, libraries):
        """{library: its image data as the dynamic loader maps it, with stubs in the place of libjulia; b'' where it has
        none}. `libraries`: what `readelf -aW` says, by library."""
        said = "".join(libraries.values())
        wanted = tuple(sorted(set(re.findall(r" UND (\w+)@(JL_LIBJULIA_[\d.]+)", said))))
        needed = tuple(sorted(set(re.findall(r"NEEDED.*\[(libjulia[^\]]*)\]", said))))
        ran = subprocess.run([sys.executable, "-c", OPEN, *libraries], capture_output=True, text=True,
                             env={**os.environ, "LD_LIBRARY_PATH": str(self.stubs(needed, wanted))})
        self.assertEqual(ran.returncode, 0, ran.stderr)
        found = {}
        for library in libraries:
            found[library] = mapped = library.with_suffix(".so.data").read_bytes()
            if mapped:
                at, size = judge.symbol_in_library(library.read_bytes(), b"jl_system_image_data")
                self.assertEqual(mapped, library.read_bytes()[at:at + size])
        return found

    def test_streams_grow_and_are_the_same_but_for_their_texts(self):
        for folder, old, more in grown(lambda name: name.startswith(STREAMS), few=1):
            with self.subTest(folder=folder.name, more=more):
                before, after, said = self.grow(folder, old + "x" * more)
                verdicts = follow_streams.judge_folders(before, after, old, old + "x" * more)
                self.assertEqual({name: verdict.problems for name, verdict in verdicts.items() if verdict.problems}, {})
                self.assertGreater(sum(verdict.renamed for verdict in verdicts.values()), 7)
                left = {item["path"]: item for item in said if item["status"] != "rewritten"}
                self.assertEqual(len(verdicts) + len(left), len(said))
                # In 1.8 code cannot be dropped, so that what may have folded a text is left.
                self.assertEqual([pathlib.Path(path).parent.name for path in left], ["Leaf"] * (folder.name == "1.8.2-plain"))
                for item in left.values():
                    self.assert_clear_refusal(item, before, after, {"code-not-droppable"})
                dropped = sum(verdict.dropped for verdict in verdicts.values())
                self.assertEqual(dropped > 0, folder.name != "1.8.2-plain")

    def test_what_does_not_grow_says_so_and_stays_as_it_is(self):
        for folder, old, more in grown(does_not_grow, few=1):
            with self.subTest(folder=folder.name, more=more):
                before, after, said = self.grow(folder, old + "x" * more)
                for item in said:
                    self.assert_clear_refusal(item, before, after, {"cannot-grow", "too-long"})
                # The one whose code would look for its files at the old place.
                leaf = next(item for item in said if "/Leaf/" in item["path"])
                self.assertEqual(leaf["status"], "skipped", leaf)

    def assert_clear_refusal(self, item, before, after, codes):
        """A payload stays as it is: it is said why, and what to type, and that an image is left that would look for its
        files at the old place."""
        remark = next((remark for remark in item["reasons"] + item["warnings"] if remark["code"] in codes), None)
        self.assertIsNotNone(remark, item)
        self.assertRegex(remark["message"], r"(alias|symbolic link) of at most \d+ bytes")
        self.assertIn("--payload-alias=auto", remark["mend_text"])
        image = pathlib.Path(item["path"])
        new = after / image.relative_to(before)
        if item["status"] == "skipped":
            self.assertFalse(new.exists(), item)
            return
        self.assertEqual(item["payload"]["action"], "header-only")
        self.assertEqual(item["payload"]["found"]["path-constant"], 0, item)
        one, other = (judge.Header(path.read_bytes()) for path in (image, new))
        self.assertEqual(one.checksum, other.checksum)
        self.assertEqual(image.read_bytes()[one.start:one.end], new.read_bytes()[other.start:other.end])
        if one.split:
            self.assertEqual(image.with_suffix(".so").read_bytes(), new.with_suffix(".so").read_bytes())

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
                if name.endswith("split"):
                    self.assert_sound_libraries(first, second, once, twice)

    def with_debug_info(self, compiler):
        """A tree with the image Leaf, whose library has other debug information: that of a compiler for DWARF 5."""
        tree = self.top / "dwarf"
        shutil.copytree(CORPUS / "1.12.5-split" / "images" / "compiled", tree, ignore=shutil.ignore_patterns("*.json"))
        for folder in next(tree.iterdir()).iterdir():
            if folder.name != "Leaf":
                shutil.rmtree(folder)
        image = next(tree.rglob("*.ji"))
        library = image.with_suffix(".so")
        source = self.top / "packages/Leaf/src/leaf.c"
        source.parent.mkdir(parents=True)
        source.write_text("int leaf(int x) { return x + 1; }\n")
        commands = [[compiler, "-gdwarf-5", "-O1", "-fPIC", "-shared", f"-ffile-prefix-map={self.top}={OLD}", "-o",
                     self.top / "made.so", source]]
        names = [f".debug_{name}" for name in ("info", "abbrev", "line", "line_str", "str", "addr", "str_offsets")]
        commands += [["objcopy", "-O", "binary", "--only-section", name, "--set-section-flags", f"{name}=alloc",
                      self.top / "made.so", self.top / name[1:]] for name in names]
        commands.append(["objcopy", "--remove-section=.debug_*", library])
        for command in commands:
            ran = subprocess.run(list(map(str, command)), capture_output=True, text=True)
            self.assertEqual(ran.returncode, 0, ran.stderr)
        made = [name for name in names if (self.top / name[1:]).stat().st_size]
        subprocess.run(["objcopy", *(f"--add-section={name}={self.top / name[1:]}" for name in made), str(library)],
                       check=True)
        ji = image.read_bytes()[:-8] + judge.crc32c(library.read_bytes()).to_bytes(4, "little")
        image.write_bytes(ji + judge.crc32c(ji).to_bytes(4, "little"))
        return tree, image

    def test_debug_information_of_dwarf_5_is_left_and_said(self):
        compilers = [compiler for compiler in ("gcc", "clang") if shutil.which(compiler)]
        self.assertTrue(compilers)
        for compiler in compilers:
            with self.subTest(compiler):
                self.top = self.top / compiler
                self.top.mkdir()
                tree, image = self.with_debug_info(compiler)
                library, new = image.with_suffix(".so"), OLD + "-and-more"
                self.assertIn("DWARF Version:               5", said_of(("readelf", "-W", "--debug-dump=line"), library)[1])
                self.assertIn(OLD, said_of(LINES, library)[1])
                after = self.top / "after"
                ran = jireloc("rewrite", "--json", "--map", f"{OLD}={new}", "--output-dir", after, "--experimental", tree)
                said = json.loads(ran.stdout)
                self.assertEqual((said["status"], said["payload"]["action"]), ("rewritten", "relocate"), ran.stderr)
                left = {item["section"] for item in said["payload"]["residue"]}
                self.assertIn(".debug_line_str", left)
                self.assertLessEqual(left, {".debug_line_str", ".debug_str"})
                self.assertIn("will still name the old place", "".join(item["message"] for item in said["warnings"]))
                self.assertEqual({judge.problems for judge in judge.judge_folders(tree, after, OLD, new).values()
                                  if judge.problems}, set())
                changed = after / library.relative_to(tree)
                for command in (("readelf", "-W", "--debug-dump=line"), LINES):
                    was, now = said_of(command, library), said_of(command, changed)
                    self.assertEqual(was[2], now[2])
                    self.assertEqual(was[1].splitlines()[3:], now[1].splitlines()[3:])
                read = said_of(READ, changed)
                self.assertNotIn("arning", read[2])
                self.opened({changed: read[1]})

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

    def test_the_judge_of_streams_says_of_every_byte_that_is_wrong(self):
        new = OLD + "-and-more"
        before, after, _ = self.grow(CORPUS / "1.7.0-DEV-plain", new)
        leaf = next(after.rglob("Leaf/*.ji"))
        image, good = follow_streams.StreamImage(leaf), leaf.read_bytes()
        text = good.index(new.encode(), image.start)
        for place, by in ((text - 1, b"\xff"), (text + len(OLD), b"x"), (image.start + 3, b"\xff"), (len(good) - 1, b"?")):
            with self.subTest(place=place):
                bad = good[:place] + by + good[place + 1:]
                if place < len(good) - 4:
                    bad = bad[:-4] + judge.crc32c(bad[:-4]).to_bytes(4, "little")
                self.assertNotEqual(bad, good)
                leaf.write_bytes(bad)
                verdicts = follow_streams.judge_folders(before, after, OLD, new)
                self.assertTrue(verdicts[str(leaf.relative_to(after))].problems)

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
