"""`jireloc check` of a depot of 1,000 images: causes first, on one page, with commands that mend."""
import json
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

JIRELOC = os.environ["JIRELOC"]
MAKE_DEPOT = os.path.join(os.environ["JIRELOC_BUILD"], "tools", "make-depot")
IMAGES = 1000
OLD = "/home/pkgeval/.julia"


def environment(**more):
    plain = {name: value for name, value in os.environ.items()
             if not name.startswith("JULIA_") and name not in ("NO_COLOR", "COLUMNS", "LINES")}
    return {**plain, "PATH": f"{pathlib.Path(JIRELOC).parent}:{os.environ['PATH']}", **more}


def on_a_terminal(command, columns=80, lines=40, **variables):
    """What a program prints on a terminal of that size."""
    main, other = pty.openpty()
    import fcntl, struct, termios
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(command, stdout=other, stderr=subprocess.DEVNULL, env=environment(**variables))
    os.close(other)
    said = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        said += piece
    process.wait()
    os.close(main)
    return said.decode().replace("\r\n", "\n")


def plain(text):
    return re.sub("\x1b\\[[0-9;]*m|\x1b\\]8;[^\x1b]*\x1b\\\\", "", text)


def lines_taken(text, columns=80):
    return sum(max(1, -(-len(line) // columns)) for line in plain(text).splitlines())


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = pathlib.Path(tempfile.mkdtemp(prefix="jp"))
        cls.addClassCleanup(shutil.rmtree, cls.base)
        cls.depot = cls.base / "depot"  # one for all tests: each puts it into the state it needs
        subprocess.run([MAKE_DEPOT, "--corpus", os.environ["JIRELOC_CORPUS"], "--images", str(IMAGES), "--total-size", "55M",
                        "--recorded", OLD, cls.depot], check=True, stdout=subprocess.DEVNULL)
        cls.project, = (cls.depot / "environments").iterdir()
        cls.command = [JIRELOC, "check", "--project", cls.project, cls.depot / "compiled"]

    def check(self, *options, status=None):
        ran = subprocess.run([*self.command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env=environment())
        if status is not None:
            self.assertEqual(ran.returncode, status, ran.stdout + ran.stderr)
        return ran.stdout

    def mend(self, text, title):
        """Pastes the command below that title into a shell."""
        part = text[text.index(title):]
        command = re.search("^  mend: (.*)$", part, re.M)[1]
        ran = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        self.assertIn(ran.returncode, (0, 1), command + "\n" + ran.stdout + ran.stderr)
        return command

    def moved(self):
        """The depot as it is once it was moved and its images with it."""
        subprocess.run([JIRELOC, "rewrite", "--durability=none", "--map", f"{OLD}={self.depot}", self.depot / "compiled"], check=True,
                       stdout=subprocess.DEVNULL, env=environment())

    def packages(self):
        return sorted((self.depot / "packages").iterdir())

    def image(self, package):
        image, = (self.depot / "compiled/v1.10" / package.name).glob("*.ji")
        return image

    def entry(self, package):
        slug, = package.iterdir()
        return slug / "src" / f"{package.name}.jl"

    def damage(self):
        """A depot with eight different causes, and images that wait behind them."""
        self.moved()
        packages = self.packages()
        for package in packages[0:300]:
            os.utime(self.entry(package), (1, 2e9))
        for package in packages[300:340]:
            with open(self.entry(package), "a") as out:
                out.write("# edited\n")
            os.utime(self.entry(package), (1, 2e9))
        for package in packages[340:370]:
            os.truncate(self.image(package), 200)
        for package in packages[370:390]:
            self.entry(package).unlink()
        for package in packages[390:405]:
            content = bytearray(self.image(package).read_bytes())
            content[-1] ^= 1
            self.image(package).write_bytes(content)
        for package in packages[405:415]:
            content = bytearray(self.image(package).read_bytes())
            content[content.index(b"1.10.8")] = ord("2")
            self.image(package).write_bytes(content)
        for package in packages[415:420]:
            shutil.copyfile(self.image(packages[900]), self.image(package))
        for package in packages[420:440]:
            self.image(package).unlink()

    def test_1_a_moved_depot_is_one_cause_that_one_command_mends(self):
        text = self.check(status=1)
        self.assertTrue(text.startswith(f"{IMAGES} images: 0 fresh, {IMAGES} stale, 0 unreadable\n"), text)
        self.assertEqual(text.count("  mend: "), 1)
        self.assertIn(f"\nstale, wrong-source: {IMAGES} images below {self.depot}/compiled/v1.10\n", text)
        self.assertLessEqual(lines_taken(text), 16)
        self.assertEqual(len(re.findall(r"^    \S+\.ji$", text, re.M)), 3)
        self.assertIn(f"and {IMAGES - 3} more (--verbose lists all)", text)
        self.assertEqual(len(re.findall(r"^    \S+\.ji$", self.check("--verbose"), re.M)), IMAGES)
        # What a rewrite would refuse is to be compiled again.
        entry = self.entry(self.packages()[7])
        kept = entry.with_name("kept")
        shutil.copy2(entry, kept)
        with open(entry, "a") as out:
            out.write("# edited\n")
        text = self.check(status=1)
        self.assertIn("\nstale, wrong-source: 1 image\n", text)
        self.assertIn(f"\nstale, wrong-source: {IMAGES - 1} images", text)
        self.assertIn("using Pkg; Pkg.precompile()", text)
        kept.rename(entry)
        # Sources that came without their times are mended by the same command.
        for package in self.packages()[:5]:
            os.utime(self.entry(package), (1, 2e9))
        self.assertIn("--mtime files", self.mend(self.check(status=1), "wrong-source"))
        self.assertEqual(self.check(status=0), f"{IMAGES} images: {IMAGES} fresh, 0 stale, 0 unreadable\n")
        # One image that many others need: a root cause of its own.
        manifest = (self.project / "Manifest.toml").read_text()
        needed = max(self.packages(), key=lambda package: manifest.count(f'"{package.name}"'))
        os.utime(self.entry(needed), (1, 2e9))
        text = self.check(status=1)
        self.assertIn("\nstale, source-mtime-change: 1 image\n", text)
        waiting = int(re.search(r"; (\d+) of the fresh ones do not load\n", text)[1])
        self.assertGreater(waiting, 2)
        self.assertIn(f"; {waiting} more images wait for it\n", text)
        self.mend(text, "source-mtime-change")
        self.check(status=0)

    def test_2_many_causes_fit_one_screen_with_how_many_wait(self):
        self.damage()
        text = self.check(status=3)
        self.assertLessEqual(lines_taken(text), 40, text)
        self.assertIn("source-mtime-change", text)
        self.assertRegex(text, r"; \d+ more images wait for these\n")
        self.assertRegex(text, r"there is no image of a package that it needs: \w+, \w+, \w+ and \d+ more\n")
        self.assertNotIn("\x1b", text)
        for columns in (80, 120):
            shown = on_a_terminal(self.command, columns)
            self.assertLessEqual(lines_taken(shown, columns), 40, shown)
            self.assertRegex(shown, "\x1b\\[32m\\d+ fresh\x1b\\[0m, \x1b\\[33m\\d+ stale\x1b\\[0m, \x1b\\[31m\\d+ unreadable")
            wide = [line for line in plain(shown).splitlines()
                    if len(line) > columns and not line.startswith("  mend: ") and " " in line.strip()]
            self.assertEqual([line for line in wide if not line.startswith(("stale, ", "unreadable, "))], [])
        shown = on_a_terminal(self.command, 80, 15)
        self.assertLessEqual(lines_taken(shown), 15, shown)
        self.assertRegex(shown, r"\d+ more causes with \d+ images\s+not\s+shown")
        wide = on_a_terminal(self.command, 80, 40, NO_COLOR="1", COLUMNS="120")
        self.assertNotIn("\x1b", wide)
        self.assertLessEqual(lines_taken(wide, 120), 40)
        first = {}
        for report in map(json.loads, self.check("--json").splitlines()):
            if report["reasons"] and report["reasons"][0]["code"] == "source-mtime-change":
                again = any(reason["mend"] == "compile-again" for reason in report["reasons"])
                first.setdefault(again, set()).add(report["path"])
        self.assertGreater(len(first[True]), 20)
        self.assertGreater(len(first[False]), 200)
        self.assertEqual(set(self.check("--list", "source-mtime-change:compile-again").splitlines()), first[True])
        self.assertEqual(set(self.check("--list", "source-mtime-change").splitlines()), first[True] | first[False])
        self.assertEqual(self.check("--list", "no such cause"), "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
