"""Things get other names, again and again, while prune --delete and relocate --move remove: what goes is what was judged.

Somebody exchanges what is to be removed with something good, with what lies outside of the depot, with a link, or puts a
new one in its place. Each good file, and all outside, must be there afterwards, as the same file, under whatever name.
"""
import ctypes
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from relocate_test import JIRELOC, Depots
from short_run import LONG

ROUNDS = 40 if LONG else 1
HUGE = 256 << 20
AT_FDCWD, RENAME_EXCHANGE = -100, 2
RECORDS = (".jireloc-lock", ".jireloc-order", ".jireloc-index")  # of jireloc itself
LIBC = ctypes.CDLL(None, use_errno=True)


def exchange(a, b):
    return LIBC.renameat2(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), RENAME_EXCHANGE)


def exchange_until(stop, a, b, bursts):
    while not stop.is_set():
        for _ in range(50):
            exchange(a, b)
        bursts.value += 1


def replace_until(stop, path, content, replaced):
    """As Julia does: a new file gets the name of the old one. Counts in `replaced`."""
    while not stop.is_set():
        temporary = path.with_name(f"jl_{replaced.value + 1}")
        temporary.write_bytes(content)
        os.rename(temporary, path)
        replaced.value += 1


def identities(top):
    """What lies below a folder, by inode: content, or only the size of what is huge."""
    def content(path):
        size = path.lstat().st_size
        return path.read_bytes() if size < HUGE else str(size).encode()
    return {path.lstat().st_ino: content(path) for path in Path(top).rglob("*")
            if path.is_file() and not path.is_symlink() and path.name not in RECORDS}


def is_open(pid, path):
    try:
        return any(os.path.realpath(name) == str(path) for name in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False  # it has ended


def add_huge(package):
    """A file that takes a while to be hashed. All that prune removes was looked at before."""
    huge = package / "src/huge"
    huge.touch()
    os.truncate(huge, HUGE)
    return huge


def stop_at(process, huge):
    """Stops prune while it judges; whether it was seen doing so."""
    while process.poll() is None:
        if is_open(process.pid, huge):
            process.send_signal(signal.SIGSTOP)
            return True
        time.sleep(0.001)
    return False


class Race(unittest.TestCase):
    def setUp(self):
        self.outside = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.outside, ignore_errors=True)

    def run_against(self, attack, arguments, command):
        stop = multiprocessing.Event()
        attacker = multiprocessing.Process(target=attack, args=(stop, *arguments), daemon=True)
        attacker.start()
        try:
            done = subprocess.run([JIRELOC, *map(str, command)], capture_output=True, text=True, timeout=300, check=False)
        finally:
            stop.set()
            attacker.join()
        self.assertIn(done.returncode, (0, 1, 3), done.stderr[-500:])
        return done

    def prune_amid_exchanges(self, depot, paths, huge):
        """Whether names were exchanged between the first look of prune and its removals: on a busy machine the other
        process may not run for all that time, and what lies there then is what was judged, and may go."""
        stop, bursts = multiprocessing.Event(), multiprocessing.Value("i", 0)
        attacker = multiprocessing.Process(target=exchange_until, args=(stop, *paths, bursts), daemon=True)
        attacker.start()
        try:
            prune = subprocess.Popen([JIRELOC, "prune", "--delete", "--allow-build-scripts", depot],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            seen = stop_at(prune, huge)
            if seen:
                before, end = bursts.value, time.monotonic() + 60
                time.sleep(0.02)  # times of files can be as coarse as 10 ms
                while bursts.value < before + 2 and time.monotonic() < end:
                    time.sleep(0.001)
                seen = bursts.value >= before + 2
                prune.send_signal(signal.SIGCONT)
            _, said = prune.communicate(timeout=300)
        finally:
            stop.set()
            attacker.join()
        self.assertIn(prune.returncode, (0, 1, 3), said[-500:])
        return seen

    def replace_during(self, round_of):
        """Rounds in which `round_of(replaced)` runs a command against replace_until. On a busy machine a command can end
        before anything was replaced, and may remove what it saw then: such a round shows nothing, and is not counted."""
        shown = 0
        for _ in range(10 * ROUNDS):
            replaced = multiprocessing.Value("i", 0)
            check = round_of(replaced)
            if replaced.value > 0:
                check()
                shown += 1
            if shown == ROUNDS:
                return
        self.fail("the command ended each time before anything was replaced")

    def assert_all_there(self, before, *folders):
        now = {}
        for folder in folders:
            now.update(identities(folder))
        gone = [content[:40] for inode, content in before.items() if now.get(inode) != content]
        self.assertEqual(gone, [], "something good is gone")

    def prune_against(self, make_bad, arguments, good_ones="."):
        """Rounds of prune --delete over a depot in which make_bad(depot) has made something bad, and tells where, while the
        two paths of arguments(depot, bad) are exchanged. What is good below `good_ones` must be there afterwards."""
        shown = 0
        for _ in range(10 * ROUNDS):
            with Depots("1.10.8-plain") as depots:
                run = depots.relocate("--allow-build-scripts")
                self.assertEqual(run.returncode, 0, run.stderr)
                shared = depots.shared
                bad = make_bad(shared)
                slow = next((shared / "packages/Leaf").iterdir()).with_name("zzzzz")
                shutil.copytree(next((shared / "packages/Leaf").iterdir()), slow)
                huge = add_huge(slow)
                played = arguments(shared, bad)
                if exchange(*played) != 0:
                    print("SKIPPED: this file system cannot exchange names", file=sys.stderr)
                    sys.exit(77)
                exchange(*played)
                bad_inodes = set(identities(bad)) if bad.is_dir() else {bad.lstat().st_ino}
                bad_inodes |= set(identities(slow))
                good = {inode: content for inode, content in identities(shared / good_ones).items() if inode not in bad_inodes}
                good.update(identities(self.outside))
                if self.prune_amid_exchanges(shared, played, huge):
                    self.assert_all_there(good, shared, self.outside)
                    shown += 1
                shutil.rmtree(self.outside)
                self.outside.mkdir()
            if shown == ROUNDS:
                return
        self.fail("prune was seen at work in no round" if shown == 0 else f"only {shown} rounds of prune were seen")

    def bad_package(self, shared):
        """A package that nobody needs, changed after it was installed; twins of it lie beside and outside."""
        package = next((shared / "packages/Leaf").iterdir())
        bad = shared / "packages/Gone" / package.name
        bad.parent.mkdir()
        shutil.copytree(package, bad)
        (bad / "src/changed.jl").write_text("changed")
        for number in range(300):
            (bad / f"src/more{number}.jl").write_text("more")
        return bad

    def bad_image(self, shared):
        image = next((shared / "compiled/v1.10/Leaf").glob("*.ji"))
        bad = image.with_name(image.name.split("_")[0] + "_zzzzz.ji")
        data = bytearray(image.read_bytes())
        data[len(data) // 2] ^= 1
        bad.write_bytes(data)
        return bad

    def outside_tree(self):
        tree = self.outside / "tree"
        (tree / "src").mkdir(parents=True, exist_ok=True)
        for number in range(30):
            (tree / f"src/{number}.jl").write_text(f"outside {number}")
        return tree

    def test_a_package_that_is_exchanged_with_a_good_one(self):
        # An image is not good while its package is not there.
        self.prune_against(self.bad_package, lambda shared, bad: (bad, next((shared / "packages/Leaf").iterdir())), "packages")

    def test_a_package_that_is_exchanged_with_a_folder_outside(self):
        self.prune_against(self.bad_package, lambda _, bad: (bad, self.outside_tree()))

    def test_a_folder_above_it_that_is_exchanged_with_a_link_outside(self):
        def link(_, bad):
            tree = self.outside_tree()
            target = self.outside / "parent"
            target.mkdir()
            tree.rename(target / bad.name)
            link = self.outside / "link"
            link.symlink_to(target)
            return bad.parent, link
        self.prune_against(self.bad_package, link)

    def test_a_folder_in_it_that_is_exchanged_with_a_link_outside(self):
        def link(_, bad):
            link = self.outside / "link"
            link.symlink_to(self.outside_tree() / "src")
            return bad / "src", link
        self.prune_against(self.bad_package, link)

    def test_an_image_that_is_exchanged_with_a_good_one(self):
        # Those that need it are not good while something else has its name.
        self.prune_against(self.bad_image, lambda _, bad: (bad, next(p for p in bad.parent.glob("*.ji") if p != bad)),
                           "compiled/v1.10/Leaf")

    def test_an_image_that_is_replaced_by_a_good_one_while_it_is_judged(self):
        def round_of(replaced):
            depots = self.enterContext(Depots("1.10.8-plain"))
            self.assertEqual(depots.relocate("--allow-build-scripts").returncode, 0)
            bad = self.bad_image(depots.shared)
            good = next(p for p in bad.parent.glob("*.ji") if p != bad).read_bytes()
            self.run_against(replace_until, (bad, good, replaced),
                             ["prune", "--delete", "--allow-build-scripts", depots.shared])
            return lambda: self.assertEqual(bad.read_bytes(), good)
        self.replace_during(round_of)

    def test_what_moves_is_replaced_meanwhile_and_stays_then(self):
        def round_of(replaced):
            depots = self.enterContext(Depots("1.10.8-plain"))
            image = depots.image("Leaf")
            other = bytes(reversed(image.read_bytes()))  # as long
            self.run_against(replace_until, (image, other, replaced),
                             ["relocate", "--from", depots.user, "--to", depots.shared, "--map",
                              f"/home/pkgeval/.julia={depots.shared}", "--allow-build-scripts", "--move"])

            def check():
                self.assertTrue(image.exists(), "what had come after the judgement is gone")
                self.assertEqual(image.read_bytes(), other)
            return check
        self.replace_during(round_of)

    def test_others_work_in_the_depot_while_it_is_judged(self):
        with Depots("1.10.8-plain") as depots:
            self.assertEqual(depots.relocate("--allow-build-scripts").returncode, 0)
            top = depots.image("Top", depots.shared)
            for path in top.parent.glob("*"):
                path.unlink()
            good = identities(depots.shared)
            package = next((depots.shared / "packages/Leaf").iterdir())
            bad = package.with_name("zzzzz")
            shutil.copytree(package, bad)
            huge = add_huge(bad)
            prune = subprocess.Popen([JIRELOC, "prune", "--delete", "--allow-build-scripts", depots.shared],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertTrue(stop_at(prune, huge), "it was not seen at work")
            try:
                run = depots.relocate("--allow-build-scripts", "--lock-timeout", "0")
            finally:
                prune.send_signal(signal.SIGCONT)
            _, said = prune.communicate()
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(depots.status()["Top"], "relocated")
            self.assertIn(prune.returncode, (0, 1), said)
            self.assertFalse(bad.exists())
            self.assertTrue(top.exists(), "what had come after the judgement is gone")
            self.assert_all_there(good, depots.shared)

    def test_a_package_that_moves_is_exchanged_with_one_of_another(self):
        for _ in range(ROUNDS):
            with Depots("1.10.8-plain") as depots:
                package = next((depots.user / "packages/Leaf").iterdir())
                tree = self.outside_tree()
                outside = identities(self.outside)
                self.run_against(exchange_until, (package, tree, multiprocessing.Value("i", 0)),
                                 ["relocate", "--from", depots.user, "--to", depots.shared, "--map",
                                  f"/home/pkgeval/.julia={depots.shared}", "--allow-build-scripts", "--move"])
                self.assert_all_there(outside, self.outside, depots.user)
                shutil.rmtree(tree, ignore_errors=True)


if __name__ == "__main__":
    unittest.main()
