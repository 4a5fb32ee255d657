"""What tests of bundles share: a depot of the corpus that is packed and unpacked."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from corpus_depots import Depots  # noqa: E402


def files_of(depot, but=()):
    """Path, content and time of everything in a depot, temporary files among them; the lock and records left out."""
    found = {}
    for path in sorted(Path(depot).rglob("*")):
        name = str(path.relative_to(depot))
        if name in (".jireloc-lock", "compiled/.jireloc-order", "compiled/.jireloc-index", *but) or (path.is_dir() and not path.is_symlink()):
            continue
        content = os.readlink(path) if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
        found[name] = (content, path.lstat().st_mtime_ns)
    return found


class BundleCase(unittest.TestCase):
    def depots(self, folder="1.10.8-plain"):
        depots = Depots(folder)
        self.addCleanup(depots.__exit__)
        depots.bundle = depots.top / "layer.jlb.tar.zst"
        return depots

    def pack(self, depots, *options, output=None):
        run = depots.run("pack", str(depots.user), "-o", str(output or depots.bundle), "--allow-build-scripts", "--json", *options)
        self.assertIn(run.returncode, (0, 1), run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()], run

    def unpack(self, depots, target, *options, bundle=None):
        run = depots.run("unpack", str(bundle or depots.bundle), "--to", str(target), "--allow-build-scripts", "--json", *options)
        return [json.loads(line) for line in run.stdout.splitlines()], run

    def fresh(self, depots, target, count):
        check = depots.run("check", "--json", "--content", "--depot", str(target), str(target / "compiled"))
        told = [json.loads(line) for line in check.stdout.splitlines()]
        self.assertEqual(len(told), count, check.stderr)
        self.assertEqual({(image["verdict"], image["loads"]) for image in told}, {("fresh", True)}, check.stdout)

    def manifest(self, depots, bundle):
        return json.loads(subprocess.run(["tar", "--zstd", "-xOf", bundle, "jireloc-bundle.json"], capture_output=True, check=True).stdout)

    def small(self):
        depots = self.depots("1.5.3-plain")
        self.pack(depots, "--package", "Leaf", "--level", "19")
        return depots, depots.bundle.read_bytes()

    def project(self, depots, julia="1.10.8", but=()):
        """A project that wants all packages of the depot."""
        folder = depots.top / "project"
        folder.mkdir(exist_ok=True)
        (folder / "Project.toml").write_text("")
        text = f'julia_version = "{julia}"\nmanifest_format = "2.0"\n\n[deps]\n'
        self.pack(depots, output=depots.top / "all")
        packages = {package["name"]: package for package in self.manifest(depots, depots.top / "all")["packages"]}
        for name, package in packages.items():
            if name not in but:
                text += f'\n[[deps.{name}]]\ngit-tree-sha1 = "{package["tree"]}"\nuuid = "{package["uuid"]}"\nversion = "{package["version"]}"\n'
        (folder / "Manifest.toml").write_text(text)
        return folder, sorted(name for name in packages if name not in but)

    def folder_of_all(self, depots):
        """A folder with one bundle, of all that the user's depot has, and its index."""
        folder = depots.top / "bundles"
        folder.mkdir()
        shutil.copy(depots.top / "all", folder / "all.jlb.tar.zst")
        self.assertEqual(depots.run("pack", "--index", str(folder)).returncode, 0)
        return folder

    def from_folder(self, depots, folder, project, *options, target=None):
        run = depots.run("unpack", "--from", str(folder), "--project", str(project), "--to", str(target or depots.shared),
                         "--allow-build-scripts", "--json", *options)
        items = [json.loads(line) for line in run.stdout.splitlines()]
        return {item["name"]: item for item in items if item["kind"] == "wanted"}, items, run
