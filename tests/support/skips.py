"""A script of tests that says by its status (77) that what it needs is not on this machine, also where a test finds out
only when it runs."""
import os
import subprocess
import sys
import unittest

INSIDE = "JIRELOC_IN_MOUNT_NAMESPACE"


def run_in_mount_namespace():
    """Starts the script again in a mount namespace of its own, whose mounts are gone with it; to be called first."""
    if INSIDE in os.environ:
        return
    if os.getuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        print("no mounts can be made here: needs root and a mount namespace")
        sys.exit(77)
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, "-B", *sys.argv])


def main():
    program = unittest.main(argv=sys.argv[:1], verbosity=2, exit=False)
    if not program.result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if program.result.skipped else 0)
