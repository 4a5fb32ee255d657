"""Where the cases work: the programs under test, their rivals, and depots to work on."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

OLD = "/home/pkgeval/.julia"  # where the synthetic depots say they were compiled


class Missing(Exception):
    """A tool or a subcommand is not there; the sentence says which."""


def log(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def short_folder(parent):
    """A new folder with a name of few characters, removed in the end."""
    for number in range(1000):
        folder = pathlib.Path(parent) / f"jb{number}"
        try:
            folder.mkdir(mode=0o700)
            break
        except FileExistsError:
            continue
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Workshop:
    """`folder` has a short name: what is written into payloads must not be longer than OLD."""

    def __init__(self, source, build, folder, quick, before=None):
        self.before = before  # another jireloc, an older one
        self.source, self.build, self.folder, self.quick = source, build, folder, quick
        self.jireloc = str(build / "jireloc")
        self.static = str(build / "jireloc-static")
        self.helper = str(build / "tools" / "bench-helper")
        self.nothing = str(build / "tools" / "bench-nothing")
        self.repetitions = 3 if quick else 7
        self.images = 1000 if quick else 10000
        self.depots = {}
        self.is_cold = False  # the caches are emptied before each run

    def need(self, *programs):
        for program in programs:
            if not shutil.which(program):
                raise Missing(f"{program} is not installed")

    def need_command(self, name):
        known = subprocess.run([self.jireloc, "--help"], stdout=subprocess.PIPE, check=True).stdout.decode().split()
        if name not in known:
            raise Missing(f"this jireloc has no subcommand '{name}'")

    def julia(self):
        found = os.environ.get("JIRELOC_JULIA") or shutil.which("julia")
        if not found:
            prefixes = sorted(pathlib.Path("/opt").glob("julia-1.5*/bin/julia"))
            found = str(prefixes[0]) if prefixes else None
        if not found:
            raise Missing("no Julia 1.5 (tools/install-julia installs one; JIRELOC_JULIA names it)")
        version = subprocess.run([found, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode()
        if " 1.5." not in version:
            raise Missing(f"the scripts are for Julia 1.5, this is {version.strip()}")
        return found

    def depot(self, family, images=None, total="", recorded=OLD, longer=False, seed=1):
        """A synthetic depot whose images say that they were compiled at OLD, unless `recorded` is empty: then they
        are at home. Its own place has a shorter name than OLD, or with `longer` a longer one."""
        images = images or self.images
        total = total or f"{max(images * 120 // 1000, 4)}M"
        key = f"{family}-{images}-{total}-{'moved' if recorded else 'home'}{'-longer' if longer else ''}-{seed}"
        if key not in self.depots:
            place = self.folder / (f"d{len(self.depots)}" + ("-with-a-name-that-needs-room" if longer else ""))
            log(f"making a depot of {images} images ({family}, {total})")
            command = [str(self.build / "tools" / "make-depot"), "--corpus", str(self.build / "corpus"), "--from", family,
                       "--images", str(images), "--total-size", total, "--seed", str(seed)]
            subprocess.run(command + (["--recorded", recorded] if recorded else []) + [str(place)], check=True,
                           stdout=subprocess.DEVNULL)
            if len(str(place)) > len(OLD) and not longer:
                raise Missing(f"{place} is too long a name: use a shorter --work-dir")
            self.depots[key] = place
        return self.depots[key]

    def scratch(self, name):
        return self.folder / name

    def remover(self, *names):
        """Removes what the last run left, and lets the disk catch up, so that no run pays for another's."""

        def remove():
            for name in names:
                shutil.rmtree(self.folder / name, ignore_errors=True)
            os.sync()

        return remove

    def copier(self, source, name):
        def copy():
            shutil.rmtree(self.folder / name, ignore_errors=True)
            subprocess.run(["cp", "-a", str(source), str(self.folder / name)], check=True)
            os.sync()

        return copy


PROGRAMS = ("sh", "bash", "tar", "zstd", "cp", "cat", "xargs", "rsync", "git", "find", "sync", "readelf", "grep")
DROP_CACHES = "/proc/sys/vm/drop_caches"


def require_cold_caches(folder):
    """Raises Missing where the machine does not let us empty its caches, or where files have no other place."""
    kind = subprocess.run(["stat", "-f", "-c", "%T", str(folder)], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    if kind in ("tmpfs", "ramfs"):
        raise Missing(f"files in {folder} are always in memory: --cold needs a --work-dir on a disk")
    if not os.access(DROP_CACHES, os.W_OK):
        raise Missing("only root may empty the caches")


def empty_caches(*programs):
    """What was read of any file is forgotten, but for the programs that are about to run."""
    os.sync()
    with open(DROP_CACHES, "w") as drop:
        drop.write("3")
    for program in (*programs, *filter(None, map(shutil.which, PROGRAMS))):
        pathlib.Path(program).read_bytes()


def machine():
    """The machine in one line each: processor, memory, file system, kernel."""
    facts = {"kernel": os.uname().release, "processors": len(os.sched_getaffinity(0))}
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith(("model name", "Processor")):
                facts["processor"] = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo") as info:
        facts["memory_gib"] = round(int(info.readline().split()[1]) / 2**20, 1)
    return facts
