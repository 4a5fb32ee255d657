"""The Julia package and the example of a farm, with a real Julia 1.5.3 and the shared library of this build."""
import fcntl
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(os.environ["JIRELOC_BUILD"])
SOURCE = Path(os.environ["JIRELOC_SOURCE"])
LIBRARY = BUILD / "libjireloc.so.0"
sys.path.insert(0, str(SOURCE / "tests/support"))
import skips  # noqa: E402
from julia_depot import Depot, julia  # noqa: E402

PACKAGE = SOURCE / "tools/julia/JiReloc"


@unittest.skipUnless(LIBRARY.exists(), "this build has no shared library: it is made without sanitizers and coverage")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="j", dir="/tmp")
        cls.top = Path(cls.temporary.name)
        cls.depot = Depot(cls.top / "the-depot-of-a-user", cls.top / "environment")
        cls.depot.install()
        cls.facts = cls.depot.facts()  # compiles
        cls.environment = dict({name: value for name, value in os.environ.items() if not name.startswith("JULIA_")},
                               JULIA_DEPOT_PATH=str(cls.top / "own"), JULIA_LOAD_PATH=f"{PACKAGE.parent}:@stdlib",
                               JIRELOC_LIBRARY=str(LIBRARY))

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def command(self, *arguments):
        return [julia(), "--startup-file=no", "--color=no", *map(str, arguments)]

    def run_julia(self, *arguments, **more):
        environment = dict(self.environment, **more)
        return subprocess.run(self.command(*arguments), env=environment, capture_output=True, text=True, timeout=600)

    def expect_loaded_from(self, depot):
        """Julia compiles nothing there, and each file is opened where it is now."""
        before = depot.snapshot()
        depot.age_images()
        # Names that have become shorter are filled up with slashes.
        facts = {key: re.sub("/+", "/", value) for key, value in depot.facts().items()}
        self.assertEqual(depot.loaded_images(), {"Leaf", "Mid", "Top"})
        self.assertEqual(depot.snapshot(), before)
        self.assertEqual(facts, {key: value.replace(str(self.depot.path), str(depot.path)) for key, value in self.facts.items()})

    def test_1_its_tests_pass_and_what_it_has_relocated_loads(self):
        ran = self.run_julia(PACKAGE / "test/runtests.jl", JIRELOC_TEST_DEPOT=str(self.depot.path),
                             JIRELOC_TEST_PROJECT=str(self.depot.environment))
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertEqual(len(re.findall(r"Test Summary", ran.stdout)), 5, ran.stdout)
        self.expect_loaded_from(Depot(self.top / "s", self.depot.environment))

    def test_2_control_c_ends_a_call_cleanly_and_julia_goes_on(self):
        shared = self.top / "held"
        shared.mkdir()
        program = f"""
            using JiReloc
            ccall(:jl_exit_on_sigint, Cvoid, (Cint,), 0)
            try
                JiReloc.relocate({str(self.depot.path)!a}, {str(shared)!a}; lock_timeout = 600,
                                 progress = (state...) -> (println("told"); flush(stdout)))
            catch problem
                println(problem isa InterruptException ? "interrupted" : problem)
            end
            println(JiReloc.version())""".replace("'", '"')
        with open(shared / ".jireloc-lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with subprocess.Popen(self.command("-e", program), env=self.environment, stdout=subprocess.PIPE, text=True) as ran:
                self.assertEqual(ran.stdout.readline(), "told\n")
                ran.send_signal(signal.SIGINT)
                lines = [line.strip() for line in ran.stdout if line != "told\n"]
            self.assertEqual(ran.returncode, 0)
            self.assertEqual(lines[0], "interrupted")
            self.assertRegex(lines[1], r"^\d+\.\d+\.\d+$")
        self.assertEqual([path.name for path in shared.iterdir()], [".jireloc-lock"])

    def test_3_a_missing_library_is_said_with_what_helps_and_the_recipe_for_binaries_can_be_read(self):
        ran = self.run_julia("--compile=min", "-e", """
            using JiReloc
            for library in ("", "/nowhere/x.so")
                ENV["JIRELOC_LIBRARY"] = library
                try JiReloc.version() catch problem; showerror(stdout, problem); println() end
            end
            recipe = Meta.parse("begin\n" * read(ARGS[1], String) * "\nend")
            println(recipe.head, " ", length(recipe.args) > 8)""", PACKAGE.parent / "build_tarballs.jl")
        without, elsewhere, recipe = ran.stdout.splitlines()
        self.assertIn("libjireloc.so.0 is not found: install", without)
        self.assertIn("/nowhere/x.so: it cannot be loaded", elsewhere)
        self.assertEqual(recipe, "block true")

    def test_4_the_step_of_a_farm_is_one_call(self):
        shared = self.top / "f"
        ran = self.run_julia(SOURCE / "tools/examples/farm.jl", self.depot.path, shared)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(re.sub(" +", " ", ran.stdout), "image, relocated 3\npackage, merged 3\n")
        self.expect_loaded_from(Depot(shared, self.depot.environment))
        self.assertEqual(self.depot.images(), [], "what is at the target need not stay")
        self.assertEqual(self.run_julia(SOURCE / "tools/examples/farm.jl").returncode, 2)


if __name__ == "__main__":
    skips.main()
