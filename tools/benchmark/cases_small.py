"""What lasts a millisecond or less: checksums in memory, and start-up."""
import json
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from benchmark import result


def rate_row(case, ours_name, rival_name, speeds, size, goal):
    """Speeds of one round each; the ratio is how many times faster ours is."""
    ours, rival = speeds["chosen"], speeds[rival_name]
    values = [a / b for a, b in zip(ours, rival)]
    ratio = statistics.median(values)
    return result.Row(case, f"{ours_name}, {size}", rival_name, statistics.median(ours), statistics.median(rival), "GB/s",
                      ratio, min(values), max(values), len(values), goal, result.meets(ratio, goal) if goal else None, times_faster=True)


def crc(shop):
    """CRC-32C from 64 bytes to 64 MB: the chosen kernel against the others, ISA-L's and plain reading."""
    done = subprocess.run([shop.helper, "crc", "0.01" if shop.quick else "0.04"], check=True, stdout=subprocess.PIPE)
    speeds = json.loads(done.stdout)
    rows = []
    for size, text in ((65536, "64 KB"), (1 << 20, "1 MB"), (64 << 20, "64 MB")):
        at = speeds["sizes"][str(size)]
        rows.append(rate_row("crc", speeds["chosen"], "read loop", at, text, ">= 0.8"))
        if "sse42" in at:
            rows.append(rate_row("crc", speeds["chosen"], "sse42", at, text, ">= 2.0" if size <= 1 << 20 else None))
        if "isa-l" in at:
            rows.append(rate_row("crc", speeds["chosen"], "isa-l", at, text, None))
    if "isa-l" not in speeds["sizes"]["64"]:
        rows.append(result.Note("crc", "skipped against ISA-L: libisal-dev was not there when bench-helper was built"))
    lines = [f"{int(size):>9}  " + "  ".join(f"{name} {statistics.median(values):.1f}" for name, values in at.items())
             for size, at in speeds["sizes"].items()]
    rows.append(result.Note("crc", "GB/s by size in bytes, medians of 7 rounds:\n" + "\n".join(lines), values=speeds))
    return rows


def spawned_in_turns(shop, ours, rival):
    """Milliseconds of each start of both."""
    done = subprocess.run([shop.helper, "spawn", "60" if shop.quick else "300", *ours, "--", *rival],
                          check=True, stdout=subprocess.PIPE)
    times = json.loads(done.stdout)
    return times["a"], times["b"]


def startup_row(what, rival_name, ours, rival, goal):
    values = sorted(a / b for a, b in zip(ours, rival))
    ratio, tenth, median = statistics.median(values), len(values) // 10, statistics.median(ours)
    return result.Row("start-up", what, rival_name, median, statistics.median(rival), "ms", ratio, values[tenth],
                      values[-1 - tenth], len(values), goal, goal and result.meets(ratio, goal))


def startup(shop):
    """One small image, as a shell loop over files would look at it; with --before also against that jireloc."""
    shop.need("readelf")
    with tempfile.TemporaryDirectory(dir=shop.build) as folder:
        return startup_rows(shop, pathlib.Path(folder))


def startup_rows(shop, folder):
    def installed(program):
        """Copied, as an installation does, and readelf was: a file that a linker has just written through a mapping lies in
        small pieces in the page cache, each of which costs a start a page fault."""
        return shutil.copy(program, folder / pathlib.Path(program).name)

    corpus = shop.build / "corpus"
    image = str(next((corpus / "1.10.8-plain/images").rglob("Leaf/*.ji")))
    library = str(next((corpus / "1.10.8-split/images").rglob("Leaf/*.so")))
    jireloc, static, nothing = (installed(program) for program in (shop.jireloc, shop.static, shop.nothing))
    before = shop.before and shutil.copy(shop.before, folder / "before")
    rows, rival, header = [], ["readelf", "-h", library], ["inspect", "--header", image]
    for options, goal in ((["inspect"], "<= 1.5"), (["inspect", "--header"], "<= 1.1")):
        ours, name = [jireloc, *options, image], " ".join(options)
        rows.append(startup_row(name, "readelf -h", *spawned_in_turns(shop, ours, rival), goal))
        if before:
            rows.append(startup_row(name, "the same, before", *spawned_in_turns(shop, ours, [before, *options, image]), "<= 1.1"))
    rows.append(startup_row("inspect --header, static program", "readelf -h",
                            *spawned_in_turns(shop, [static, *header], rival), "<= 1.1"))
    rows.append(startup_row("a C++ program that does nothing", "readelf -h", *spawned_in_turns(shop, [nothing], rival), None))
    return rows + [result.Note("start-up", "the spread leaves out the tenth at each end")]
