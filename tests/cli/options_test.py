"""Options are spelled once: what a subcommand asks for is in its table, and what several have is read in one place."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

JIRELOC = os.environ["JIRELOC"]
CLI = pathlib.Path(os.environ["JIRELOC_SOURCE"]) / "src/cli"
COMMANDS = ("inspect", "scan", "rewrite", "relocate", "prune", "pack", "unpack", "check", "diff", "graph", "report")


def options_of(command):
    """Each option of a subcommand with the argument that help names, empty for a flag."""
    text = subprocess.run([JIRELOC, "help", command], check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(re.findall(r"^  (?:-\w, |    )--([a-z-]+)(?:\[?[= ](\S+))?", text, re.MULTILINE))


def asked_for(text):
    return re.findall(r"\b(?:has|get|all|takes)\(\"([a-z-]+)\"", text)


class Options(unittest.TestCase):
    def test_every_name_that_the_command_line_is_asked_for_is_an_option(self):
        known = {name for command in COMMANDS for name in options_of(command)}
        for path in CLI.glob("*.?pp"):
            with self.subTest(path.name):
                self.assertLessEqual(set(asked_for(path.read_text())), known)

    def test_an_option_with_a_reader_of_its_own_is_spelled_nowhere_else(self):
        table = (CLI / "value_options.hpp").read_text()
        names = re.findall(r"inline constexpr ValueOption<[\w:]+> \w+\{\"([a-z-]+)\"", table)
        self.assertIn("map", names)
        for path in CLI.glob("*.?pp"):
            if path.name == "value_options.hpp":
                continue
            text = path.read_text()
            for name in names:
                with self.subTest(path.name, option=name):
                    self.assertNotIn(name, asked_for(text))
                    self.assertNotRegex(text, r"\{\s*\"%s\",\s*(0|'\w')," % name)

    def test_no_subcommand_asks_for_an_option_that_it_does_not_have(self):
        values = {"N": "1", "K/N": "1/1", "SIZE": "1M", "SECONDS": "1", "OCTAL": "644", "A:B": "/x", "LEVEL": "none",
                  "MODE": "auto", "HOW": "grow", "POLICY": "files", "WHEN": "never", "NAME=VALUE": "hashed=1G", "FORMAT": "json",
                  "NAME=FILE": "X=/x", "NAME[,NAME]": "deps", "OLD=NEW": "/x/a=/y/b", "SEEN=HERE": "/x=/y",
                  "USER": "nobody-of-that-name", "USER[:GROUP]": "nobody-of-that-name", "VERSION": "1.10.0"}
        with tempfile.TemporaryDirectory() as folder:
            absent, depot = f"{folder}/absent.ji", f"{folder}/depot"
            os.mkdir(depot)
            least = {"relocate": ["--from", depot, "--to", f"{folder}/to", "--dry-run"], "prune": [depot],
                     "rewrite": ["--map", "/x=/y", "--dry-run", absent], "diff": [absent, absent]}
            for command in COMMANDS:
                for name, argument in options_of(command).items():
                    if name == "julia":  # is run
                        continue
                    given = [f"--{name}"] if not argument or argument.endswith("]") and "[" not in argument else [
                        f"--{name}={values.get(argument, folder + '/x')}"]
                    with self.subTest(command, option=name):
                        ran = subprocess.run([JIRELOC, command, *least.get(command, [absent]), *given],
                                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                             stderr=subprocess.PIPE, text=True)
                        self.assertNotIn("has no option", ran.stderr)
                        self.assertIn(ran.returncode, (0, 1, 2, 3))


if __name__ == "__main__":
    unittest.main()
