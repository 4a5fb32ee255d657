"""What each start of the program pays for before main: a shell loop over files starts it thousands of times."""
import os
import re
import subprocess
import unittest

PROGRAM = os.environ["JIRELOC"]


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@unittest.skipIf("sanitizer" in said(PROGRAM, "--version"), "a sanitizer loads libraries of its own")
class StartUp(unittest.TestCase):
    def test_no_library_is_loaded_but_those_of_c(self):
        needed = re.findall(r"NEEDED.*\[(.*)\]", said("readelf", "-dW", PROGRAM))
        self.assertEqual([name for name in needed if not re.match(r"(libc|ld-linux.*)\.so", name)], [])
        self.assertTrue(needed)

    def test_of_libcrypto_there_are_the_hashes_and_not_the_ciphers(self):
        symbols = set(re.findall(r" [TtDdBb] (\w+)$", said("nm", PROGRAM), flags=re.M))
        self.assertIn("SHA1_Update", symbols)
        self.assertEqual([name for name in symbols if name.startswith(("EVP_", "CONF_", "PEM_"))], [])

    def test_no_library_asks_for_the_version_of_the_system(self):
        """Boost's file operations do, before main, and take its text apart with scanf."""
        called = set(re.findall(r" U (\w+)", said("nm", "-D", PROGRAM)))
        self.assertIn("getcwd", called)
        self.assertEqual(called & {"uname", "sscanf", "__isoc99_sscanf"}, set())

    def expect_no_address(self, room, pattern):
        """An address in a table costs a write to its page at each start, of this program that never reads it."""
        sections = re.findall(r"\[ *(\d+)\] (\S+)", said("readelf", "-SW", PROGRAM))
        written = {number for number, name in sections if name.startswith(".data")}
        rows = [line.split(maxsplit=7) for line in said("readelf", "-sWC", PROGRAM).splitlines() if room in line]
        tables = [row for row in rows if re.search(pattern, row[-1])]
        self.assertGreater(len(tables), 5)
        self.assertEqual([row for row in tables if row[6] in written], [])

    def test_reasons_processors_and_libraries_of_julia_hold_no_address(self):
        self.expect_no_address("jireloc::", "::(kRows|cpus|needs|features|main_ids|libraries)$")

    @unittest.skipIf("not optimised" in said(PROGRAM, "--version"), "what is packed is there, too")
    def test_options_and_examples_of_commands_hold_no_address(self):
        self.expect_no_address("::cli::", "(options|examples)>?$")


if __name__ == "__main__":
    unittest.main(verbosity=2)
