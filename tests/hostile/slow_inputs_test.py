"""Time grows with the input and not with its square: slow_inputs.py over all its shapes.

At small sizes, and with a bound that a busy machine does not reach (a square gives 4): the figures of the README are
those of JIRELOC_LONG=1.
"""
import os
import pathlib
import subprocess
import sys

COMMAND = pathlib.Path(__file__).with_name("slow_inputs.py")
QUICK = ["--floor", "0.03", "--rounds", "2", "--tries", "6", "--most", "3.4"]

if __name__ == "__main__":
    arguments = [] if "JIRELOC_LONG" in os.environ else QUICK
    sys.exit(subprocess.run([sys.executable, "-B", COMMAND, *arguments], check=False).returncode)
