"""The scratch folder: a copy of the sources, built once without optimisation for speed, from which mutants borrow all but
the one object file that they change."""
import json
import os
import pathlib
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

COPIED = ["CMakeLists.txt", "src", "include", "tests", "tools", "fixtures"]
# Quick to compile; the library's own checks of indices stand for the ASan build that tools/test runs as well.
FLAGS = "-O1 -w -D_GLIBCXX_ASSERTIONS"
MOST_MEMORY = 6 << 30  # bytes of address space for a test
LONG_FACTOR, SHORTEST_LIMIT = 8, 15  # a test that takes so many times longer, and so many seconds, is stopped
UNCHANGED_LIMIT = 600  # seconds for a test over the unchanged code


class Failed(Exception):
    """What was needed before any mutant could be tried did not work."""


def run(command, **options):
    done = subprocess.run(command, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          **options)
    if done.returncode != 0:
        raise Failed(f"{shlex.join(map(str, command))}:\n{done.stdout[-6000:]}")
    return done.stdout


def copy_changed(source, target):
    """Makes `target` what `source` is, and leaves alone what is the same, so that little is built again."""
    wanted = set()
    for name in COPIED:
        top = source / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_dir() or "__pycache__" in path.parts:
                continue
            relative = path.relative_to(source)
            wanted.add(relative)
            copy = target / relative
            if not copy.exists() or copy.read_bytes() != path.read_bytes():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)
    for path in sorted(target.rglob("*")):
        if not path.is_dir() and path.relative_to(target) not in wanted:
            path.unlink()


class Program:
    """A test: ROOM is the program of a folder of tests, ROOM/SCRIPT a script there, which drives the command line."""

    def __init__(self, name):
        self.name = name
        self.script = f"tests/{name}.py" if "/" in name else None
        self.target = "jireloc_cli" if self.script else f"test_{name}"
        self.limit = UNCHANGED_LIMIT


class Scratch:
    """A build of the unchanged sources, with how its parts are compiled, linked and run."""

    def __init__(self, root, folder):
        self.root, self.folder = pathlib.Path(root), pathlib.Path(folder).absolute()
        self.source, self.build = self.folder / "source", self.folder / "build"
        self.compile_commands, self.link_commands, self.dependents = {}, {}, {}

    def prepare(self, programs):
        """Copies, builds, and learns the commands."""
        self.folder.mkdir(parents=True, exist_ok=True)
        copy_changed(self.root, self.source)
        configure = ["cmake", "-G", "Ninja", "-S", self.source, "-B", self.build, "-DCMAKE_BUILD_TYPE=Debug",
                     f"-DCMAKE_CXX_FLAGS_DEBUG={FLAGS}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"]
        if shutil.which("ccache"):
            configure.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        run(configure)
        targets = sorted({program.target for program in programs} | {"corpus", "text_fixtures"})
        run(["ninja", "-C", self.build, *targets])
        self.learn_compiling()
        for target in {program.target for program in programs}:
            command = run(["ninja", "-C", self.build, "-t", "commands", target]).strip().splitlines()[-1]
            self.link_commands[target] = shlex.split(command.removeprefix(": && ").removesuffix(" && :"))

    def learn_compiling(self):
        for entry in json.loads((self.build / "compile_commands.json").read_text(encoding="utf-8")):
            arguments = shlex.split(entry["command"])
            self.compile_commands[arguments[arguments.index("-o") + 1]] = arguments
        output = None
        for line in run(["ninja", "-C", self.build, "-t", "deps"]).splitlines():
            if line and not line[0].isspace():
                output = line.split(":")[0]
            elif line.strip() and output:
                path = pathlib.Path(os.path.normpath(self.build / line.strip()))
                if path.is_relative_to(self.source):
                    self.dependents.setdefault(str(path.relative_to(self.source)), []).append(output)

    def measure(self, programs, say):
        """Runs the tests over the unchanged code: they must pass, and their times set the limits."""
        for program in programs:
            started = time.monotonic()
            outcome = self.run_program(program, {})
            taken = time.monotonic() - started
            if outcome is not None:
                raise Failed(f"the test {program.name} fails without any mutation ({outcome})")
            program.limit = max(SHORTEST_LIMIT, LONG_FACTOR * taken)
            say(f"{program.name} takes {taken:.1f} s")

    def built(self, target):
        arguments = self.link_commands[target]
        return self.build / arguments[arguments.index("-o") + 1]

    def compile(self, path, text, folder):
        """Object files with another text for one file, of the library and of whatever else includes it, by the name of what
        they are to stand for; None where one does not compile, and nothing where none differs from the unchanged one."""
        changed = folder / path
        changed.parent.mkdir(parents=True, exist_ok=True)
        changed.write_text(text, encoding="utf-8")
        objects = {}
        for number, output in enumerate(self.dependents.get(path, [])):
            arguments = list(self.compile_commands[output])
            made = folder / f"{number}.o"
            arguments[arguments.index("-o") + 1] = str(made)
            if path.endswith(".cpp"):
                arguments[arguments.index("-c") + 1] = str(changed)
            else:
                arguments.insert(arguments.index("-o"), f"-I{folder / 'src'}")
                first = next(i for i, argument in enumerate(arguments) if argument.startswith("-I"))
                arguments.insert(first, f"-I{folder / 'src'}")
            try:
                done = subprocess.run(arguments, cwd=self.build, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300,
                                      check=False)
            except subprocess.TimeoutExpired:
                return None
            if done.returncode != 0:
                return None
            if made.read_bytes() != (self.build / output).read_bytes():
                objects[output] = made
        return objects

    def link(self, target, objects, folder):
        """The program with these objects in place of its own and its libraries'; None where it does not link."""
        arguments = [str(objects.get(argument, argument)) for argument in self.link_commands[target]]
        libraries = {pathlib.PurePath(argument).stem.removeprefix("lib") + ".dir" for argument in arguments if argument.endswith(".a")}
        at = arguments.index("-o") + 1
        made = folder / pathlib.Path(arguments[at]).name
        arguments[at] = str(made)
        # Before the libraries, whose own objects of these names are then not taken.
        arguments[at + 1:at + 1] = [str(made) for output, made in objects.items() if libraries & set(pathlib.PurePath(output).parts)]
        done = subprocess.run(arguments, cwd=self.build, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return made if done.returncode == 0 else None

    def run_program(self, program, linked):
        """None where the test passes, else how it failed. `linked` has programs to use instead of those built, by target."""
        executable = linked.get(program.target, self.built(program.target))
        environment = dict(os.environ, JIRELOC=str(executable), JIRELOC_CORPUS=str(self.build / "corpus"),
                           JIRELOC_TEXT_FIXTURES=str(self.build / "text-fixtures"), JIRELOC_SOURCE=str(self.source),
                           JIRELOC_BUILD=str(self.build))
        command = [sys.executable, "-B", str(self.source / program.script)] if program.script else [str(executable), "--abort"]
        with tempfile.TemporaryDirectory(prefix="mut", ignore_cleanup_errors=True) as temporary:
            environment["TMPDIR"] = temporary
            # A session of its own, so that what the test has started can be ended with it.
            process = subprocess.Popen(command, cwd=temporary, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=limit_resources)
            try:
                status = process.wait(program.limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return "timeout"
        if status == 0:
            return None
        return f"signal {-status}" if status < 0 else "failed"


def limit_resources():
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

