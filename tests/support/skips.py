"""A script of tests that says by its status (77) that what it needs is not on this machine, also where a test finds out
only when it runs."""
import sys
import unittest


def main():
    program = unittest.main(argv=sys.argv[:1], verbosity=2, exit=False)
    if not program.result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if program.result.skipped else 0)
