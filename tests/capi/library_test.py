"""The shared library in a process of somebody else: it says what the program says, prints nothing, and ends when asked."""
import ctypes
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

BUILD = Path(os.environ["JIRELOC_BUILD"])
SOURCE = Path(os.environ["JIRELOC_SOURCE"])
LIBRARY = BUILD / "libjireloc.so.0"
sys.path.insert(0, str(SOURCE / "tests/support"))
import skips  # noqa: E402
from building import run  # noqa: E402
from corpus_depots import CORPUS, JIRELOC, Depots, unpack  # noqa: E402

WELL, FINDINGS, USAGE, FAILED, CANCELLED = range(5)
OLD = "/home/pkgeval/.julia"


class Progress(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("things", ctypes.c_char_p), ("done", ctypes.c_uint64),
                ("total", ctypes.c_uint64), ("failed", ctypes.c_uint64)]


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Progress), ctypes.c_void_p)


class Library:
    def __init__(self):
        self.c = ctypes.CDLL(str(LIBRARY))
        for name in ("version", "result_json", "result_messages", "result_error_code", "result_error_text",
                     "result_error_file", "image_header"):
            getattr(self.c, f"jireloc_{name}").restype = ctypes.c_char_p
        for name in ("inspect", "scan", "check", "explain", "plan", "rewrite", "relocate", "prune", "options_new", "cancel_new"):
            getattr(self.c, f"jireloc_{name}").restype = ctypes.c_void_p

    def call(self, name, *arguments, maps=(), progress=None, cancel=None, **options):
        handle = ctypes.c_void_p(self.c.jireloc_options_new())
        for option, values in options.items():
            for value in values if isinstance(values, list) else [values]:
                text = None if value is True else os.fsencode(str(value))
                assert self.c.jireloc_options_set(handle, option.replace("_", "-").encode(), text) == 0
        for old, new in maps:
            assert self.c.jireloc_options_map(handle, os.fsencode(old), os.fsencode(new)) == 0
        kept = CALLBACK(lambda state, user: progress(state.contents)) if progress else None
        if progress:
            self.c.jireloc_options_on_progress(handle, kept, None)
        if cancel:
            self.c.jireloc_options_cancel_with(handle, cancel)
        passed = []
        for argument in arguments:
            if isinstance(argument, list):
                passed += [(ctypes.c_char_p * len(argument))(*(os.fsencode(str(path)) for path in argument)),
                           ctypes.c_size_t(len(argument))]
            else:
                passed.append(os.fsencode(str(argument)))
        result = ctypes.c_void_p(getattr(self.c, f"jireloc_{name}")(*passed, handle))
        self.c.jireloc_options_free(handle)
        told = {key: getattr(self.c, f"jireloc_result_{key}")(result).decode()
                for key in ("json", "messages", "error_code", "error_text", "error_file")}
        told["status"] = self.c.jireloc_result_status(result)
        self.c.jireloc_result_free(result)
        return told


def items(told):
    return [json.loads(line) for line in told["json"].splitlines()]


# It says which signals it was started without. (Shells take all, whatever they were started with.)
BLIND_JULIA = """#!{python}
import signal, sys
with open(sys.argv[0] + ".blocked", "w") as blocked:
    blocked.write(str(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))))
sys.exit("noise")
"""


@unittest.skipUnless(LIBRARY.exists(), "this build has no shared library: it is made without sanitizers and coverage")
class InProcess(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = Library()

    def test_what_it_says_is_what_the_program_says_and_nothing_is_printed(self):
        images = CORPUS / "1.10.8-plain/images/compiled"
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        julia = Path(temporary.name, "julia")  # one that fails, and says so
        julia.write_text(BLIND_JULIA.format(python=sys.executable))
        julia.chmod(0o755)
        cases = [("inspect", [[images]], {}, ["inspect", images]),
                 ("inspect", [[images]], {"header": True}, ["inspect", "--header", images]),
                 ("scan", [[images / "v1.10/Leaf"]], {}, ["scan", images / "v1.10/Leaf"]),
                 ("check", [[images]], {}, ["check", images]),
                 ("explain", ["Leaf"], {"depot": images.parent}, ["check", "--explain", "Leaf", "--depot", images.parent]),
                 ("inspect", [["/nowhere"]], {}, ["inspect", "/nowhere"]),
                 ("check", [[images]], {"julia": julia}, ["check", "--julia", julia, images]),
                 ("inspect", [[images]], {"headre": True}, ["inspect", "--headre", images])]
        with tempfile.TemporaryFile() as printed:
            kept = os.dup(1), os.dup(2)
            try:
                os.dup2(printed.fileno(), 1), os.dup2(printed.fileno(), 2)
                told = [self.library.call(name, *arguments, **options) for name, arguments, options, _ in cases]
            finally:
                os.dup2(kept[0], 1), os.dup2(kept[1], 2)
            printed.seek(0)
            self.assertEqual(printed.read(), b"")
        self.assertEqual(Path(f"{julia}.blocked").read_text(), "[]", "signals are for whom we run, too")
        for (_, _, _, words), result in zip(cases, told):
            ran = subprocess.run([JIRELOC, words[0], "--json", *map(str, words[1:])], capture_output=True, text=True)
            self.assertEqual((result["json"], result["status"]), (ran.stdout, ran.returncode), words)
            if result["error_code"]:
                self.assertIn(result["error_text"], ran.stderr)
            else:
                self.assertEqual(result["messages"], ran.stderr)
        self.assertEqual(told[-1]["error_code"], "usage")

    def test_a_depot_is_relocated_and_progress_tells_of_each_item(self):
        with Depots("1.10.8-plain") as depots:
            seen = []
            told = self.library.call("relocate", depots.user, depots.shared, allow_build_scripts=True,
                                     progress=lambda state: seen.append((state.things, state.done)) or 0)
            self.assertEqual(told["status"], WELL, told)
            self.assertEqual({item["status"] for item in items(told)}, {"merged", "relocated"})
            self.assertEqual(seen[-1], (b"items", len(items(told))))
            self.assertEqual(depots.prune_problems(), [])
            self.assertEqual(self.library.call("prune", depots.shared, allow_build_scripts=True)["status"], WELL)

    def test_a_relocation_that_waits_for_another_run_ends_when_a_thread_or_a_callback_asks(self):
        with Depots("1.10.8-plain") as depots:
            depots.shared.mkdir()
            with open(depots.shared / ".jireloc-lock", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                for way in ("thread", "callback"):
                    cancel = ctypes.c_void_p(self.library.c.jireloc_cancel_new())
                    timer = threading.Timer(0.3, lambda: self.library.c.jireloc_cancel_request(cancel))
                    if way == "thread":
                        timer.start()
                    calls = []
                    told = self.library.call("relocate", depots.user, depots.shared, lock_timeout=600, cancel=cancel,
                                             progress=lambda state: calls.append(state.done) or int(way == "callback"))
                    timer.cancel()
                    self.library.c.jireloc_cancel_free(cancel)
                    self.assertEqual((told["status"], told["error_code"], told["json"]), (CANCELLED, "interrupted", ""))
                    self.assertIn("waiting", told["messages"])
                    self.assertGreater(len(calls), 0)
            self.assertEqual([path.name for path in depots.shared.iterdir()], [".jireloc-lock"])
            self.assertEqual(self.library.call("relocate", depots.user, depots.shared, allow_build_scripts=True)["status"], WELL)


@unittest.skipUnless(LIBRARY.exists(), "this build has no shared library: it is made without sanitizers and coverage")
class Consumer(unittest.TestCase):
    def test_a_c_program_built_on_what_is_installed_moves_images(self):
        with tempfile.TemporaryDirectory(dir="/tmp", prefix="j") as folder:
            prefix, depot, example = Path(folder, "p"), Path(folder, "d"), Path(folder, "c-consumer")
            for component in ("capi", "capi-dev"):
                run("cmake", "--install", BUILD, "--prefix", prefix, "--component", component)
            shutil.copytree(SOURCE / "tools/examples/c-consumer", example)
            installed, = prefix.rglob("libjireloc.so.0")
            run("make", "-C", example, env=dict(os.environ, PKG_CONFIG_PATH=f"{installed.parent}/pkgconfig",
                                                CFLAGS="-fsanitize=address", LDFLAGS="-fsanitize=address"))
            unpack("1.10.8-plain", depot)
            environment = dict(os.environ, LD_LIBRARY_PATH=str(installed.parent))
            ran = subprocess.run([example / "c-consumer", OLD, depot, depot / "compiled"], env=environment, capture_output=True, text=True)
            self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
            found = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
            self.assertEqual({item["verdict"] for item in found if "verdict" in item}, {"fresh"})
            self.assertEqual([line for line in ran.stdout.splitlines() if not line.startswith("{")],
                             ["plan: status 0", "rewrite: status 0", "check: status 0"])
            self.assertEqual(subprocess.run([example / "c-consumer"], env=environment, capture_output=True).returncode, 2)


if __name__ == "__main__":
    skips.main()
