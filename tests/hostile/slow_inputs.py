#!/usr/bin/env python3
"""Makes inputs that grow by two and shows that the time for them grows by little more than two.

Each shape is a kind of input that could make some command slow: many symbols, matches, spellings, modules … For each,
the size is doubled until a run takes long enough to be measured; then that size and its double (or, with --doublings,
a larger one) are run in turn, and the least processor time of each counts, less what a run takes that does nothing.
The exit status is 1 where the time grows by more than --most for each doubling, whatever the machine's speed.
"""
import argparse
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile

OLD = b"/home/u/.julia"
UUID = struct.pack("<QQ", 0x4000800000000001, 0x5EED0000)
MARK = 0xFAFBFCFD << 32

# ---- Images, without the checksum of the file: what is measured here is read before it, or does not ask for it.


def counted(text):
    return struct.pack("<i", len(text)) + text


def head(form, version):
    return b"\xfbjli\r\n\x1a\n" + struct.pack("<HHB", form, 0xFEFF, 8) + b"Linux\0x86_64\0" + version + b"\0\0\0"


def names_list(names):
    return b"".join(map(counted, names)) + struct.pack("<i", 0)


def source_texts(texts):
    return b"".join(counted(name) + struct.pack("<Q", len(text)) + text for name, text in texts) + struct.pack("<i", 0)


def worklist(modules):
    return b"".join(counted(name) + uuid + struct.pack("<Q", build) for name, uuid, build in modules) + struct.pack("<i", 0)


MODULE = [(b"M", UUID, 3)]


def old_image(modules=MODULE, includes=(), requires=(), required=(), texts=(), payload=b"payload"):
    """Of Julia 1.5: a tag stream as payload."""
    data = head(11, b"1.5.3") + worklist(modules)
    entries = b"".join(counted(name) + struct.pack("<di", 1.5e9, 0) for name in includes)
    entries += b"".join(counted(b"\0" + UUID + name) + struct.pack("<di", -1.0, 0) for name in requires)
    entries += struct.pack("<i", 0)
    needs = b"".join(counted(name) + uuid + struct.pack("<Q", build) for name, uuid, build in required) + struct.pack("<i", 0)
    position = len(data) + 8 + len(entries) + 8 + len(needs) + len(payload)
    data += struct.pack("<Q", len(entries) + 8) + entries + struct.pack("<Q", position)
    return data + needs + payload + source_texts(texts) + bytes(4)


def new_image(includes=(), required=(), preferences=(), targets=b"", payload=b"", texts=(), path_in=()):
    """Of Julia 1.11: sections as payload, or a native library beside it where there are targets."""
    front = head(12, b"1.11.2") + b"\0" + struct.pack("<Q", MARK)
    back = b"\0" + worklist(MODULE)
    entries = b"".join(counted(name) + struct.pack("<QIdi", 6, 0, -1.0, 0) for name in includes)
    if path_in:
        entries += counted(b"/x/M.jl") + struct.pack("<QIdi", 6, 0, -1.0, 1) + names_list(path_in)
    entries += struct.pack("<i", 0) + names_list(preferences) + struct.pack("<Q", 0)
    needs = b"".join(counted(name) + uuid + struct.pack("<QQ", build, build) for name, uuid, build in required) + struct.pack("<i", 0)
    size = len(front) + 16 + len(back) + 8 + len(entries) + 8 + len(needs) + 4 + len(targets)
    start = size + -size % 64 if payload else 0
    end = start + len(payload)
    data = front + struct.pack("<QQ", start, end) + back
    data += struct.pack("<Q", len(entries) + 8) + entries + struct.pack("<Q", end or size) + needs
    data += struct.pack("<i", len(targets)) + targets
    return data.ljust(start, b"\0") + payload + source_texts(texts) + bytes(8)


def sections(sysdata=b"", const_data=b"", symbols=b"", relocations=b"", tail=(0, 0, 0, 0)):
    """The payload of an image of 1.9 and later."""
    data = struct.pack("<Q", len(sysdata)) + sysdata
    for part, alignment in ((const_data, 64), (symbols, 8), (relocations, 8), (b"", 8), (b"", 8)):
        data += struct.pack("<Q", len(part))
        data += bytes(-len(data) % alignment) + part
    data += bytes(-len(data) % 8) + bytes(48)
    for count in tail:
        data += struct.pack("<I", count) + bytes(4 * count)
    return data + bytes(4)


def library(symbol_names, names, section_count=0):
    """An ELF library of nothing but a symbol table: each symbol's name begins at a place of the names."""
    symbols = b"".join(struct.pack("<IBBHQQ", at, 0x12, 0, 1, 0x1000, 8) for at in symbol_names)
    table = 64 + len(symbols) + len(names)
    headers = bytes(64)
    headers += struct.pack("<IIQQQQIIQQ", 1, 2, 0, 0, 64, len(symbols), 2, 0, 8, 24)
    headers += struct.pack("<IIQQQQIIQQ", 1, 3, 0, 0, 64 + len(symbols), len(names), 0, 0, 1, 0)
    headers += struct.pack("<IIQQQQIIQQ", 1, 1, 0, 0, 64, 1, 0, 0, 1, 0) * section_count
    elf = b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, table, 0, 64, 56, 0, 64, 3 + section_count, 2)
    return elf + symbols + names + headers


# ---- Shapes: each makes its input of size n in a folder and gives the arguments of a run.

SHAPES = {}


def shape(start, most=None):
    """`start`: the least size; `most`: the largest, where more does not fit into a command line."""
    def keep(make):
        SHAPES[make.__name__.replace("_", "-")] = (make, start, most or start << 7)
        return make
    return keep


def write(folder, data, name="M.ji"):
    (folder / name).write_bytes(data)
    return folder / name


def written_depot(folder, count):
    """A depot with a package whose folder holds `count` KiB; the name of the package's folder is wrong, so all is asked."""
    package = folder / "depot/packages/M/abcde"
    (package / "src").mkdir(parents=True, exist_ok=True)
    write(package / "src", b"x = 1\n" * 171 * count, "M.jl")
    write(package, b'name = "M"\nuuid = "00000000-5eed-0000-4000-800000000001"\n', "Project.toml")
    return folder / "depot"


LIBRARY_TARGETS = struct.pack("<IIII", 1, 0, 0, 0) + counted(b"generic") + counted(b"")


@shape(8000)
def symbols_without_an_end(folder, n):
    write(folder, library(range(1, n), b"\0" + b"x" * n), "M.so")
    return ["scan", write(folder, new_image(targets=LIBRARY_TARGETS))]


@shape(1000, 32000)  # a count of sections has 16 bits
def section_names_without_an_end(folder, n):
    write(folder, library((), b"\0" + b"x" * n * 64, n), "M.so")
    return ["scan", write(folder, new_image(targets=LIBRARY_TARGETS))]


@shape(20000)
def matches_in_one_text(folder, n):
    return ["scan", "--path", OLD, write(folder, old_image(payload=(OLD + b"/x:") * n))]


@shape(20000)
def matches_in_strings(folder, n):
    return ["scan", "--path", OLD, write(folder, new_image(payload=sections(const_data=(OLD + b"/") * n)))]


@shape(5000)
def matches_in_sysdata(folder, n):
    return ["scan", "--path", OLD, write(folder, new_image(payload=sections(sysdata=(OLD + b"/x,y") * 4 * n)))]


@shape(5000)  # of 40,000 the memory is still the caches', of twice as many no more
def matches_in_symbols(folder, n):
    name = counted(OLD + b"/a.jl") + b"\0"
    return ["scan", "--path", OLD, write(folder, new_image(payload=sections(symbols=name * n)))]


@shape(8000)
def nested_heads_of_texts(folder, n):
    return ["scan", "--path", b"/a", write(folder, old_image(payload=(b"\x12~~  /a " * n)))]


@shape(4000)
def nested_heads_of_strings(folder, n):
    word = struct.pack("<QQ", 0xA7, 0x2020) + b"/a/a/a /"
    return ["scan", "--path", b"/a", write(folder, new_image(payload=sections(const_data=word.ljust(32) * n)))]


@shape(20000)
def one_path_of_slashes(folder, n):
    return ["scan", "--path", b"/a/b", write(folder, old_image(payload=b"/a" + b"/" * n + b"b" + b"/" * n + b"b" * n))]


@shape(4000)
def one_folder_repeated(folder, n):
    return ["scan", "--path", b"/a" * 40, write(folder, old_image(payload=b"/a" * n))]


@shape(500)
def folders(folder, n):
    names = [b"/nowhere/u%07d/src/M.jl" % k for k in range(n)]
    payload = b"".join(b"\x12" + counted(name) for name in names)
    return ["check", "--content", write(folder, old_image(includes=names, payload=payload))]


@shape(500)
def depots_in_one_payload(folder, n):
    names = [b"/nowhere/u%07d/packages/M/abcde/src/M.jl" % k for k in range(n)]
    payload = b"".join(b"\x12" + counted(name) for name in names)
    return ["scan", write(folder, old_image(includes=names, payload=payload))]


@shape(500)
def packages_of_one_image(folder, n):
    names = [b"/nowhere/packages/M%07d/abcde/src/M.jl" % k for k in range(n)]
    return ["scan", write(folder, old_image(includes=names, payload=b"".join(b"\x12" + counted(name) for name in names)))]


@shape(60)
def spellings_of_one_source(folder, n):
    depot = written_depot(folder, n)
    names = [b"/home/u/packages/M/abcde" + b"/." * (k % 60) + b"/" * (k // 60 + 1) + b"src/M.jl" for k in range(n)]
    folder_spellings = [b"/home/u/packages" + b"/." * (k % 60) + b"/" * (k // 60 + 1) + b"M/abcde/src/M.jl" for k in range(n)]
    image = write(folder, with_checksum(old_image(includes=names + folder_spellings)))
    return ["rewrite", "--dry-run", "--payload=header-only", b"--map=/home/u=" + os.fsencode(depot), image]


@shape(2000)
def modules_named_again_and_again(folder, n):
    for k in range(10):
        write(folder, old_image(modules=MODULE * n, required=MODULE * n), f"M{k}.ji")
    return ["check", folder]


@shape(1600)  # of fewer, the headers take longer than what grows
def modules_provided_and_needed(folder, n):
    modules = [(b"M%d" % k, UUID, k) for k in range(20)]
    for k in range(n):
        write(folder, old_image(modules=modules, required=modules), f"M{k}.ji")
    return ["check", folder]


@shape(2000)
def modules_that_are_missing(folder, n):
    for k in range(4):
        write(folder, old_image(required=[(b"N%07d" % j, UUID, j) for j in range(n)]), f"M{k}.ji")
    return ["check", folder]


@shape(1000)
def modules_that_may_be_unreadable(folder, n):
    for k in range(n):
        write(folder, head(99, b"9.9.9") + bytes(64), f"M{k}.ji")
    write(folder, old_image(required=[(b"N%07d" % j, UUID, j) for j in range(n)]), "N.ji")
    return ["check", folder]


@shape(4000)
def includes(folder, n):
    return ["check", write(folder, old_image(includes=[b"/nowhere/src/%07d.jl" % k for k in range(n)]))]


@shape(4000, 100_000)  # of 500,000 the kernel may have no huge pages at hand, and small ones take six times as long
def relocatable_includes(folder, n):
    names = [b"@depot/packages/M/abcde/src/%07d.jl" % k for k in range(n)]
    return ["check", "--depot", "/nowhere", write(folder, new_image(includes=names, texts=[(name, b"x = 1\n") for name in names]))]


@shape(4000)
def text_of_sources(folder, n):
    texts = [(b"/nowhere/src/%07d.jl" % k, b"x = 1\n" * 20) for k in range(n)]
    return ["inspect", "--json", write(folder, old_image(includes=[name for name, _ in texts], texts=texts))]


@shape(8000, 100_000)  # of 500,000 the kernel may have no huge pages at hand, and small ones take six times as long
def requires(folder, n):
    return ["check", write(folder, old_image(requires=[b"N%07d" % k for k in range(n)]))]


@shape(4000)
def submodules(folder, n):
    return ["inspect", write(folder, new_image(path_in=[b"S%07d" % k for k in range(n)]))]


@shape(4000)
def preferences(folder, n):
    names = [b"p%07d" % k for k in range(n)]
    return ["check", write(folder, new_image(preferences=names))]


@shape(1000)
def preferences_of_a_project(folder, n):
    keys = "".join(f"p{k} = {k}\n" for k in range(n))
    (folder / "Project.toml").write_text(f'name = "M"\nuuid = "00000000-5eed-0000-4000-800000000001"\n[preferences.M]\n{keys}')
    return ["check", "--project", folder, write(folder, new_image(preferences=[b"p%d" % k for k in range(n)]))]


@shape(1000)
def dotted_keys(folder, n):
    (folder / "Project.toml").write_text("".join(f"a{k}.b.c = 1\n" for k in range(n)))
    return ["check", "--project", folder, write(folder, new_image())]


@shape(1000)
def manifest_entries(folder, n):
    (folder / "Project.toml").write_text("")
    entries = (f'[[deps.P{k}]]\nuuid = "00000000-0000-0000-0000-{k:012}"\ndeps = ["P{k + 1}"]\n' for k in range(n))
    (folder / "Manifest.toml").write_text('manifest_format = "2.0"\n' + "".join(entries))
    return ["check", "--project", folder, write(folder, new_image(required=MODULE))]


@shape(4000)
def clone_targets(folder, n):
    target = struct.pack("<II", 0, 0) + counted(b"generic") + counted(b"")
    return ["inspect", "--json", write(folder, new_image(targets=struct.pack("<I", n) + target * n))]


@shape(20000)
def relocation_lists(folder, n):
    return ["scan", "--path", OLD, write(folder, new_image(payload=sections(relocations=bytes(n), tail=(n, n, 0, n))))]


@shape(100)
def link_counts(folder, n):
    write(folder, with_checksum(old_image(includes=[b"/home/u/x.jl"])))
    for k in range(n):
        if not (folder / f"{k}.ji").exists():
            os.link(folder / "M.ji", folder / f"{k}.ji")
    return ["rewrite", "--dry-run", "--map", "/home/u=/j", folder]


@shape(100_000)
def one_name(folder, n):
    return ["inspect", "--json", write(folder, old_image(includes=[b"/home" + b"/u//" * n]))]


@shape(4000)
def names_of_images(folder, n):
    (folder / "names").write_bytes(b"".join(b"/nowhere/%d.ji\0" % k for k in range(n)))
    return ["inspect", "-0", "--files-from", folder / "names"]


@shape(2000, 32000)
def names_given(folder, n):
    return ["inspect", *(f"/{k}.ji" for k in range(n))]


@shape(400, 6400)
def depots(folder, n):
    names = [b"@depot/packages/M/abcde/src/%d.jl" % k for k in range(20)]
    return ["check", "--depot", ":".join(f"/d{k}" for k in range(n)), write(folder, new_image(includes=names))]


@shape(200, 12800)
def maps(folder, n):
    maps_given = [f"--map=/home/u{k}=/j{k}" for k in range(n)]
    return ["rewrite", "--dry-run", *maps_given, write(folder, with_checksum(old_image(includes=[b"/home/u1/x.jl"])))]


@shape(200, 6400)
def maps_and_paths(folder, n):
    maps_given = [f"--map=/home/u{k}=/j{k}" for k in range(n)]
    return ["rewrite", "--dry-run", *maps_given, write(folder, with_checksum(old_image(includes=[b"/home/u%d/x.jl" % k for k in range(n)])))]


@shape(50, 1600)
def aliases(folder, n):
    given = []
    for k in range(n):
        target, alias = folder / f"a longer name {k}", folder / str(k)
        if not target.exists():
            target.mkdir()
            alias.symlink_to(target)
        given += [f"--map=/h{k}={target}", f"--payload-alias={alias}"]
    return ["rewrite", "--dry-run", *given, write(folder, with_checksum(old_image(includes=[b"/h1/x.jl"])))]


@shape(8000)
def leftovers(folder, n):
    compiled = folder / "depot/compiled/v1.5/M"
    compiled.mkdir(parents=True, exist_ok=True)
    for k in range(n):
        write(compiled, b"x", f"{k}.so")
    return ["prune", folder / "depot"]


CRC_TABLE = []


def with_checksum(data):
    """The image with the checksum that `rewrite` asks for."""
    if not CRC_TABLE:
        for byte in range(256):
            for _ in range(8):
                byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
            CRC_TABLE.append(byte)
    crc = 0xFFFFFFFF
    for byte in data[:-4]:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 255]
    return data[:-4] + struct.pack("<I", crc ^ 0xFFFFFFFF)


# ---- Measuring

def seconds_of(program, arguments, most):
    """The processor time of one run."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, 8 << 20))
    environment = {key: value for key, value in os.environ.items() if key != "JULIA_DEPOT_PATH"}
    child = subprocess.Popen([program, *map(os.fsencode, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             preexec_fn=limit, env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1, 3):
        raise SystemExit(f"{arguments[0]} ended with {child.returncode}, more than {most} seconds or a crash")
    return usage.ru_utime + usage.ru_stime


class Meter:
    def __init__(self, program, options):
        self.program, self.floor, self.most_seconds = program, options.floor, options.most_seconds
        self.rounds, self.tries, self.doublings, self.most = options.rounds, options.tries, options.doublings, options.most
        self.nothing = min(seconds_of(program, ["--version"], self.most_seconds) for _ in range(5))

    def made(self, make, n, root):
        folder = root / str(n)
        if not folder.exists():
            folder.mkdir()
        return make(folder, n)

    def growth(self, make, start, most):
        """Size, the times for it and for the larger one, and by how much they differ for each doubling: the least of some
        rounds, each of which can only bring it nearer to the truth. No more of them are run than it takes to be content."""
        with tempfile.TemporaryDirectory(prefix="jireloc-slow-") as root:
            root, n = pathlib.Path(root), start
            while True:
                arguments = self.made(make, n, root)
                singles = []
                while len(singles) < 2 and min(singles, default=self.floor) >= self.floor:  # one may be long by chance
                    singles.append(seconds_of(self.program, arguments, self.most_seconds) - self.nothing)
                if min(singles) >= self.floor or n << self.doublings > most:
                    break
                shutil.rmtree(root / str(n))
                n *= 2
            larger = self.made(make, n << self.doublings, root)
            largers = []
            for done in range(1, self.rounds * self.tries + 1):
                if done > 1:
                    singles.append(seconds_of(self.program, arguments, self.most_seconds) - self.nothing)
                largers.append(seconds_of(self.program, larger, self.most_seconds) - self.nothing)
                single, twice = min(singles), max(min(largers), 0)
                ratio = (twice / max(single, 1e-3)) ** (1 / self.doublings)
                if done >= self.rounds and ratio <= self.most:
                    break
            return n, single, twice, ratio

    def once(self, make, n):
        with tempfile.TemporaryDirectory(prefix="jireloc-slow-") as root:
            return seconds_of(self.program, self.made(make, n, pathlib.Path(root)), self.most_seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", help="default: all; --list names them")
    parser.add_argument("--list", action="store_true", help="name the shapes")
    parser.add_argument("--program", default=os.environ.get("JIRELOC"), help="default: $JIRELOC")
    parser.add_argument("--most", type=float, default=2.3, help="how much a time may grow with each doubling (2.3)")
    parser.add_argument("--floor", type=float, default=0.25, help="seconds that the smaller run must take (0.25)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each size of which the fastest counts (5)")
    parser.add_argument("--doublings", type=int, default=1, help="how often the larger size is twice the smaller one (1)")
    parser.add_argument("--once", action="store_true", help="run each shape once, at its least size, and judge no time")
    parser.add_argument("--tries", type=int, default=3, help="a shape that grows by more has so many times the rounds (3)")
    parser.add_argument("--most-seconds", type=int, default=120, help="no run may take longer (120)")
    options = parser.parse_args()
    if options.list:
        print("\n".join(SHAPES))
        return 0
    if not options.program:
        parser.error("name the program: --program, or JIRELOC in the environment")
    meter = Meter(options.program, options)
    if options.once:
        for name in options.shapes or SHAPES:
            make, start, _ = SHAPES[name]
            print(f"{name:34} {start:9} {meter.once(make, start):8.3f}", flush=True)
        return 0
    failed = []
    print(f"{'shape':34} {'size':>9} {'seconds':>8} {'larger':>8} {'growth':>7}")
    for name in options.shapes or SHAPES:
        make, start, most = SHAPES[name]
        n, single, twice, ratio = meter.growth(make, start, most)
        if ratio > options.most:
            failed.append(name)
        print(f"{name:34} {n:9} {single:8.3f} {twice:8.3f} {ratio:7.2f}{'  too much' if ratio > options.most else ''}", flush=True)
    if failed:
        print(f"{len(failed)} of {len(options.shapes or SHAPES)} grow by more than {options.most}: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
