"""Time grows with the input and not with its square: slow_inputs.py over all its shapes.

At small sizes, each held against one eight times as large. A square takes 64 times as long for that, and what is no square 8
times, or 13 where the larger input outgrows the caches. The bound is 22: a busy machine seldom reaches it, so that one run of
each is enough, and more are run only where it is passed. The figures of tests/README.md are those of JIRELOC_LONG=1. A
sanitized program is run once over each shape: its times say nothing, what it touches does.
"""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from short_run import LONG  # noqa: E402

COMMAND = pathlib.Path(__file__).with_name("slow_inputs.py")
QUICK = ["--floor", "0.015", "--rounds", "1", "--tries", "8", "--doublings", "3", "--most", "2.8"]
SANITIZED = any(mark in pathlib.Path(os.environ["JIRELOC"]).read_bytes() for mark in (b"__asan_init", b"__tsan_init"))

if __name__ == "__main__":
    if SANITIZED:
        print("sanitized: each shape once, no time is judged", file=sys.stderr)
    arguments = ["--once"] if SANITIZED else [] if LONG else QUICK
    sys.exit(subprocess.run([sys.executable, "-B", COMMAND, *arguments], check=False).returncode)
