"""`jireloc check --cpu` and `--cpu-of` against an oracle of its own: Julia's rule as its source states it (a target
of an image is refused if it enables a feature that the session disables; one must remain), on the recorded bytes of
real images, with bits moved at random, and on what the kernel says of this machine."""
import json
import pathlib
import platform
import random
import shutil
import struct
import tempfile
import unittest

from support import CORPUS, run
from short_run import LONG, REDUCED

ROUNDS = 60 if LONG else 2 if REDUCED else 6

# By Intel's and AMD's manuals: what Haswell has of each register, in the order of the words that Julia records.
HASWELL = {0: (0, 1, 9, 12, 13, 19, 20, 22, 23, 26, 28, 29), 2: (0, 3, 5, 8), 5: (0, 5)}
# What no target enables, whatever the processor: RDRAND, RTM, RDSEED, XSAVEOPT.
NEVER = {(0, 30), (2, 11), (2, 18), (7, 0)}
# Flags of Linux's /proc/cpuinfo by word and bit. (Newer kernels do not show all; those of AMD's own are left out.)
FLAGS = {"pni": (0, 0), "ssse3": (0, 9), "fma": (0, 12), "cx16": (0, 13), "sse4_1": (0, 19), "sse4_2": (0, 20),
         "movbe": (0, 22), "popcnt": (0, 23), "aes": (0, 25), "avx": (0, 28), "f16c": (0, 29), "bmi1": (2, 3),
         "avx2": (2, 5), "bmi2": (2, 8), "avx512f": (2, 16), "avx512dq": (2, 17), "adx": (2, 19),
         "avx512ifma": (2, 21), "clflushopt": (2, 23), "avx512cd": (2, 28), "sha_ni": (2, 29), "avx512bw": (2, 30),
         "avx512vl": (2, 31), "gfni": (3, 8), "vaes": (3, 9), "avx512_vnni": (3, 11), "xsavec": (7, 1)}


class Image:
    """A split image whose list of targets can be exchanged."""

    def __init__(self, path):
        self.path = path
        self.bytes = path.read_bytes()
        golden = json.loads(path.with_suffix(".json").read_text())
        recorded = golden.get("clone_targets")
        if recorded is None:    # 1.13: not in the golden
            recorded = json.loads(run("inspect", "--json", "--header", path).stdout)["clone_targets"]
        self.recorded = bytes.fromhex(recorded)
        self.start = self.bytes.index(struct.pack("<i", len(self.recorded)) + self.recorded)
        # In format 15 a payload follows, with positions of its own: there the list keeps its length.
        self.grows = struct.pack("<q", self.start + 4 + len(self.recorded)) in self.bytes[:self.start]
        self.wide = "1.14" in golden["julia"]
        self.word = 8 if self.wide else 4
        self.targets = self.decode()

    def decode(self):
        data, at, targets = self.recorded, 4, []
        for _ in range(struct.unpack_from("<i", data)[0]):
            head = 8 if self.wide else 4
            fixed, at = data[at:at + head], at + head
            count, at = struct.unpack_from("<i", data, at)[0], at + 4
            size = self.word * count
            on, at = int.from_bytes(data[at:at + size], "little"), at + size
            off, at = int.from_bytes(data[at:at + size], "little"), at + size
            texts = []
            for _ in range(2):
                length, at = struct.unpack_from("<i", data, at)[0], at + 4
                texts.append(data[at:at + length])
                at += length
            targets.append((fixed, count, on, off, *texts))
        assert at == len(data)
        return targets

    def with_targets(self, targets):
        """The file with another list, its position of the source text moved; its checksum does not hold any more."""
        new = struct.pack("<i", len(targets))
        for fixed, count, on, off, name, extra in targets:
            size = self.word * count
            new += fixed + struct.pack("<i", count) + on.to_bytes(size, "little") + off.to_bytes(size, "little")
            new += struct.pack("<i", len(name)) + name + struct.pack("<i", len(extra)) + extra
        end = self.start + 4 + len(self.recorded)
        head = self.bytes[:self.start]
        if self.grows:
            at = head.rindex(struct.pack("<q", end))    # srctextpos
            head = head[:at] + struct.pack("<q", end - len(self.recorded) + len(new)) + head[at + 8:]
        assert self.grows or len(new) == len(self.recorded)
        return head + struct.pack("<i", len(new)) + new + self.bytes[end:]


def is_refused(image_targets, session_off):
    return all(on & session_off for _, _, on, _, _, _ in image_targets)


class Processors(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jireloc-processor"))
        self.addCleanup(shutil.rmtree, self.folder)

    def images(self, packages=("Leaf",)):
        for folder in sorted(CORPUS.glob("*-split")):
            for package in packages:
                for path in folder.glob(f"images/compiled/*/{package}/*.ji"):
                    yield folder.name, Image(path)

    def verdicts(self, files, *options):
        """{number: refused} for files of that content, judged in one run; notes of those that were not judged."""
        for number, content in enumerate(files):
            (self.folder / f"{number}.ji").write_bytes(content)
        ran = run("check", "--json", "--no-checksums", *options, *[self.folder / f"{n}.ji" for n in range(len(files))])
        refused, notes = {}, {}
        for line in ran.stdout.splitlines():
            report = json.loads(line)
            number = int(pathlib.Path(report["path"]).stem)
            self.assertIn("package", report, report)
            refused[number] = "target-mismatch" in [reason["code"] for reason in report["reasons"]]
            notes[number] = [note for note in report["notes"] if "native code" in note]
        self.assertEqual(sorted(refused), list(range(len(files))), ran.stderr)
        return refused, notes

    def test_every_split_image_of_the_corpus_suits_the_machine_of_each_other_of_its_julia(self):
        for folder in sorted(CORPUS.glob("*-split")):
            paths = sorted(folder.glob("images/compiled/*/*/*.ji"))
            for witness in paths[:1] if REDUCED else paths:
                ran = run("check", "--json", "--no-checksums", "--cpu-of", witness, *paths)
                for line in ran.stdout.splitlines():
                    report = json.loads(line)
                    self.assertNotIn("target-mismatch", [reason["code"] for reason in report["reasons"]])
                    self.assertFalse([note for note in report["notes"] if "native code" in note], report)

    def test_bits_at_random_are_judged_as_the_rule_says(self):
        judged = refusals = 0
        for name, image in self.images():
            choose = random.Random(name)
            fixed, count, on, off, cpu, extra = image.targets[0]
            known = on | off
            bits = [bit for bit in range(count * image.word * 8) if known >> bit & 1]
            for _ in range(ROUNDS):
                session_off = sum(1 << bit for bit in bits if choose.random() < 0.3)
                witness = self.folder / "witness.ji"
                witness.write_bytes(image.with_targets([(fixed, count, known & ~session_off, session_off, cpu, extra)]))
                lists = []
                for _ in range(12):
                    targets = []
                    for _ in range(choose.choice((1, 1, 2, 3)) if image.grows else 1):
                        share = choose.choice((0.02, 0.1, 1.0))
                        wanted = sum(1 << bit for bit in bits if choose.random() < share)
                        if choose.random() < 0.4:
                            wanted &= ~session_off
                        targets.append((fixed, count, wanted, known & ~wanted, choose.choice((cpu, cpu[::-1])), extra))
                    lists.append(targets)
                refused, notes = self.verdicts([image.with_targets(targets) for targets in lists], "--cpu-of", witness)
                for number, targets in enumerate(lists):
                    self.assertEqual(refused[number], is_refused(targets, session_off), (name, targets))
                    self.assertEqual(notes[number], [], name)
                    judged += 1
                    refusals += refused[number]
        self.assertGreaterEqual(judged, 7 * 12 * ROUNDS)
        self.assertTrue(judged / 5 < refusals < judged * 4 / 5, (refusals, judged))

    def test_each_single_feature_is_held_against_haswell(self):
        for name, image in self.images():
            if image.wide:
                continue
            fixed, count, on, off, cpu, extra = image.targets[0]
            bits = [bit for bit in range(count * 32) if (on | off) >> bit & 1]
            lists = [[(fixed, count, 1 << bit, (on | off) & ~(1 << bit), cpu, extra)] for bit in bits]
            refused, notes = self.verdicts([image.with_targets(targets) for targets in lists], "--cpu", "haswell")
            for number, bit in enumerate(bits):
                has = bit % 32 in HASWELL.get(bit // 32, ()) and (bit // 32, bit % 32) not in NEVER
                self.assertEqual(refused[number], not has, (name, bit // 32, bit % 32))
                self.assertEqual(notes[number], [])

    @unittest.skipUnless(platform.machine() == "x86_64" and pathlib.Path("/proc/cpuinfo").exists(), "not x86-64 Linux")
    def test_each_single_feature_is_held_against_what_the_kernel_says_of_this_machine(self):
        text = pathlib.Path("/proc/cpuinfo").read_text()
        flags = [set(line.split(":")[1].split()) for line in text.splitlines() if line.startswith("flags")]
        here = set.intersection(*flags)
        for name, image in self.images():
            if image.wide:
                continue
            fixed, count, on, off, cpu, extra = image.targets[0]
            wanted = sorted(FLAGS.items())
            lists = [[(fixed, count, 1 << (word * 32 + bit), 0, cpu, extra)] for _, (word, bit) in wanted]
            refused, notes = self.verdicts([image.with_targets(targets) for targets in lists], "--cpu", "native")
            for number, (flag, _) in enumerate(wanted):
                self.assertEqual(refused[number], flag not in here, (name, flag))
                self.assertEqual(notes[number], [])

    def test_what_is_not_judged_is_said_once_and_changes_no_status(self):
        path = next((CORPUS / "1.12.5-split/images/compiled/v1.12/Leaf").glob("*.ji"))
        plain = run("check", "--no-checksums", path, path)
        self.assertEqual(plain.stdout.decode().count("whether native code suits the processor: none was named"), 1)
        unknown = run("check", "--no-checksums", "--cpu", "z80", path)
        self.assertIn('Julia 1.12 knows no processor "z80"', unknown.stdout.decode())
        self.assertEqual(unknown.returncode, run("check", "--no-checksums", "--cpu-of", path, path).returncode)

    def test_a_refused_image_is_stale_and_status_1_and_the_feature_and_the_mend_are_said(self):
        path = next((CORPUS / "1.12.5-split/images/compiled/v1.12/Leaf").glob("*.ji"))
        ran = run("check", "--no-checksums", "--cpu", "znver4", path)
        self.assertEqual(ran.returncode, 1)
        text = ran.stdout.decode()
        self.assertIn("its code for znver5 needs avx512vp2intersect and avxvnni, which znver4 lacks. "
                      "Julia says: Unable to find compatible target in cached code image.", text)
        self.assertIn("JULIA_CPU_TARGET", text)

    def test_what_names_no_processor_is_a_usage_error(self):
        split = next((CORPUS / "1.12.5-split/images/compiled/v1.12/Leaf").glob("*.ji"))
        plain = next((CORPUS / "1.12.5-plain/images/compiled/v1.12/Leaf").glob("*.ji"))
        for options in (["--cpu", "haswell;znver3"], ["--cpu", "haswell,avx"], ["--cpu-of", plain],
                        ["--cpu", "haswell", "--cpu-of", split]):
            self.assertEqual(run("check", *options, split).returncode, 2, options)


if __name__ == "__main__":
    unittest.main()
