"""Input made to hurt: lengths near the limits of their fields, sparse and endless files, deep folders, odd names.

The program runs under a limit of address space and of time; it must end by itself, with one of its own statuses.
"""
import json
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "cli"))
from support import JIRELOC, NEW, OLD, crc32c, image  # noqa: E402
from short_run import LONG  # noqa: E402

SANITIZED = b"__asan_init" in pathlib.Path(JIRELOC).read_bytes()  # it reserves terabytes of addresses
# A sanitized program is looked at for what it touches, with fewer and smaller inputs: the other build has the rest.
if SANITIZED and not LONG:
    print("sanitized: fewer rounds and smaller inputs, and no time is judged", file=sys.stderr)
COMMANDS = (["inspect", "--json"], ["scan", "--json"], ["check", "--json"], ["rewrite", "--dry-run", "--map", "/home/u=/j"])


def run(*arguments, address_space=1 << 30, seconds=120, **keywords):
    """The finished process and what it used; fails where a signal ended it."""
    def limit():
        if not SANITIZED:
            resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "JULIA_DEPOT_PATH"}
    done = subprocess.run([JIRELOC, *map(os.fsencode, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=seconds, preexec_fn=limit, env=environment, check=False, **keywords)
    if done.returncode not in (0, 1, 2, 3):
        raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stderr[-400:]!r}")
    return done


def counted(text):
    return struct.pack("<i", len(text)) + text


def image_with_includes(count, text=b"x = 1\n", payload=b"payload"):
    """An image of Julia 1.5 that records `count` files, each with its stored text."""
    head = b"\xfbjli\r\n\x1a\n" + struct.pack("<HHB", 11, 0xFEFF, 8) + b"Linux\0x86_64\x001.5.3\0\0\0"
    head += counted(b"M") + struct.pack("<QQQ", 1, 2, 3) + struct.pack("<i", 0)
    names = [b"/home/u/.julia/packages/M/abcde/src/%07d.jl" % number for number in range(count)]
    entries = b"".join(counted(name) + struct.pack("<di", 1.5e9, 0) for name in names) + struct.pack("<i", 0)
    required = struct.pack("<i", 0)
    position = len(head) + 8 + len(entries) + 8 + len(required) + len(payload)
    block = entries + struct.pack("<Q", position)
    texts = b"".join(counted(name) + struct.pack("<Q", len(text)) + text for name in names) + struct.pack("<i", 0)
    return head + struct.pack("<Q", len(block)) + block + required + payload + texts + bytes(4)


class Hostile(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jireloc-hostile-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def every_command(self, *paths, **keywords):
        return [run(*command, *paths, **keywords) for command in COMMANDS]

    def test_an_image_cut_at_any_byte_is_an_error_or_read_and_never_more(self):
        for source in (image(OLD, "Leaf"), image(NEW, "Leaf")):
            data = source.read_bytes()
            step = 1 if LONG else 97 if SANITIZED else 29
            cuts = [*range(0, 600, 2 if SANITIZED and not LONG else 1), *range(600, len(data), step)]
            names = []
            for cut in cuts:
                path = self.folder / f"cut-{cut:06}.ji"
                path.write_bytes(data[:cut])
                names.append(path)
            listed = self.folder / "names"
            listed.write_bytes(b"\0".join(map(os.fsencode, names)))
            done = run("inspect", "--json", "-0", "--files-from", listed)
            self.assertEqual(done.returncode, 3)
            objects = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual(len({item["path"] for item in objects}), len(cuts))
            for path in names:
                path.unlink()

    def test_every_flipped_bit_of_a_header_is_an_error_or_a_checksum_that_does_not_hold(self):
        source = image(NEW, "Leaf")
        data = source.read_bytes()
        flips = [(at, bit) for at in range(min(len(data), 3000 if LONG else 500)) for bit in (range(8) if LONG else (0, 7))]
        names = []
        for at, bit in flips:
            path = self.folder / f"flip-{at:05}-{bit}.ji"
            path.write_bytes(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:])
            names.append(path)
        listed = self.folder / "names"
        listed.write_bytes(b"\0".join(map(os.fsencode, names)))
        done = run("rewrite", "--dry-run", "--json", "--map", "/home/pkgeval/.julia=/usr/share/julia", "-0", "--files-from", listed)
        self.assertEqual(done.returncode, 3)
        statuses = [json.loads(line) for line in done.stdout.splitlines()]
        statuses = [item["status"] for item in statuses if "status" in item and "path" in item]
        self.assertEqual(len(statuses), len(flips))
        self.assertNotIn("rewritten", statuses)
        self.assertNotIn("unchanged", statuses)

    def test_lengths_at_the_limits_of_their_fields_cost_neither_memory_nor_time(self):
        data = image(OLD, "Leaf").read_bytes()
        start = 20  # behind magic, format, byte-order mark and pointer size
        began = time.monotonic()
        for at in range(start, 400, 4 if LONG else 16):
            for value, width in ((1 << 31) - 1, 4), (1 << 31, 4), ((1 << 63) - 1, 8), (1 << 63, 8), ((1 << 64) - 1, 8):
                bad = bytearray(data)
                bad[at:at + width] = value.to_bytes(width, "little")
                bad[-4:] = crc32c(bad[:-4]).to_bytes(4, "little")
                path = self.folder / f"{at}-{value:x}-{width}.ji"
                path.write_bytes(bad)
        run("inspect", "--json", self.folder, address_space=512 << 20)
        run("scan", self.folder, address_space=512 << 20)
        self.assertLess(time.monotonic() - began, 60)

    def test_a_sparse_terabyte_is_refused_quickly(self):
        data = image(OLD, "Leaf").read_bytes()
        path = self.folder / "sparse.ji"
        path.write_bytes(data)
        try:
            os.truncate(path, 1 << 40)
        except OSError as problem:
            self.skipTest(f"no sparse file of a terabyte here: {problem}")
        # Without the checksums, which are of every byte.
        for command in (["inspect", "--header"], ["scan"], ["rewrite", "--dry-run", "--map", "/home/u=/j"]):
            began = time.monotonic()
            self.assertIn(run(*command, path, seconds=30).returncode, (0, 3))
            self.assertLess(time.monotonic() - began, 10)

    def test_fifos_and_devices_neither_block_nor_are_read(self):
        os.mkfifo(self.folder / "pipe.ji")
        os.symlink("/dev/zero", self.folder / "zero.ji")
        for name in ("pipe.ji", "zero.ji"):
            for done in self.every_command(self.folder / name, seconds=20):
                self.assertIn(done.returncode, (1, 3))  # `check` says that Julia would not take it
        run("inspect", self.folder, seconds=20)

    @unittest.skipIf(SANITIZED or os.geteuid() != 0, "takes root to become a user with few threads")
    def test_fewer_threads_than_asked_for_do_all_the_work(self):
        def become_a_user_with_few_threads():
            os.setgroups([])
            os.setgid(54321)
            resource.setrlimit(resource.RLIMIT_NPROC, (6, 6))
            os.setuid(54321)
        for number in range(200):
            shutil.copy(image(NEW, "Leaf"), self.folder / f"{number}.ji")
        program = self.folder / "jireloc"  # where that user may run it
        shutil.copy(JIRELOC, program)
        self.folder.chmod(0o755)
        done = subprocess.run([program, "inspect", "--json", "-j", "64", self.folder], capture_output=True, timeout=60,
                              preexec_fn=become_a_user_with_few_threads, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 200)

    def test_a_file_that_shrinks_and_grows_while_it_is_read_is_at_worst_an_error(self):
        data = (image(NEW, "Leaf").read_bytes() + bytes(1 << 20)) * 4
        path = self.folder / "unsteady.ji"
        path.write_bytes(data)
        stop = threading.Event()

        def shrink_and_grow():
            while not stop.is_set():
                os.truncate(path, 100)
                path.write_bytes(data)

        thread = threading.Thread(target=shrink_and_grow)
        thread.start()
        try:
            for _ in range(200 if LONG else 5 if SANITIZED else 12):
                self.every_command(path)
        finally:
            stop.set()
            thread.join()

    def test_folders_ten_thousand_deep_are_walked_or_refused(self):
        # In memory: on some disks it takes a minute to remove them.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        top = tempfile.mkdtemp(prefix="jireloc-hostile-", dir=memory)
        self.addCleanup(subprocess.run, ["rm", "-rf", top], check=False)
        here = os.open(top, os.O_RDONLY)
        for _ in range(2_000 if SANITIZED and not LONG else 10_000):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)
        for command in COMMANDS:
            done = run(*command, top, address_space=2 << 30)
            self.assertIn(done.returncode, (0, 1, 2, 3))

    def test_few_compressed_bytes_take_little_memory_and_end_their_item_alone(self):
        with open(self.folder / "a.ji.zst", "wb") as out:
            zstd = subprocess.Popen(["zstd", "-q", "-1", "-c"], stdin=subprocess.PIPE, stdout=out)
            zstd.stdin.write(image(OLD, "Leaf").read_bytes())
            for _ in range(80 if SANITIZED and not LONG else 200):  # more than 64 are refused
                zstd.stdin.write(bytes(1 << 20))
            zstd.stdin.close()
            self.assertEqual(zstd.wait(), 0)
        for name in "bc":
            shutil.copy(self.folder / "a.ji.zst", self.folder / f"{name}.ji.zst")
        shutil.copy(image(OLD, "Leaf"), self.folder / "good.ji")
        # Less than what the three unpack to.
        done = run("scan", "--json", "-j", "3", self.folder, address_space=500 << 20)
        self.assertEqual(done.returncode, 3)
        items = {pathlib.Path(item["path"]).name: item for item in map(json.loads, done.stdout.splitlines())}
        self.assertNotEqual(items.pop("good.ji")["status"], "failed")
        self.assertEqual(len(items), 3)
        for item in items.values():
            self.assertEqual(item["reasons"][0]["code"], "too-large")
            self.assertIn("--limit expansion=N allows more", item["reasons"][0]["mend_text"])
        wide = run("scan", "--limit", "expansion=100000", self.folder / "a.ji.zst", address_space=4 << 30)
        self.assertNotIn(b"too-large", wide.stderr)
        self.assertNotIn(b"--limit", wide.stderr)

    def test_a_limit_ends_its_item_and_not_the_run(self):
        for name in "ab":
            with open(self.folder / f"{name}.ji.zst", "wb") as out:
                subprocess.run(["zstd", "-q", "-c", image(OLD, "Leaf")], stdout=out, check=True)
        shutil.copy(image(OLD, "Leaf"), self.folder / "good.ji")
        done = run("inspect", "--json", "--limit", "decompressed=1K", self.folder)
        self.assertEqual(done.returncode, 3)
        failed = [item for item in map(json.loads, done.stdout.splitlines()) if item.get("status") == "failed"]
        self.assertEqual([item["reasons"][0]["code"] for item in failed], ["too-large"] * 2)
        self.assertIn("--limit decompressed=N", failed[0]["reasons"][0]["mend_text"])
        for wrong in ("nothing=1", "seconds", "seconds=x"):
            self.assertEqual(run("inspect", "--limit", wrong, self.folder).returncode, 2)

    def test_a_thousand_places_are_listed_unless_all_are_asked_for(self):
        path = self.folder / "many.ji"
        path.write_bytes(image_with_includes(1, payload=b"/home/u/.julia/x:" * 5000))
        for options, count in ([], 1000), (["--all"], 5000):
            item = json.loads(run("scan", "--json", "--path", "/home/u/.julia", *options, path).stdout)
            self.assertEqual(item["occurrences_total"], 5000)
            self.assertEqual(len(item["occurrences"]), count)

    def test_names_of_any_bytes_reach_neither_the_terminal_nor_json_raw(self):
        name = os.fsencode(self.folder) + b"/a\nb\x1b[31m\xff\xfe\\'\".ji"
        with open(name, "wb") as out:
            out.write(image(OLD, "Leaf").read_bytes())
        for command in (["inspect"], ["scan"], ["check"], ["rewrite", "--dry-run", "--map", "/home/u=/j"]):
            done = run(*command, name)
            for said in (done.stdout, done.stderr):
                self.assertNotIn(b"\x1b", said)
                self.assertNotIn(b"\xff", said)
        for line in run("inspect", "--json", name).stdout.splitlines():
            item = json.loads(line.decode("utf-8"))
            self.assertEqual(bytes.fromhex(item["path_hex"]), name)

    def test_the_time_for_many_includes_is_linear(self):
        counts = (125_000, 1_000_000) if LONG else (2_500, 20_000) if SANITIZED else (12_500, 100_000)
        seconds = {}
        for count in counts:
            path = self.folder / "M_abcde.ji"
            path.write_bytes(image_with_includes(count))
            for command in (["inspect", "--json"], ["check", "--json"], ["scan"]):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                done = run(*command, path, address_space=4 << 30, seconds=300)
                self.assertIn(done.returncode, (0, 1), done.stderr[-300:])
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                seconds[count, command[0]] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        for (count, command), took in seconds.items():
            if count == counts[1] and not SANITIZED:
                # Eight times as many: quadratic would be 64 times as long.
                self.assertLess(took, 24 * seconds[counts[0], command] + 0.5, command)


if __name__ == "__main__":
    unittest.main()
