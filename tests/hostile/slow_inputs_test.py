"""Time grows with the input and not with its square: slow_inputs.py over all its shapes.

At small sizes, each held against one four times as large, and with a bound that a busy machine does not reach (a square
gives 4 for each doubling): the figures of tests/README.md are those of JIRELOC_LONG=1. A sanitized program is run once over
each shape: its times say nothing, what it touches does.
"""
import os
import pathlib
import subprocess
import sys

COMMAND = pathlib.Path(__file__).with_name("slow_inputs.py")
QUICK = ["--floor", "0.015", "--rounds", "2", "--tries", "6", "--doublings", "2", "--most", "2.5"]
SANITIZED = any(mark in pathlib.Path(os.environ["JIRELOC"]).read_bytes() for mark in (b"__asan_init", b"__tsan_init"))

if __name__ == "__main__":
    if SANITIZED:
        print("sanitized: each shape once, no time is judged", file=sys.stderr)
    arguments = ["--once"] if SANITIZED else [] if "JIRELOC_LONG" in os.environ else QUICK
    sys.exit(subprocess.run([sys.executable, "-B", COMMAND, *arguments], check=False).returncode)
