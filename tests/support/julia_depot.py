"""A depot of three packages for a real Julia, and what a test asks of it: used by tests/julia and tools/demo.

Top uses Mid and Leaf, Mid uses Leaf. Leaf has what relocation is about: files included from subfolders, one with a
name that is not ASCII, a file declared with include_dependency, and constants made from @__DIR__ that are opened
when its functions run.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import uuid

SOURCE = pathlib.Path(os.environ.get("JIRELOC_SOURCE") or pathlib.Path(__file__).resolve().parents[2])

PACKAGES = {
    "Leaf": {
        "Project.toml": 'name = "Leaf"\nuuid = "5eed0000-0000-4000-8000-000000000001"\nversion = "0.1.0"\n',
        "src/Leaf.jl": '''module Leaf
include("sub/shapes.jl")
include("größe.jl")
const TABLE_FILE = joinpath(dirname(@__DIR__), "data", "table.csv")
const HERE = @__DIR__
include_dependency(TABLE_FILE)
"Rows of the table, read when asked for."
rows() = readlines(TABLE_FILE)[2:end]
module Inner
include("inner/deep.jl")
end
end
''',
        "src/sub/shapes.jl": "square(x) = x * x\n@noinline failing(x) = throw(DomainError(x, \"negative\"))\n",
        "src/größe.jl": "größe(xs) = length(xs)\n",
        "src/inner/deep.jl": "const FILE = @__FILE__\nplace() = FILE\n",
        "data/table.csv": "x\n10\n20\n30\n",
    },
    "Mid": {
        "Project.toml": 'name = "Mid"\nuuid = "5eed0000-0000-4000-8000-000000000002"\nversion = "0.1.0"\n\n'
                        '[deps]\nLeaf = "5eed0000-0000-4000-8000-000000000001"\n',
        "src/Mid.jl": "module Mid\nusing Leaf\nsum_rows() = sum(parse.(Int, Leaf.rows()))\n"
                      "precompile(sum_rows, ())\nend\n",
    },
    "Top": {
        "Project.toml": 'name = "Top"\nuuid = "5eed0000-0000-4000-8000-000000000003"\nversion = "0.1.0"\n\n'
                        '[deps]\nLeaf = "5eed0000-0000-4000-8000-000000000001"\n'
                        'Mid = "5eed0000-0000-4000-8000-000000000002"\n',
        "src/Top.jl": "module Top\nusing Mid, Leaf\nanswer() = Mid.sum_rows() + Leaf.square(3)\nend\n",
    },
}
UUIDS = {name: uuid.UUID(f"5eed0000-0000-4000-8000-00000000000{i + 1}") for i, name in enumerate(PACKAGES)}
DEPENDENCIES = {"Leaf": [], "Mid": ["Leaf"], "Top": ["Leaf", "Mid"]}

# Uses the packages and says, a line each, what came of it.
PROGRAM = '''
using Top, Leaf
show_result(what, f) = println(what, ": ", try f() catch problem; sprint(showerror, problem) end)
show_result("answer", Top.answer)
show_result("rows", () -> join(Leaf.rows(), ","))
show_result("größe", () -> Leaf.größe([1, 2]))
show_result("here", () -> Leaf.HERE)
show_result("file", Leaf.Inner.place)
show_result("same", () -> isfile(Leaf.TABLE_FILE) && Base.samefile(Leaf.TABLE_FILE, joinpath(dirname(dirname(pathof(Leaf))), "data", "table.csv")))
trace = try Leaf.failing(-1) catch; sprint(Base.show_backtrace, catch_backtrace()) end
println("trace: ", match(r"failing\\(.*?\\) at (.*?):\\d+", trace)[1])
'''


def jireloc(*arguments):
    """Runs it, with what it says on both streams in one text."""
    return subprocess.run([os.environ["JIRELOC"], *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)


def julia():
    """The executable of a real Julia 1.5.3; it is installed where there is none."""
    if os.environ.get("JIRELOC_JULIA"):
        return os.environ["JIRELOC_JULIA"]
    installed = subprocess.run([SOURCE / "tools/install-julia"], stdout=subprocess.PIPE, text=True, check=True)
    os.environ["JIRELOC_JULIA"] = installed.stdout.strip()
    return os.environ["JIRELOC_JULIA"]


def git_object(kind, content):
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content).digest()


def tree_hash(folder):
    """The git tree hash of a folder of plain files and folders."""
    entries = []
    for path in folder.iterdir():
        name = path.name.encode()
        if path.is_dir():
            entries.append((name + b"/", b"40000 " + name + b"\0" + tree_hash(path)))
        else:
            entries.append((name, b"100644 " + name + b"\0" + git_object("blob", path.read_bytes())))
    return git_object("tree", b"".join(entry for _, entry in sorted(entries)))


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def version_slug(package, tree):
    """The folder name below packages/Name/ (Base.version_slug)."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    rest, slug = crc32c(package.bytes[::-1] + tree), ""
    for _ in range(5):
        rest, digit = divmod(rest, len(alphabet))
        slug += alphabet[digit]
    return slug


class Depot:
    """A depot on disk and the environment, outside it, that asks for its packages."""

    def __init__(self, path, environment):
        self.path, self.environment = pathlib.Path(path), pathlib.Path(environment)

    def install(self, packages=PACKAGES):
        """Writes the packages below packages/Name/slug, as Pkg does."""
        manifest = ""
        for name, files in packages.items():
            staging = self.path / "packages" / name / "staging"
            for file, text in files.items():
                (staging / file).parent.mkdir(parents=True, exist_ok=True)
                (staging / file).write_text(text, encoding="utf-8")
            tree = tree_hash(staging)
            staging.rename(staging.parent / version_slug(UUIDS[name], tree))
            manifest += f'[[{name}]]\ngit-tree-sha1 = "{tree.hex()}"\nuuid = "{UUIDS[name]}"\nversion = "0.1.0"\n'
            manifest += f"deps = {DEPENDENCIES[name]}\n\n".replace("'", '"')
        self.environment.mkdir(parents=True)
        (self.environment / "Manifest.toml").write_text(manifest)
        (self.environment / "Project.toml").write_text(
            "[deps]\n" + "".join(f'{name} = "{UUIDS[name]}"\n' for name in packages))

    @property
    def compiled(self):
        return self.path / "compiled" / "v1.5"

    def images(self):
        return sorted(self.compiled.rglob("*.ji"))

    def move(self, target):
        """Moves the whole depot, times kept."""
        target = pathlib.Path(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(self.path, target)
        return Depot(target, self.environment)

    def run(self, program=PROGRAM, depots=(), wrapper=(), options=()):
        """Runs a program in a new Julia that sees this depot (and `depots` behind it)."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("JULIA_")}
        env["JULIA_DEPOT_PATH"] = ":".join(map(str, [self.path, *depots]))
        return subprocess.run(
            [*wrapper, julia(), "--startup-file=no", "--history-file=no", "--color=no", f"--project={self.environment}",
             *options, "-e", program], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)

    def facts(self, **options):
        """What PROGRAM prints, as a dictionary."""
        ran = self.run(**options)
        if ran.returncode:
            raise AssertionError(f"Julia failed:\n{ran.stderr}")
        return dict(line.split(": ", 1) for line in ran.stdout.splitlines() if ": " in line)

    def snapshot(self):
        """Name, inode and content of everything below compiled/: what a new compilation cannot leave as it is."""
        return {str(path.relative_to(self.compiled)): (path.stat().st_ino, hashlib.sha256(path.read_bytes()).hexdigest())
                for path in self.compiled.rglob("*") if path.is_file()}

    def age_images(self):
        """Gives all images an old time. Julia touches each image that it loads, so this shows which it loads."""
        for image in self.images():
            os.utime(image, (1_000_000_000, 1_000_000_000))

    def loaded_images(self):
        return {image.parent.name for image in self.images() if image.stat().st_mtime > 1_000_000_000}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: julia_depot.py DEPOT ENVIRONMENT   writes the packages and the environment")
    Depot(sys.argv[1], sys.argv[2]).install()
