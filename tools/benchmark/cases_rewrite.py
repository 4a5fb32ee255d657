"""Relocation against copying."""
import json
import os
import re
import subprocess

from benchmark import measure, result
from benchmark.measure import Contender
from benchmark.workshop import Missing, OLD

# Where all contenders write to, each after what the one before has written there is removed: so each finds the same memory
# just freed. With a place for each, what one left behind served the next one only, and limits changed places.
OUT = "o"


def rewriting(shop, depot, name, *options, prepare=None):
    new = str(depot)
    return Contender(name, [shop.jireloc, "rewrite", "--quiet", "--map", f"{OLD}={new}", *options], prepare=prepare)


def to_folder(shop, depot, durability):
    out = shop.scratch(OUT)
    return rewriting(shop, depot, f"rewrite -o, {durability}", "--durability", durability, "--output-dir", str(out),
                     str(depot / "compiled"), prepare=shop.remover(OUT))


def copying(shop, tree, name, script):
    """A shell command in which $1 is the tree and $2 the new place."""
    return Contender(name, ["sh", "-c", script, "sh", str(tree), str(shop.scratch(OUT))], prepare=shop.remover(OUT))


def plain(shop):
    """10,000 plain images to another folder, header and payload relocated, every source proven, read back."""
    return copy_rows(shop, "plain", shop.depot("1.10.8-plain"), "<= 1.5", rsync=True)


def split(shop):
    """The same for split images; libraries are changed or copied."""
    return copy_rows(shop, "split", shop.depot("1.10.8-split", images=shop.images // 2), "<= 1.6", rsync=False)


def recorded_sources(shop, depot):
    """A file with the names of all sources that the images record, where they lie now, each ended by NUL."""
    names = shop.folder / f"{depot.name}.sources"
    done = subprocess.run([shop.jireloc, "inspect", "--json", str(depot / "compiled")], check=True,
                          stdout=subprocess.PIPE)
    with open(names, "wb") as out:
        for line in done.stdout.splitlines():
            for include in json.loads(line)["includes"]:
                out.write((include["path"].replace(OLD, str(depot), 1) + "\0").encode())
    return names


def least_to_prove(shop, depot):
    """A file with the names of what no proof can do without: the package folders with a source of which the image has no
    content, so that the name of the folder, a hash of all in it, must prove it; and the sources in all others."""
    names = shop.folder / f"{depot.name}.least"
    done = subprocess.run([shop.jireloc, "inspect", "--json", str(depot / "compiled")], check=True, stdout=subprocess.PIPE)
    includes = [include for line in done.stdout.splitlines() for include in json.loads(line)["includes"]]
    package = re.compile(re.escape(OLD) + "/packages/[^/]*/[^/]*/")
    hashed = {package.match(include["path"]).group() for include in includes if not include["source_text"]}
    sources = {include["path"] for include in includes if package.match(include["path"]).group() not in hashed}
    with open(names, "wb") as out:
        for name in sorted(hashed | sources):
            out.write((name.replace(OLD, str(depot), 1) + "\0").encode())
    return names


def copying_at_once(shop, tree, names):
    """cp -a, and cat of the sources, each by as many processes as jireloc has threads where it waits for files."""
    processes = 8 * os.cpu_count()
    script = (f'mkdir "$2" && cd "$1" && find . -type d -print0 | xargs -0 -n 256 sh -c \'cd "$0" && mkdir -p "$@"\' "$2" && '
              f'find . -type f -print0 | xargs -0 -n 32 -P {processes} cp -a --parents -t "$2" && '
              f'xargs -0 -a "{names}" -n 256 -P {processes} cat >/dev/null')
    return copying(shop, tree, f"cp -a, and cat of the sources, {processes} processes each", script)


def copy_rows(shop, case, depot, goal, rsync):
    tree = depot / "compiled"
    names = recorded_sources(shop, depot)
    none, batch = to_folder(shop, depot, "none"), to_folder(shop, depot, "batch")
    copy = copying(shop, tree, "cp -a", 'cp -a "$1" "$2"')
    synced = copying(shop, tree, "cp -a && sync -f", 'cp -a "$1" "$2" && sync -f "$2"')
    serial = copying(shop, tree, "cp -a, and cat of the sources",
                     f'cp -a "$1" "$2" && xargs -0 -a "{names}" cat >/dev/null')
    # The least that proving and relocating can be: each source read, each image read and written, once.
    least = Contender("the limit: copy-and-read, unchecked",
                      [shop.helper, "copy-and-read", str(os.cpu_count()), str(tree), str(shop.scratch(OUT)), str(names)],
                      prepare=shop.remover(OUT))
    # The least that a program can do which proves what it does, before it has parsed or judged anything; and with a parse
    # of each header and library.
    proving = [shop.helper, "relocate-least", str(os.cpu_count()), str(tree), str(shop.scratch(OUT)),
               str(least_to_prove(shop, depot)), OLD]
    checking = Contender("the limit: the same, checksummed, searched, renamed", proving, prepare=shop.remover(OUT))
    parsing = Contender("the limit: that, and parsed", [*proving, "parsed"], prepare=shop.remover(OUT))
    at_once = copying_at_once(shop, tree, names)
    contenders = [none, copy, batch, synced, serial, at_once, least, checking, parsing]
    if rsync:
        shop.need("rsync")
        contenders.append(copying(shop, tree, "rsync -a", 'rsync -a "$1/" "$2/"'))
    measure.interleave(contenders, shop.repetitions)
    rows = [result.compare(case, none, copy, "<= 1.0"), result.compare(case, batch, synced, "<= 1.0"),
            result.compare(case, none, serial), result.compare(case, none, at_once, "<= 0.9" if shop.is_cold else None),
            result.compare(case, none, least, goal), result.compare(case, none, checking), result.compare(case, none, parsing),
            result.compare(case, checking, least), result.compare(case, parsing, least),
            result.compare(case, checking, copy), result.compare(case, least, copy)]
    if rsync:
        rows.append(result.compare(case, none, contenders[-1]))
    return rows


def io_uring(shop):
    """Sources looked at, opened, read and closed by io_uring, eight at a time, against call by call; on one thread."""
    depot = shop.depot("1.10.8-plain")
    names = str(recorded_sources(shop, depot))
    tried = subprocess.run([shop.helper, "read-sources", "ring", names], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if tried.returncode != 0:  # no liburing, or a kernel or container that forbids it
        raise Missing(tried.stderr.decode(errors="replace").strip())
    ring = Contender("sources by io_uring", [shop.helper, "read-sources", "ring", names])
    calls = Contender("by calls", [shop.helper, "read-sources", "calls", names])
    measure.interleave([ring, calls], shop.repetitions)
    return [result.compare("io-uring", ring, calls)]


def in_place(shop):
    """In place, where every path changes: the new paths as long as the old ones, and shorter."""
    depot = shop.depot("1.10.8-plain")
    copy = copying(shop, depot / "compiled", "cp -a", 'cp -a "$1" "$2"')
    place = shop.scratch("ip")

    def contender(name, new):
        command = [shop.jireloc, "rewrite", "--quiet", "--durability", "none", "--map", f"{OLD}={new}", str(place)]
        # The sources are not looked up: nothing is at that place (reported, exit status 1).
        return Contender(name, command, prepare=shop.copier(depot / "compiled", "ip"), statuses=(0, 1))

    equal, shorter = contender("rewrite in place, equal length", "/nonexistent/.julia_"), contender(
        "rewrite in place, shorter", "/nonexistent")
    measure.interleave([equal, shorter, copy], shop.repetitions)
    return [result.compare("in-place", equal, copy), result.compare("in-place", shorter, copy)]


def memory(shop):
    """Peak anonymous memory against its limit: 64 MiB + 4 KiB an image + 16 x the headers in flight."""
    notes = []
    for family, images in (("1.10.8-plain", shop.images), ("1.10.8-split", shop.images // 2)):
        depot = shop.depot(family, images=images)
        peak = measure.peak_anonymous(to_folder(shop, depot, "batch"))
        limit = 64 * 2**20 + 4096 * images
        if peak is None:
            notes.append(result.Note("memory", f"rewrite of {images} images: too short to see"))
            continue
        notes.append(result.Note("memory", f"rewrite of {images} images ({family}): {peak / 2**20:.1f} MiB anonymous; "
                                 f"limit without the headers {limit / 2**20:.0f} MiB", peak <= limit,
                                 {"peak": peak, "limit": limit}))
    return notes


def growth(shop):
    """Ten times the images, ten times the time: linear within 15 %."""
    few, many = shop.images // 10, shop.images
    total = max(many * 120 // 1000, 40)
    small = shop.depot("1.10.8-plain", images=few, total=f"{total // 10}M")
    large = shop.depot("1.10.8-plain", images=many, total=f"{total}M")
    a, b = to_folder(shop, large, "none"), to_folder(shop, small, "none")
    measure.interleave([a, b], shop.repetitions)
    row = result.compare("growth", a, b)
    row.rival = f"{few} images"
    row.what = f"{many} images"
    row.ratio, row.least, row.largest = row.ratio / 10, row.least / 10, row.largest / 10
    row.cpu_ratio = row.cpu_ratio / 10
    row.goal, row.reached = "<= 1.15", row.ratio <= 1.15
    return [row, result.Note("growth", "the ratio is of the times for one image")]


def longer(shop):
    """To a longer place, where texts grow and identities change, against a place where everything fits."""
    rows = []
    for family, images in (("1.10.8-plain", shop.images), ("1.10.8-split", shop.images // 2)):
        kind = family.rsplit("-", 1)[1]
        fits, grows = (shop.depot(family, images=images, longer=wide) for wide in (False, True))
        durability = ("--durability", "none", "--output-dir")
        a = rewriting(shop, grows, f"rewrite -o, longer, {kind}", *durability, str(shop.scratch(OUT)),
                      str(grows / "compiled"), prepare=shop.remover(OUT))
        b = rewriting(shop, fits, f"rewrite -o, shorter, {kind}", *durability, str(shop.scratch(OUT)),
                      str(fits / "compiled"), prepare=shop.remover(OUT))
        measure.interleave([a, b], shop.repetitions)
        rows.append(result.compare("longer", a, b, "<= 1.3"))
    return rows


def before(shop):
    """scan and rewrite against an older jireloc, which --before names."""
    if not shop.before:
        raise Missing("no older jireloc (--before names one)")
    rows = []
    for family, images in (("1.10.8-plain", shop.images), ("1.10.8-split", shop.images // 2)):
        depot, kind = shop.depot(family, images=images), family.rsplit("-", 1)[1]
        for name, make in (("scan", scanning), ("rewrite -o, none", to_folder_plainly)):
            ours, rival = make(shop, depot, shop.jireloc, OUT), make(shop, depot, shop.before, OUT)
            ours.name, rival.name = f"{name}, {kind}", "the same, before"
            measure.interleave([ours, rival], shop.repetitions)
            rows.append(result.compare("before", ours, rival, "<= 1.15"))
    return rows


def scanning(shop, depot, jireloc, _):
    return Contender("", [jireloc, "scan", "--quiet", "--summary", "--path", OLD, str(depot / "compiled")], statuses=(0, 1))


def to_folder_plainly(shop, depot, jireloc, out):
    return Contender("", [jireloc, "rewrite", "--quiet", "--map", f"{OLD}={depot}", "--durability", "none",
                          "--output-dir", str(shop.scratch(out)), str(depot / "compiled")], prepare=shop.remover(out))
