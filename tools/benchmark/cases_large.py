"""Depots as farms have them: a hundred thousand images, of which a run brings few or none."""
import os
import shutil
import subprocess
import time

from benchmark import measure, result
from benchmark.measure import Contender

FAMILY = "1.10.8-plain"


def many(shop):
    return 10_000 if shop.quick else 100_000


def small_images(shop, images, **more):
    """What is counted here are files, so images are as small as real ones get."""
    return shop.depot(FAMILY, images=images, total=f"{images * 12 // 1000 + 4}M", **more)


def relocating(shop, name, source, target, prepare=None):
    return Contender(name, [shop.jireloc, "relocate", "--quiet", "--from", str(source), "--to", str(target)], prepare=prepare)


def take_back(source, target):
    """Removes from a target what a run from this source has brought."""
    def remove():
        for pattern in ("packages/*", "compiled/v*/*"):
            for folder in source.glob(pattern):
                shutil.rmtree(target / folder.relative_to(source), ignore_errors=True)

    return remove


def large_target(shop):
    """1,000 new images into a target that holds 100,000 others (--quick: 10,000), against an empty target."""
    shop.need_command("relocate")
    new = small_images(shop, 1000, recorded="", seed=2)
    target = small_images(shop, many(shop), recorded="", seed=3)
    take_back(new, target)()  # names are made by chance: some packages of the two are called alike
    ours = relocating(shop, f"into {many(shop)} images", new, target, take_back(new, target))
    rival = relocating(shop, "into an empty target", new, shop.scratch("le"), shop.remover("le"))
    measure.interleave([ours, rival], shop.repetitions)
    return [result.compare("large-target", ours, rival, "<= 2.0")]


def again(shop):
    """relocate where the target has everything, with and without a record of that, against the run that brought it, and the least."""
    shop.need_command("relocate")
    source = small_images(shop, shop.images, recorded="")
    kept, bare, fresh = shop.scratch("ak"), shop.scratch("ab"), shop.scratch("af")
    ours = relocating(shop, "relocate, nothing new", source, kept)
    unknown = relocating(shop, "the same, --no-index", source, bare)
    unknown.command.append("--no-index")
    rival = relocating(shop, "the first run", source, fresh, shop.remover("af"))
    subprocess.run(ours.command, check=True)
    time.sleep(4)  # what is younger than two seconds is not recorded
    subprocess.run(ours.command, check=True)
    least = Contender("the status of each file, once",
                      [shop.helper, "look-least", str(len(os.sched_getaffinity(0))), str(source), str(kept)])
    measure.interleave([ours, unknown, rival, least], shop.repetitions)
    shop.remover("ak", "ab", "af")()
    return [result.compare("again", ours, rival, "<= 0.15"), result.compare("again", unknown, rival),
            result.compare("again", least, rival), result.compare("again", ours, least)]


def large_check(shop):
    """check of 100,000 images (--quick: 10,000) against a tenth of them: linear, within 200 MB."""
    shop.need_command("check")

    def checking(depot, images):  # for no project: none has a manifest with so many packages
        return Contender(f"check, {images} images",
                         [shop.jireloc, "check", "--quiet", "--depot", str(depot), str(depot / "compiled")])

    few, all_of_them = many(shop) // 10, many(shop)
    ours = checking(small_images(shop, all_of_them, recorded=""), all_of_them)
    rival = checking(small_images(shop, few, recorded=""), few)
    measure.interleave([ours, rival], 3)
    row = result.compare("large-check", ours, rival)
    row.ratio, row.least, row.largest = row.ratio / 10, row.least / 10, row.largest / 10
    row.cpu_ratio = row.cpu_ratio / 10
    row.goal, row.reached = "<= 1.15", row.ratio <= 1.15
    return [row, result.Note("large-check", f"the ratio is of the times for one image; {row.ours_peak / 1e6:.0f} MB at most, "
                             "goal 200", row.ours_peak <= 200e6, {"peak": row.ours_peak})]
