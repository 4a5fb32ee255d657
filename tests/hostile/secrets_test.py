"""Files that an image or a link in a depot leads to, and that are nobody's business: neither their content nor a
checksum of it is in anything that any command says.

Whoever can write a depot chooses what its images name; whoever runs jireloc over it (root, from cron, with a log
that all may read) can read more.
"""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "cli"))
from support import crc32c  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
CORPUS = Path(os.environ["JIRELOC_CORPUS"])
MAKER = Path(os.environ["JIRELOC_SOURCE"]) / "tests/support/fixture.py"
UUID = "5a0be500-0000-4000-8000-0000000000d1"
WORD, TOKEN = "hunter2", "tr0ub4dor"
SHADOW = f"root:$6${WORD}$Qq:19000:0:99999:7:::\n"
# A text that parses, with keys that jireloc looks for.
CREDENTIALS = f"""name = "{TOKEN}name"
uuid = "{TOKEN}uuid"
version = "{TOKEN}version"
julia_version = "{TOKEN}julia"
syntax.julia_version = "{TOKEN}syntax"

[registry]
token = "{TOKEN}"
other = 1
{TOKEN}key = "x"

[deps]
{TOKEN}dep = "{TOKEN}value"
"""


# A sanitized program is looked at for what it touches: there each case but the first has the commands in one of both
# forms, text or JSON. The other build has all of them.
SANITIZED = b"__asan_init" in Path(JIRELOC).read_bytes()
if SANITIZED:
    print("sanitized: each case with the commands in text or in JSON, not both", file=sys.stderr)


class Secrets(unittest.TestCase):
    cases = 0

    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="j", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.top)
        self.shadow, self.credentials = self.top / "shadow", self.top / "credentials"
        self.shadow.write_text(SHADOW)
        self.credentials.write_text(CREDENTIALS)
        self.depot, self.environment = self.top / "u", self.top / "u/environments/e"
        self.package = self.depot / "packages/registry/abcde"
        (self.package / "src").mkdir(parents=True)
        (self.package / "src/registry.jl").write_text("module registry end\n")
        (self.package / "Project.toml").write_text(f'name = "registry"\nuuid = "{UUID}"\n')
        self.environment.mkdir(parents=True)
        (self.environment / "Project.toml").write_text(f'[deps]\nregistry = "{UUID}"\n')
        (self.environment / "Manifest.toml").write_text(
            f'manifest_format = "2.0"\n[[deps.registry]]\npath = "{self.package}"\nuuid = "{UUID}"\n')

    def make_image(self, named, layout="V12b", version="1.12.0", preferences="preference token\npreferences-hash 0x1",
                   split=False):
        folder = self.depot / "compiled" / ("v" + version[:4]) / "registry"
        shutil.rmtree(self.depot / "compiled", ignore_errors=True)
        folder.mkdir(parents=True)
        text = [f"layout {layout}", f"julia uname=Linux arch=x86_64 version={version} branch=b commit=c", "flags 0x22",
                f"module registry uuid={UUID} build-id=0x1",
                f'include {self.package}/src/registry.jl fsize=auto hash=auto mtime=-1 text="module registry end\\n"',
                f"include {named} fsize={named.stat().st_size} hash=0x1 mtime=-1", preferences, "required Base build-id=0xfdfcfbfa33333333:0x2", "payload-zeros 200", "expect ok"]
        if split:
            text = text[:2] + ["flags 0xA3", "checksum 0xfafbfcfd00000001"] + text[3:-2] + ["target generic", "so-crc 0x1", "expect ok"]
        (folder / "aaaaa_bbbbb.txt").write_text("\n".join(text) + "\n")
        made = subprocess.run([sys.executable, "-B", MAKER, folder, "--into", folder], capture_output=True, text=True, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        (folder / "aaaaa_bbbbb.txt").unlink()
        found, = folder.rglob("*.ji")
        return found

    def outputs(self):
        """All that the commands say, by the command."""
        Secrets.cases += 1
        forms = [[], ["--json"]] if not SANITIZED or Secrets.cases == 1 else [[["--json"], []][Secrets.cases % 2]]
        compiled, shared = self.depot / "compiled", self.top / "s"
        check = ["check", "--depot", self.depot, "--project", self.environment]
        commands = [[*check, *more, *json, compiled] for json in forms for more in ([], ["--content"])]
        commands += [[*check, "--explain", "registry"]]
        for json in forms:
            commands += [["inspect", "--verify", *json, compiled], ["scan", *json, "--path", "/", compiled],
                         ["rewrite", "--map", f"{self.depot}=/usr/share/j", "--mtime", "files", *json, "--dry-run", compiled],
                         ["rewrite", "--map", f"{self.depot}={self.depot}", "--experimental", "--mtime", "files", *json,
                          "-o", self.top / "o", compiled],
                         ["relocate", "--from", self.depot, "--to", shared, *json],
                         ["prune", *json, self.depot]]
        for command in commands:
            environment = {key: value for key, value in os.environ.items() if key != "JULIA_DEPOT_PATH"}
            done = subprocess.run([JIRELOC, *map(str, command)], capture_output=True, env=environment, timeout=300, check=False)
            self.assertIn(done.returncode, (0, 1, 2, 3), done.stderr)
            yield " ".join(map(str, command)), (done.stdout + done.stderr).decode(errors="replace")
        shutil.rmtree(shared, ignore_errors=True)

    def assert_nothing_is_told(self):
        told = [WORD, TOKEN]
        for text in SHADOW, CREDENTIALS:
            data = text.encode()
            told += [f"{crc32c(data):08x}", hashlib.sha1(data).hexdigest(),
                     hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()]
        for command, output in self.outputs():
            for word in told:
                self.assertNotIn(word, output, command)

    def test_of_a_file_that_an_image_names(self):
        self.make_image(self.shadow)
        self.assert_nothing_is_told()

    def test_of_a_file_that_a_recorded_link_leads_to(self):
        (self.package / "data").symlink_to(self.shadow)
        self.make_image(self.package / "data")
        self.assert_nothing_is_told()

    def test_of_project_files_that_are_links(self):
        self.make_image(self.shadow)
        package, project = self.package / "Project.toml", self.environment / "Project.toml"
        manifest, local = self.environment / "Manifest.toml", self.environment / "LocalPreferences.toml"
        # What does not parse can hide what is read after it, so each is the only such one.
        for links in ({package: self.shadow}, {project: self.shadow}, {manifest: self.shadow},
                      {package: self.credentials, local: self.shadow},
                      {project: self.credentials, local: self.credentials}, {manifest: self.credentials}):
            with self.subTest(links=[f"{name.parent.name}/{name.name}: {secret.name}" for name, secret in links.items()]):
                kept = {name: name.read_bytes() for name in links if name.exists()}
                for name, secret in links.items():
                    name.unlink(missing_ok=True)
                    name.symlink_to(secret)
                self.assert_nothing_is_told()
                for name in links:
                    name.unlink()
                for name, content in kept.items():
                    name.write_bytes(content)

    def test_of_preferences_whose_file_is_a_link(self):
        (self.environment / "LocalPreferences.toml").symlink_to(self.credentials)
        blob = f'preferences-blob "[{UUID}]\\ntoken = \\"a\\"\\n\\n[unset]\\n{UUID} = [\\"other\\"]\\n"'
        for layout, version, preferences in (("V12a", "1.10.8", "preference token\npreferences-hash 0x1"),
                                             ("V12b", "1.12.0", "preference token\npreferences-hash 0x1"),
                                             ("V12c", "1.13.0", blob)):
            with self.subTest(version=version):
                self.make_image(self.shadow, layout, version, preferences)
                self.assert_nothing_is_told()

    def test_of_a_library_that_is_a_link(self):
        image = self.make_image(self.shadow, split=True)
        image.with_suffix(".so").symlink_to(self.shadow)
        self.assert_nothing_is_told()


if __name__ == "__main__":
    unittest.main()
