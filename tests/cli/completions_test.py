"""Completions, asked of the shells themselves: bash, zsh and fish where they are installed."""
import os
import pty
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import run

import skips

COMMANDS = ("inspect", "scan", "rewrite", "relocate", "prune", "pack", "unpack", "check", "diff", "graph", "report")
BASH = r"""
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_jireloc
printf '%s\n' "${COMPREPLY[@]}"
"""
# Completion needs the line editor, and that a terminal; each match is written to a file as it is added.
ZSH = r"""
PROMPT= RPROMPT=
fpath=($FOLDER $fpath)
autoload -Uz compinit; compinit -u -d $FOLDER/dump
LISTMAX=100000
compadd() {
  if [[ -n ${(M)@:#-[OAD]} ]]; then builtin compadd "$@"; return; fi
  local -a found
  builtin compadd -A found "$@"
  print -rl -- $found >>$FOLDER/found
  builtin compadd "$@"
}
ask() {
  local asked
  for asked in "${(@f)$(<$FOLDER/lines)}"; do
    BUFFER=$asked CURSOR=$#asked
    zle complete-word
    print . >>$FOLDER/found
  done
  exit
}
zle -N ask
bindkey '^T' ask
print ready
"""


def read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # EIO: the other end is closed
        return b""


def said(shell_option):
    return run("help", shell_option).stdout.decode()


def long_options(command):
    return set(re.findall(r"^  (?:-.,|   ) (--[a-z-]+)", run("help", command).stdout.decode(), re.M))


def choices():
    """(command, option, words): what options take, by their own help."""
    yield "check", "--color", {"auto", "always", "never"}
    yield "rewrite", "--mtime", {"keep", "files"}
    yield "rewrite", "--payload", {"auto", "require", "header-only", "refuse-constants"}
    yield "relocate", "--longer", {"auto", "alias", "grow", "names", "leave"}


class Bash(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.write(said("--bash-completion"))

    def write(self, text):
        (self.folder / "completion").write_text(text)

    def found(self, *words):
        ran = subprocess.run(["bash", "-c", BASH, "bash", self.folder / "completion", "jireloc", *words], cwd=self.folder,
                             capture_output=True, text=True, check=True)
        self.assertEqual(ran.stderr, "")
        return set(ran.stdout.split())

    def test_commands_options_and_what_they_take_are_offered(self):
        self.assertLessEqual({*COMMANDS, "help", "--version"}, self.found(""))
        for command in COMMANDS:
            self.assertEqual(self.found(command, "--"), long_options(command))
        for command, option, words in choices():
            self.assertEqual(self.found(command, option, ""), words)
            self.assertEqual(self.found(command, option, "="), words)
            some = min(words)
            self.assertEqual(self.found(command, option, "=", some), {some})
        self.assertIn("--zsh-completion", self.found("help", "--z"))

    def test_an_argument_that_may_be_left_out_is_offered_behind_an_equals_sign_alone(self):
        self.assertEqual(self.found("scan", "--json", "="), {"lines", "array"})
        self.assertNotIn("lines", self.found("scan", "--json", ""))

    def test_folders_are_offered_where_folders_are_wanted(self):
        (self.folder / "depot").mkdir()
        self.assertEqual(self.found("relocate", "--from", ""), {"depot"})
        self.assertEqual(self.found("scan", ""), {"depot", "completion"})


@unittest.skipUnless(shutil.which("fish"), "no fish here")
class Fish(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "jireloc.fish").write_text(said("--fish-completion"))

    def found(self, *lines):
        """What is offered at the end of each line."""
        script = f"source {self.folder}/jireloc.fish\n" + "".join(f"complete -C {line!r}\necho .\n" for line in lines)
        ran = subprocess.run(["fish", "-N", "-c", script], cwd=self.folder, capture_output=True, text=True, check=True,
                             env={**os.environ, "HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder),
                                  "XDG_DATA_HOME": str(self.folder)})
        self.assertEqual(ran.stderr, "")
        parts = re.split(r"^\.\n", ran.stdout, flags=re.M)[:-1]
        return [dict((line + "\t").split("\t")[:2] for line in part.strip().splitlines()) for part in parts]

    def test_commands_options_and_what_they_take_are_offered(self):
        first, *rest = self.found("jireloc ", *(f"jireloc {command} --" for command in COMMANDS))
        self.assertLessEqual({*COMMANDS, "help"}, set(first))
        self.assertIn("whether Julia would accept", first["check"])
        for command, offered in zip(COMMANDS, rest):
            self.assertEqual({word.rstrip("=") for word in offered}, long_options(command), command)
        asked = list(choices())
        for (_, option, words), offered in zip(asked, self.found(*(f"jireloc {c} {o} " for c, o, _ in asked))):
            self.assertEqual(set(offered), words, option)

    def test_a_word_that_is_a_command_elsewhere_is_none_as_an_argument(self):
        offered, = self.found("jireloc diff check --")
        self.assertEqual({word.rstrip("=") for word in offered}, long_options("diff"))

    def test_files_and_folders_are_offered_where_they_are_wanted(self):
        (self.folder / "depot").mkdir()
        (self.folder / "image.ji").touch()
        folders, files, none = self.found("jireloc relocate --from ", "jireloc scan ", "jireloc relocate ")
        self.assertIn("depot/", folders)
        self.assertNotIn("image.ji", folders)
        self.assertLessEqual({"depot/", "image.ji"}, set(files))
        self.assertNotIn("image.ji", none)


@unittest.skipUnless(shutil.which("zsh"), "no zsh here")
class Zsh(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "_jireloc").write_text(said("--zsh-completion"))
        (self.folder / "setup").write_text(ZSH)
        (self.folder / "place").mkdir()

    def found(self, *lines):
        """What is offered at the end of each line."""
        (self.folder / "lines").write_text("\n".join(lines))
        main, terminal = pty.openpty()
        shell = subprocess.Popen(["zsh", "-f", "-i"], stdin=terminal, stdout=terminal, stderr=terminal,
                                 cwd=self.folder / "place", env={**os.environ, "FOLDER": str(self.folder), "TERM": "dumb"})
        os.close(terminal)
        os.write(main, b"source $FOLDER/setup\n")
        shown = b""
        while piece := read(main):
            if b"\nready" not in shown and b"\nready" in shown + piece:
                os.write(main, b"\x14")
            shown += piece
        os.close(main)
        shell.wait()
        return [set(part.split()) for part in re.split(r"^\.\n", (self.folder / "found").read_text(), flags=re.M)[:-1]]

    def test_commands_options_and_what_they_take_are_offered(self):
        (self.folder / "place/depot").mkdir()
        (self.folder / "place/image.ji").touch()
        asked = list(choices())
        first, folders, files, none, *rest = self.found(
            "jireloc ", "jireloc relocate --from ", "jireloc scan ", "jireloc relocate ",
            *(f"jireloc {command} --" for command in COMMANDS), *(f"jireloc {c} {o}=" for c, o, _ in asked))
        self.assertEqual(first, {*COMMANDS, "help", "--help", "--version"})
        self.assertEqual((folders, files), ({"depot"}, {"depot", "image.ji"}))
        self.assertNotIn("image.ji", none)
        for command, offered in zip(COMMANDS, rest):
            self.assertEqual(offered, long_options(command), command)
        for (_, option, words), offered in zip(asked, rest[len(COMMANDS):]):
            self.assertEqual(offered, words, option)


if __name__ == "__main__":
    skips.main()
