"""Judging and publishing a depot, and its tree hashes, against what users run instead."""
import json
import os
import subprocess

from benchmark import measure, result
from benchmark.measure import Contender
from benchmark.workshop import Missing, OLD

GIT_TREE = """
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_DIR="$1/git"
while read -r folder; do
  rm -rf "$1/git"
  git init -q && git --work-tree="$folder" add -A -f && git --work-tree="$folder" write-tree || exit 1
done"""


def package_folders(depot):
    return sorted(str(path) for path in depot.glob("packages/*/*"))


def stdin_of(folders):
    return ("\n".join(folders) + "\n").encode()


def git_trees(shop, folders):
    scratch = shop.scratch("g")

    def prepare():
        shop.remover("g")()
        scratch.mkdir()

    return Contender("git add + write-tree, each", ["sh", "-c", GIT_TREE, "sh", str(scratch)], prepare=prepare,
                     stdin=stdin_of(folders))


def tree_hash(shop):
    """Git tree hashes of package folders, one after the other; and all of them as one tree."""
    shop.need("git")
    depot = shop.depot("1.10.8-plain")
    folders = package_folders(depot)[: 100 if shop.quick else 400]
    ours = Contender("tree hash, each package", [shop.helper, "tree-hash", "-"], stdin=stdin_of(folders))
    git = git_trees(shop, folders)
    measure.interleave([ours, git], shop.repetitions)
    whole = Contender("tree hash, all as one", [shop.helper, "tree-hash", str(depot / "packages")])
    whole_git = git_trees(shop, [str(depot / "packages")])
    whole_git.name = "git add + write-tree, one"
    measure.interleave([whole, whole_git], 3)
    rows = [result.compare("tree-hash", ours, git, ">= 5"), result.compare("tree-hash", whole, whole_git, ">= 5")]
    return rows + julia_tree_hash(shop, folders)


def julia_tree_hash(shop, folders):
    try:
        julia = shop.julia()
    except Missing as missing:
        return [result.Note("tree-hash", f"skipped against Julia: {missing}")]
    script = ("import Pkg; hash(f) = Pkg.GitTools.tree_hash(f); names = readlines(stdin); hash(names[1]); "
              "t = @elapsed foreach(hash, names); print(t)")

    def reading(mode):
        def run():
            done = subprocess.run([shop.helper, mode, "--jobs", str(jobs), "-"], input=stdin_of(folders), check=True,
                                  stdout=subprocess.PIPE)
            seconds = json.loads(done.stdout.splitlines()[-1])["seconds"]
            return measure.Run(seconds, seconds, 0)

        return run

    def run():
        # Only the loop counts, not Julia's start and compiling; nor our start.
        done = subprocess.run([julia, "--startup-file=no", "-e", script], input=stdin_of(folders), check=True,
                              stdout=subprocess.PIPE)
        seconds = float(done.stdout)
        return measure.Run(seconds, seconds, 0)  # its memory is Julia's own

    jobs = len(os.sched_getaffinity(0))
    rival = Contender("Pkg.GitTools.tree_hash", run)
    fresh = Contender(f"tree hash, each package, {jobs} threads", reading("tree-hash"))
    least = Contender("opening, reading, closing the files", reading("read-trees"))
    measure.interleave([fresh, least, rival], shop.repetitions)
    limit = result.compare("tree-hash", least, rival)
    return [result.compare("tree-hash", fresh, rival, ">= 20"), result.compare("tree-hash", fresh, least),
            result.Note("tree-hash", f"no tree hash can be more than {1 / limit.ratio:.0f} x faster than Julia's here: "
                        "so much faster are the system calls alone")]


def check(shop):
    """Verdicts of a whole depot against reading its images and listing its sources."""
    shop.need_command("check")
    depot = shop.depot("1.10.8-plain", recorded="")
    environment = str(depot / "environments" / "eval")
    ours = Contender("check", [shop.jireloc, "check", "--quiet", "--depot", str(depot), "--project", environment,
                               str(depot / "compiled")])
    read = ["sh", "-c", 'find "$1/compiled" -name "*.ji" -print0 | xargs -0 cat >/dev/null; '
            'find "$1/packages" -printf "%p %s %T@\\n"', "sh", str(depot)]
    rival = Contender("cat + find -printf", read)
    measure.interleave([ours, rival], shop.repetitions)
    return [result.compare("check", ours, rival)]


def relocate(shop):
    """The step after a test run: verify and publish a depot, against git write-tree a package and rsync -a."""
    shop.need_command("relocate")
    shop.need("git", "rsync")
    depot = shop.depot("1.10.8-plain", images=200 if shop.quick else 1000, recorded="")
    target, copy = shop.scratch("rt"), shop.scratch("rc")
    ours = Contender("relocate", [shop.jireloc, "relocate", "--quiet", "--from", str(depot), "--to", str(target)],
                     prepare=shop.remover("rt"))
    scratch = shop.scratch("g")
    folders = package_folders(depot)

    def prepare():
        shop.remover("g", "rc")()
        scratch.mkdir()

    script = GIT_TREE + '\nrsync -a "$2/" "$3/"'
    rival = Contender("git write-tree + rsync -a", ["sh", "-c", script, "sh", str(scratch), str(depot), str(copy)],
                      prepare=prepare, stdin=stdin_of(folders))
    measure.interleave([ours, rival], 3)
    return [result.compare("relocate", ours, rival, "<= 0.5")]


def scan(shop):
    """Finding old paths in payloads against grep over the same bytes, and against memmem in memory."""
    shop.need_command("scan")
    depot = shop.depot("1.10.8-plain")
    ours = Contender("scan", [shop.jireloc, "scan", "--quiet", "--summary", "--path", OLD, str(depot / "compiled")],
                     statuses=(0, 1))
    rival = Contender("grep -c -F", ["grep", "-r", "-c", "-a", "-F", OLD, str(depot / "compiled")],
                      env={"LC_ALL": "C"})
    measure.interleave([ours, rival], shop.repetitions)
    largest = max((depot / "compiled").rglob("*.ji"), key=lambda path: path.stat().st_size)
    done = subprocess.run([shop.helper, "search", "0.1", OLD, str(largest)], check=True, stdout=subprocess.PIPE)
    speeds = json.loads(done.stdout)
    memmem, read = sorted(speeds["memmem"])[3], sorted(speeds["read loop"])[3]
    return [result.compare("scan", ours, rival),
            result.Note("scan", f"memmem in memory {memmem:.1f} GB/s, a read loop {read:.1f} GB/s, "
                        f"{os.path.getsize(largest) / 1e6:.0f} MB", values=speeds)]
