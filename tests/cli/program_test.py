"""The program as scripts and people use it: exit statuses, what is said where, hostile names, ends of pipes."""
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from support import CORPUS, JIRELOC, NEW, OLD, image, run, with_names_changed


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def copy(self, name, package="Leaf", source=OLD):
        target = os.path.join(os.fsencode(self.folder), os.fsencode(name))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(image(source, package), target)
        return target

    # ---- statuses and the commands themselves

    def test_help_and_version_are_well(self):
        for arguments in (["--help"], ["help"], ["help", "inspect"], ["inspect", "--help"], ["--version"]):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertTrue(done.stdout)

    def test_the_manual_page_and_the_completions_know_every_command_and_option(self):
        page = run("help", "--man").stdout.decode().replace("\\-", "-")
        completions = run("help", "--bash-completion").stdout.decode()
        overview = run("help").stdout.decode().split("Commands:\n")[1].split("\n\n")[0]
        commands = [line.split()[0] for line in overview.splitlines()]
        self.assertIn("inspect", commands)
        for command in commands:
            self.assertIn(f'.SS "jireloc {command} ', page)
            for option in re.findall(r"^  (?:-.,|   ) (--[a-z-]+)", run("help", command).stdout.decode(), re.M):
                self.assertIn(f"\\fB{option}\\fR", page)
                self.assertRegex(completions, rf"\b{command}\) words=\"[^\"]*{option}[ \"]")
        self.assertEqual(subprocess.run(["bash", "-n"], input=completions.encode()).returncode, 0)

    def test_wrong_usage_is_2_and_says_what_is_wrong(self):
        for arguments in ([], ["inspekt", "x"], ["inspect"], ["inspect", "--no-such", "x"], ["-j2"], ["help", "x"],
                          ["inspect", "--section", "nothing", "x"], ["inspect", "--header", "--verify", "x"]):
            with self.subTest(arguments):
                done = run(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, b""))
                self.assertRegex(done.stderr, rb"^jireloc: ")

    def test_an_unknown_command_suggests_the_nearest(self):
        self.assertIn(b"did you mean 'inspect'", run("inspet", "x").stderr)
        self.assertNotIn(b"did you mean", run("qwerty", "x").stderr)

    def test_an_unknown_option_suggests_the_nearest_or_the_command_that_has_it(self):
        self.assertIn(b"scan has no option '--mpa'; did you mean '--map'?", run("scan", "--mpa", "x").stderr)
        self.assertIn(b"did you mean '--max-size'?", run("scan", "--max-s=1", "x").stderr)
        self.assertIn(b"scan has no option '--from'; relocate, unpack have it", run("scan", "--from", "x").stderr)
        self.assertIn(b"scan has no option '--expect-digest'; unpack has it", run("scan", "--expect-digest", "x").stderr)
        self.assertRegex(run("scan", "--qwertyuiop", "x").stderr, rb"scan has no option '--qwertyuiop'\n")
        self.assertRegex(run("scan", "-y", "x").stderr, rb"scan has no option '-y'\n")

    def test_a_bad_file_neither_hides_the_good_ones_nor_the_status(self):
        good, bad = self.copy("good.ji"), self.copy("bad.ji")
        with open(bad, "r+b") as file:
            file.truncate(300)
        done = run("inspect", "--json", bad, good, self.folder / "absent.ji")
        self.assertEqual(done.returncode, 3)
        first, second, third = map(json.loads, done.stdout.splitlines())
        self.assertEqual([first["status"], second["status"], third["status"]], ["failed", "ok", "failed"])
        self.assertEqual(first["reasons"][0]["code"], "truncated")
        self.assertEqual(third["reasons"][0]["code"], "io")
        self.assertEqual(len(done.stderr.splitlines()), 2)
        self.assertRegex(done.stderr, rb"jireloc: .*bad\.ji: offset \d+: ")

    def test_a_checksum_that_does_not_hold_is_a_finding(self):
        path = self.copy("x.ji")
        data = bytearray(pathlib.Path(os.fsdecode(path)).read_bytes())
        data[-40] ^= 1
        pathlib.Path(os.fsdecode(path)).write_bytes(data)
        done = run("inspect", "--json", path)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout)["status"], "damaged")
        self.assertFalse(json.loads(done.stdout)["file_crc_ok"])

    # ---- what an image is

    def test_folders_are_searched_for_images_and_the_rest_is_said_once(self):
        self.copy("depot/compiled/v1.5/Leaf/D4iCS_abcde.ji")
        self.copy("depot/compiled/v1.5/Leaf/D4iCS_without")  # Julia <= 1.8 loads these
        self.copy("depot/compiled/v1.9/Leaf/D4iCS_without")
        self.copy("depot/elsewhere/v1.5/Leaf/D4iCS_without")
        (self.folder / "depot/compiled/v1.5/Leaf/D4iCS_text").write_text("text")
        (self.folder / "depot/other.ji").write_text("no magic here")
        (self.folder / "depot/left.ji").touch()
        os.symlink(self.folder / "depot", self.folder / "depot/loop")
        os.symlink(self.folder / "depot/compiled/v1.5/Leaf/D4iCS_abcde.ji", self.folder / "depot/link.ji")
        done = run("inspect", "--json", self.folder / "depot")
        self.assertEqual(done.returncode, 0)
        found = [os.path.relpath(json.loads(line)["path"], self.folder / "depot")
                 for line in done.stdout.splitlines()]
        self.assertEqual(found, ["compiled/v1.5/Leaf/D4iCS_abcde.ji", "compiled/v1.5/Leaf/D4iCS_without"])
        self.assertEqual([line.rsplit(b"/", 1)[1] for line in done.stderr.splitlines()],
                         [b"left.ji: an empty leftover; skipped", b"other.ji: not a cache file; skipped"])

    def test_names_below_a_version_folder_count_also_when_it_lies_above_the_path_given(self):
        self.copy("compiled/v1.5/Leaf/D4iCS_without")
        for given in ("compiled/v1.5/Leaf", "compiled/v1.5/Leaf/", "compiled/v1.5", "."):
            with self.subTest(given):
                done = run("inspect", "--json", given, cwd=self.folder)
                self.assertEqual(len(done.stdout.splitlines()), 1)

    def test_files_given_by_name_must_be_images(self):
        (self.folder / "text.ji").write_text("text")
        (self.folder / "empty.ji").touch()
        os.mkfifo(self.folder / "fifo.ji")
        for name, reason in (("text.ji", b"not a cache file"), ("empty.ji", b"empty"), ("fifo.ji", b"regular file")):
            with self.subTest(name):
                done = run("inspect", self.folder / name)
                self.assertEqual(done.returncode, 3)
                self.assertIn(reason, done.stderr)

    def test_links_given_by_name_are_followed(self):
        os.symlink(image(OLD, "Leaf"), self.folder / "link.ji")
        os.symlink(OLD, self.folder / "folder")
        done = run("inspect", "--json", self.folder / "link.ji", self.folder / "folder")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(done.stdout.splitlines()), 6)

    def test_a_folder_without_images_is_said(self):
        done = run("inspect", self.folder)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.assertIn(b"no cache files", done.stderr)

    def test_a_folder_that_cannot_be_read_is_said_and_counted(self):
        # Deeper than a path may be long: cannot be opened even by root.
        here = os.open(self.folder, os.O_RDONLY)
        for _ in range(25):
            os.mkdir("x" * 200, dir_fd=here)
            below = os.open("x" * 200, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)
        self.copy("z.ji")
        done = run("inspect", "--json", self.folder)
        self.assertEqual(done.returncode, 3)
        statuses = [json.loads(line)["status"] for line in done.stdout.splitlines()]
        self.assertEqual(statuses, ["failed", "ok"])
        self.assertIn(b"open folder", done.stderr)
        subprocess.run(["rm", "-rf", self.folder / ("x" * 200)], check=True)

    # ---- lists, order, threads

    def test_names_are_read_from_a_list_with_newlines_or_nuls(self):
        odd = self.copy("a\nb.ji")
        plain = self.copy("plain.ji", "Top")
        done = run("inspect", "--json", "-0", "--files-from", "-", input=odd + b"\0" + plain + b"\0")
        self.assertEqual([json.loads(line)["path"] for line in done.stdout.splitlines()],
                         [os.fsdecode(odd), os.fsdecode(plain)])
        listed = self.folder / "list"
        listed.write_bytes(plain + b"\n\n" + plain)
        self.assertEqual(len(run("inspect", "--json", "--files-from", listed).stdout.splitlines()), 2)
        self.assertEqual(run("inspect", "--files-from", self.folder / "absent").returncode, 3)
        self.assertEqual(run("inspect", "--files-from", "/dev/null").returncode, 0)

    def test_the_output_is_the_same_for_every_number_of_threads(self):
        outputs = {run("inspect", f"-j{jobs}", CORPUS).stdout for jobs in (1, 2, 9)}
        self.assertEqual(len(outputs), 1)
        self.assertGreater(len(outputs.pop()), 100000)

    def test_one_document_holds_what_the_lines_hold(self):
        lines = run("inspect", "--json", OLD).stdout.splitlines()
        self.assertEqual(json.loads(run("inspect", "--json=array", OLD).stdout), [json.loads(line) for line in lines])
        self.assertEqual(run("inspect", "--json=array", "--files-from", "/dev/null").stdout, b"[]\n")

    def test_paths_in_json_are_absolute_as_given(self):
        self.copy("a/x.ji")
        done = run("inspect", "--json", "./a/../a/x.ji", cwd=self.folder)
        self.assertEqual(json.loads(done.stdout)["path"], f"{self.folder}/a/../a/x.ji")

    # ---- hostile names

    def test_names_never_reach_the_output_raw(self):
        name = b"esc\x1b[2J\n\xff\x9b\xe2\x80\xae.ji"
        path = self.copy(name)
        os.truncate(self.copy(b"bad" + name), 100)
        done = run("inspect", self.folder)
        self.assertEqual(done.returncode, 3)
        shown = b"esc\\x1b[2J\\n\\xff\\x9b\\xe2\\x80\\xae.ji"
        self.assertIn(shown, done.stdout)
        self.assertIn(b"bad" + shown, done.stderr)
        for byte in (b"\x1b", b"\xff", b"\x9b", b"\xe2\x80\xae"):
            self.assertNotIn(byte, done.stdout + done.stderr)
        told = json.loads(run("inspect", "--json", path).stdout.decode("utf-8"))
        self.assertEqual(bytes.fromhex(told["path_hex"]), path)

    def test_names_recorded_in_an_image_are_made_printable_too(self):
        path = self.folder / "x.ji"
        path.write_bytes(with_names_changed(image(OLD, "Leaf"), b"src/inner.jl", b"src/\x1b[1m\xff.jl"))
        done = run("inspect", path)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"src/\\x1b[1m\\xff.jl", done.stdout)
        self.assertNotIn(b"\x1b", done.stdout)
        told = json.loads(run("inspect", "--json", path).stdout.decode("utf-8"))
        recorded = [bytes.fromhex(entry["path_hex"]) for entry in told["includes"] if "path_hex" in entry]
        self.assertTrue(recorded[0].endswith(b"src/\x1b[1m\xff.jl"))

    def test_a_source_text_is_made_printable_on_a_terminal_alone(self):
        path = self.folder / "x.ji"
        path.write_bytes(with_names_changed(image(OLD, "Leaf"), b"module Inner", b"module I\x1b[2J"))
        name = "--source=src/Leaf.jl"
        self.assertIn(b"I\x1b[2J", run("inspect", name, path).stdout)
        shown = self.on_terminal([JIRELOC, "inspect", name, path])
        self.assertIn(b"I\\x1b[2J", shown)
        self.assertNotIn(b"\x1b", shown)

    def on_terminal(self, arguments):
        """Everything a command writes to a terminal."""
        main, terminal = pty.openpty()
        process = subprocess.Popen(arguments, stdout=terminal, stderr=terminal, stdin=terminal)
        os.close(terminal)
        output = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:  # EIO: the other end is closed
                piece = b""
            if not piece:
                break
            output += piece
        os.close(main)
        process.wait()
        return output

    def test_colour_is_for_terminals_unless_asked_for(self):
        path = image(OLD, "Leaf")
        self.assertIn(b"\x1b[1m", self.on_terminal([JIRELOC, "inspect", path]))
        self.assertNotIn(b"\x1b", self.on_terminal([JIRELOC, "inspect", "--color=never", path]))
        self.assertNotIn(b"\x1b", run("inspect", path).stdout)
        self.assertIn(b"\x1b[1m", run("inspect", "--color=always", path).stdout)

    def test_paths_are_links_where_there_are_colours_and_a_terminal(self):
        path = self.copy("a b/x%.ji")
        shown = self.on_terminal([JIRELOC, "inspect", path])
        link = f"\x1b]8;;file://{os.uname().nodename}{self.folder}/a%20b/x%25.ji\x1b\\{os.fsdecode(path)}\x1b]8;;\x1b\\"
        self.assertIn(link, shown.decode())
        self.assertIn(link, self.on_terminal([JIRELOC, "scan", path]).decode())
        self.assertNotIn(b"\x1b]8", self.on_terminal([JIRELOC, "inspect", "--color=never", path]))
        self.assertNotIn(b"\x1b]8", run("inspect", "--color=always", path).stdout)
        damaged = self.copy("damaged.ji")
        os.truncate(damaged, 300)
        checked = self.on_terminal([JIRELOC, "check", damaged])
        self.assertIn(b"/damaged.ji\x1b\\" + damaged + b"\x1b]8;;", checked)
        leaf = self.copy("depot/compiled/v1.5/Leaf/x.ji")
        depot = os.path.join(self.folder, "depot")
        for command in (["rewrite", "-v", "--map=/nowhere=/x", leaf], ["prune", "-v", depot],
                        ["relocate", "-v", "--dry-run", "--from", depot, "--to", os.path.join(self.folder, "to")]):
            self.assertIn(b"/depot/compiled/v1.5/Leaf/x.ji\x1b\\" + leaf, self.on_terminal([JIRELOC, *command]), command)

    # ---- ends

    def test_a_closed_pipe_ends_the_program_quietly(self):
        process = subprocess.Popen([JIRELOC, "inspect", "--files-from", "-"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        _, said = process.communicate(os.fsencode(image(OLD, "Leaf")) * 1 + b"\n" + os.fsencode(CORPUS))
        self.assertEqual((process.returncode, said), (-signal.SIGPIPE, b""))

    def test_a_failed_write_is_3_and_said(self):
        with open("/dev/full", "wb") as full:
            done = run("inspect", OLD, stdout=full)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"standard output", done.stderr)

    def test_a_closed_standard_output_is_3_and_no_file_takes_its_place(self):
        done = subprocess.run(["sh", "-c", 'exec "$0" inspect "$1" >&-', JIRELOC, image(OLD, "Leaf")],
                              stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"standard output", done.stderr)

    def test_signals_end_the_program_with_their_number(self):
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = subprocess.Popen([JIRELOC, "inspect", "--json", "--files-from", "-"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
            # Enough output to fill the program's buffer: then it has begun.
            process.stdin.write((os.fsencode(CORPUS) + b"\n") * 3)
            process.stdin.flush()
            process.stdout.read(1)
            process.send_signal(number)
            process.stdout.read()
            self.assertEqual(process.wait(10), status)
            process.stdin.close()
            process.stdout.close()

    # ---- compressed at rest

    def compressed(self, name, data, *options):
        path = self.folder / name
        subprocess.run(["zstd", "-q", *options, "-o", path], input=data, check=True)
        return path

    def test_compressed_images_are_read_directly(self):
        data = image(NEW, "Leaf").read_bytes()
        path = self.compressed("x.ji.zst", data)
        plain, packed = run("inspect", "--json", image(NEW, "Leaf")), run("inspect", "--json", self.folder)
        self.assertEqual(packed.returncode, 0)
        told, expected = json.loads(packed.stdout), json.loads(plain.stdout)
        self.assertEqual(told.pop("path"), str(path))
        expected.pop("path")
        self.assertEqual(told, expected)

    def memory_of(self, *arguments):
        """Status, standard error and the largest resident size in bytes."""
        process = subprocess.Popen([JIRELOC, *arguments], stderr=subprocess.PIPE)
        said = process.stderr.read()
        process.stderr.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, said, usage.ru_maxrss << 10

    def test_bombs_are_refused_whether_they_say_their_size_or_not(self):
        # Sanitizers need memory of their own. Not looked for in here: a child is begun with the size of this process.
        sanitized = subprocess.run(["grep", "-qE", "__(asan|tsan)_init", JIRELOC]).returncode == 0
        zeros = self.folder / "zeros"
        # Not made in here: the kernel counts what this process once had as its children's.
        subprocess.run(["truncate", "-s", "64M", zeros], check=True)
        subprocess.run(["zstd", "-q", zeros, "-o", self.folder / "announced.ji.zst"], check=True)
        with open(zeros, "rb") as source, open(self.folder / "silent.ji.zst", "wb") as target:
            subprocess.run(["zstd", "-q"], stdin=source, stdout=target, check=True)
        for name in ("announced.ji.zst", "silent.ji.zst"):
            with self.subTest(name):
                # What is announced is refused before anything is decompressed.
                limit = "40M" if name == "announced.ji.zst" else "1M"
                status, said, memory = self.memory_of("inspect", "--max-size", limit, self.folder / name)
                self.assertEqual(status, 3)
                self.assertIn(b"--max-size", said)
                if not sanitized:
                    self.assertLess(memory, 32 << 20)

    def test_damaged_and_cut_compressed_files_are_said(self):
        path = self.compressed("x.ji.zst", image(NEW, "Leaf").read_bytes())
        data = path.read_bytes()
        for bad, why in ((data[:-9], b"ends early"), (data[:60] + b"\xff" * 9 + data[69:], b"zstd: "),
                         (b"", b"ends early"), (b"no zstd", b"not compressed with zstd")):
            path.write_bytes(bad)
            done = run("inspect", path)
            self.assertEqual(done.returncode, 3)
            self.assertRegex(done.stderr, rb"x\.ji\.zst: .*" + why)


if __name__ == "__main__":
    unittest.main()
