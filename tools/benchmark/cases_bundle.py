"""Bundles: packing and unpacking a depot against tar and zstd."""
import os

from benchmark import measure, result
from benchmark.measure import Contender

LEVEL = 3


def depot_and_files(shop):
    shop.need_command("pack")
    shop.need("tar", "zstd")
    depot = shop.depot("1.10.8-plain", images=200 if shop.quick else 1000, recorded="")
    return str(depot), str(shop.scratch("b.jlb.tar.zst")), str(shop.scratch("b.tar.zst"))


def packers(shop):
    """Both compress the same folders at the same level, by as many threads."""
    depot, bundle, archive = depot_and_files(shop)
    jobs = len(os.sched_getaffinity(0))
    ours = Contender("pack", [shop.jireloc, "pack", "--quiet", "--allow-build-scripts", "--level", str(LEVEL), "-j", str(jobs),
                              depot, "-o", bundle])
    script = 'set -o pipefail; tar -c -C "$1" packages compiled | zstd -q -f -T"$2" -"$3" -o "$4" && sync "$4"'
    rival = Contender(f"tar -c | zstd -T{jobs} -{LEVEL}, synced", ["bash", "-c", script, "bash", depot, str(jobs), str(LEVEL), archive])
    least = Contender("the limit: each file read, hashed, compressed once",
                      [shop.helper, "pack-least", str(jobs), str(LEVEL), depot, str(shop.scratch("l.tar.zst"))])
    return ours, rival, least, bundle, archive


def sizes(bundle, archive):
    ours, rival = (os.path.getsize(path) / 1e6 for path in (bundle, archive))
    ratio = ours / rival
    return result.Row("bundle", "size of the bundle", "tar.zst", ours, rival, "MB", ratio, ratio, ratio, 1, "<= 1.01",
                      result.meets(ratio, "<= 1.01"))


def unpack(shop, bundle, archive, durability, behind):
    target, copy = shop.scratch("bt"), shop.scratch("bc")
    ours = Contender(f"unpack, --durability={durability}",
                     [shop.jireloc, "unpack", "--quiet", "--allow-build-scripts", "--durability", durability, bundle, "--to",
                      str(target)], prepare=shop.remover("bt"))
    script = f'mkdir "$2" && tar --zstd -xf "$1" -C "$2"{behind}'
    rival = Contender(f"tar --zstd -x{behind.replace(chr(34) + '$2' + chr(34), '').rstrip()}", ["sh", "-c", script, "sh", archive, str(copy)],
                      prepare=shop.remover("bc"))
    least = Contender("the limit: each file unpacked, hashed, written once",
                      [shop.helper, "unpack-least", str(len(os.sched_getaffinity(0))), bundle, str(shop.scratch("bl"))],
                      prepare=shop.remover("bl"))
    contenders = [ours, rival] if behind else [ours, rival, least]
    measure.interleave(contenders, shop.repetitions)
    rows = [result.compare("bundle", ours, rival, "<= 1.2")]
    return rows if behind else rows + against_least(ours, rival, least)


def against_least(ours, rival, least):
    return [result.compare("bundle", ours, least), result.compare("bundle", least, rival)]


def bundle(shop):
    """Packing a depot against tar and zstd, and unpacking it, verified and relocated, against tar."""
    ours, rival, least, packed, archive = packers(shop)
    measure.interleave([ours, rival, least], shop.repetitions)
    rows = [result.compare("bundle", ours, rival, "<= 1.1"), *against_least(ours, rival, least), sizes(packed, archive)]
    return rows + unpack(shop, packed, archive, "none", "") + unpack(shop, packed, archive, "batch", ' && sync -f "$2"')
