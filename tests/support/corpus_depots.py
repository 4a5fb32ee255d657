"""Depots made of a folder of the corpus, for tests of whole depots: packages with the times of their files, and images."""
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

JIRELOC = os.environ["JIRELOC"]
CORPUS = Path(os.environ["JIRELOC_CORPUS"])
PLAIN = ["1.5.3-plain", "1.8.2-plain", "1.10.8-plain", "1.12.5-plain", "1.13.0-rc1-plain", "1.14.0-DEV-plain",
         "1.14.0-DEV-format15-plain"]


def nanoseconds(member):
    whole, _, part = member.pax_headers.get("mtime", str(int(member.mtime))).partition(".")
    return int(whole) * 10**9 + int((part + "0" * 9)[:9])


def unpack(folder, depot, only="", images=True):
    """Makes a depot of a folder of the corpus: its packages, or the `only` one, with the times of their files, and its
    images, which name the place where the corpus was compiled."""
    depot = Path(depot)
    depot.mkdir(parents=True, exist_ok=True)
    with tarfile.open(CORPUS / folder.removesuffix("-compressed") / "packages.tar") as archive:
        members = [member for member in archive.getmembers() if f"{member.name}/".startswith(f"packages/{only}/" if only else "")]
        archive.extractall(depot, members)
        for member in members:
            if member.isfile():
                os.utime(depot / member.name, ns=(nanoseconds(member), nanoseconds(member)))
    if images:
        shutil.copytree(CORPUS / folder / "images" / "compiled", depot / "compiled", ignore=shutil.ignore_patterns("*.json"))


class Depots:
    """A user's depot (u) as Julia would have compiled it there, and a place for a shared one (s)."""

    def __init__(self, folder: str):
        self.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.user, self.shared = self.top / "u", self.top / "s"
        self.user.mkdir()
        unpack(folder, self.user)
        self.run("rewrite", "--map", f"/home/pkgeval/.julia={self.user}", str(self.user / "compiled"))

    def run(self, command, *arguments):
        return subprocess.run([JIRELOC, command, *arguments], capture_output=True, text=True)

    def traced(self, calls, command, *arguments):
        """The same under strace: what it tells of the system calls, or nothing where it may not trace here."""
        trace = self.top / "trace"
        # Leaks are not looked for under strace.
        environment = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
        run = subprocess.run(["strace", "-f", "-qq", "-o", trace, "-e", f"trace={calls}", JIRELOC, command, *arguments],
                             capture_output=True, text=True, env=environment)
        if "ptrace" in run.stderr:
            return None
        assert run.returncode == 0, run.stderr
        return trace.read_text()

    def relocate(self, *options):
        run = self.run("relocate", "--json", "--from", str(self.user), "--to", str(self.shared), *options)
        self.items = [json.loads(line) for line in run.stdout.splitlines()]
        self.packages = {Path(i["path"]).parent.name: i for i in self.items if i["kind"] == "package"}
        self.images = {Path(i["path"]).parent.name: i for i in self.items if i["kind"] == "image"}
        return run

    def status(self, kind="image"):
        return {name: item["status"] for name, item in (self.images if kind == "image" else self.packages).items()}

    def prune_problems(self):
        run = self.run("prune", "--json", "--allow-build-scripts", str(self.shared))
        return [i for i in map(json.loads, run.stdout.splitlines()) if i["status"] != "kept"]

    def image(self, name, depot=None):
        return next(((depot or self.user) / "compiled").rglob(f"{name}/*.ji"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)
