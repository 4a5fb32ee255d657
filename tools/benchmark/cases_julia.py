"""The same work done by Julia 1.5.3: a script with Base's own functions, and compiling again."""
import os
import subprocess
import tarfile

from benchmark import measure, result
from benchmark.measure import Contender
from benchmark.workshop import OLD


def script(shop):
    """Headers of 1.5 images relocated in place, against a Julia script that does no more than that."""
    julia = shop.julia()
    depot = shop.depot("1.5.3-plain", images=200 if shop.quick else 1000)
    ours_place, rival_place = shop.scratch("j1"), shop.scratch("j2")
    ours = Contender("rewrite --payload=header-only",
                     [shop.jireloc, "rewrite", "--quiet", "--payload=header-only", "--durability=none", "--map",
                      f"{OLD}={depot}", str(ours_place)], prepare=shop.copier(depot / "compiled", "j1"))
    relocate = str(shop.source / "tools" / "benchmark" / "relocate.jl")
    rival = Contender("Julia 1.5 script", [julia, "--startup-file=no", relocate, OLD, str(depot), str(rival_place)],
                      prepare=shop.copier(depot / "compiled", "j2"))
    measure.interleave([ours, rival], min(shop.repetitions, 5))
    same = subprocess.run(["diff", "-rq", str(ours_place), str(rival_place)], stdout=subprocess.PIPE).stdout
    differing = len(same.splitlines())
    return [result.compare("julia-script", ours, rival),
            result.Note("julia-script", f"{differing} of the files differ between the two", differing == 0)]


def compile_again(shop):
    """The five real packages of the corpus: compiled anew by Julia 1.5.3, against relocating what was compiled."""
    julia = shop.julia()
    depot = shop.scratch("ca")

    def unpack():
        shop.remover("ca")()
        depot.mkdir()
        with tarfile.open(shop.build / "corpus" / "1.5.3-plain" / "packages.tar") as archive:
            archive.extractall(depot, filter="fully_trusted")

    unpack()
    environment = {"JULIA_DEPOT_PATH": f"{depot}:", "JULIA_PROJECT": str(depot / "environments" / "eval"),
                   "JULIA_LOAD_PATH": "@:@stdlib"}
    rival = Contender("compile again", [julia, "--startup-file=no", "-e", "using Top, Big, Mid, Leaf, Prefs"],
                      prepare=unpack, env=environment)
    images = shop.build / "corpus" / "1.5.3-plain" / "images" / "compiled"
    ours = Contender("rewrite in place", [shop.jireloc, "rewrite", "--quiet", "--map", f"{OLD}={depot}",
                                          str(depot / "compiled")], prepare=lambda: (unpack(), subprocess.run(
                                              ["cp", "-r", str(images), str(depot / "compiled")], check=True)))
    measure.interleave([ours, rival], min(shop.repetitions, 5))
    return [result.compare("compile-again", ours, rival)]
