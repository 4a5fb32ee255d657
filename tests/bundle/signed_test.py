"""Bundles that the user's own tool vouches for: a made-up one, and the two that the documentation names."""
import hashlib
import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from bundle_case import BundleCase  # noqa: E402


class Signed(BundleCase):
    def test_a_bundle_is_read_only_if_the_users_tool_vouches_for_it(self):
        depots, data = self.small()
        tool, said = depots.top / "tool", depots.top / "said"
        tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {said}; sha256sum | cut -d " " -f 1 >> {said}; echo checked; exit "$1"\n')
        tool.chmod(0o755)
        digest = hashlib.sha256(data).hexdigest()
        for command, words in ((f"{tool} 0 '$HOME'", ["0", "'$HOME'", str(depots.bundle)]), (f"{tool}  0 {{}}.sig -p", ["0", f"{depots.bundle}.sig", "-p"])):
            run = depots.run("unpack", str(depots.bundle), "--verify-only", "--json", "--verify-with", command)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(json.loads(run.stdout)["sha256"], digest)
            self.assertEqual(run.stderr, "checked\n")
            self.assertEqual(said.read_text().splitlines(), [*words, digest])
        items, run = self.unpack(depots, depots.shared, "--verify-with", f"{tool} 7")
        self.assertEqual((run.returncode, items, depots.shared.exists()), (3, [], False), run.stderr)
        self.assertIn("exit status 7", run.stderr)
        items, run = self.unpack(depots, depots.shared, "--verify-with", f"{depots.top}/none")
        self.assertEqual((run.returncode, depots.shared.exists()), (3, False), run.stderr)
        for options in (["-", "--verify-with", f"{tool} 0"], [str(depots.bundle), "--verify-with", " "]):
            self.assertEqual(depots.run("unpack", *options, "--to", str(depots.shared)).returncode, 2)
        tool.write_text(f"#!/bin/sh\necho x >> {depots.bundle}\n")
        items, run = self.unpack(depots, depots.shared, "--verify-with", str(tool))
        self.assertEqual((run.returncode, items, depots.shared.exists()), (3, [], False), run.stderr)
        self.assertIn("changed", run.stderr)
        depots.bundle.write_bytes(data)
        tool.write_text("#!/bin/sh\n")
        items, run = self.unpack(depots, depots.shared, "--verify-with", str(tool))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.fresh(depots, depots.shared, 1)

    def refused_unless_signed(self, command, sign, sign_otherwise):
        """`sign()` signs the bundle, `sign_otherwise()` does with a key that nobody trusts."""
        depots, data = self.small()
        command = command.replace("KEYS", str(depots.top))

        def unpacked():
            items, run = self.unpack(depots, depots.shared, "--verify-with", command)
            self.assertEqual((run.returncode == 0, bool(items)), (depots.shared.exists(),) * 2, run.stderr)
            return run.returncode

        self.assertEqual(unpacked(), 3, "there is no signature")
        sign_otherwise(depots)
        self.assertEqual(unpacked(), 3, "by another key")
        sign(depots)
        depots.bundle.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        self.assertEqual(unpacked(), 3, "another file than was signed")
        depots.bundle.write_bytes(data)
        self.assertEqual(unpacked(), 0)
        self.fresh(depots, depots.shared, 1)

    def run_quietly(self, *command, **options):
        run = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
        self.assertEqual(run.returncode, 0, run.stderr)

    @unittest.skipUnless(shutil.which("ssh-keygen"), "ssh-keygen is not installed")
    def test_a_signature_by_ssh_keygen_is_held_against_the_bundle(self):
        def sign_by(depots, key):
            path = depots.top / key
            if not path.exists():
                self.run_quietly("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path)
            signature = Path(f"{depots.bundle}.sig")
            signature.unlink(missing_ok=True)
            self.run_quietly("ssh-keygen", "-q", "-Y", "sign", "-f", path, "-n", "file", depots.bundle)

        def sign(depots):
            sign_by(depots, "key")
            (depots.top / "allowed_signers").write_text(f"builder@example.org {(depots.top / 'key.pub').read_text()}")

        def sign_otherwise(depots):
            sign(depots)
            sign_by(depots, "other")

        self.refused_unless_signed("ssh-keygen -Y verify -f KEYS/allowed_signers -I builder@example.org -n file -s {}.sig", sign,
                                   sign_otherwise)

    @unittest.skipUnless(shutil.which("minisign"), "minisign is not installed")
    def test_a_signature_by_minisign_is_held_against_the_bundle(self):
        def sign_by(depots, key):
            public, secret = depots.top / f"{key}.pub", depots.top / f"{key}.key"
            if not secret.exists():
                self.run_quietly("minisign", "-G", "-W", "-p", public, "-s", secret)
            self.run_quietly("minisign", "-S", "-s", secret, "-m", depots.bundle)

        def sign_otherwise(depots):
            sign_by(depots, "builder")
            sign_by(depots, "other")

        self.refused_unless_signed("minisign -V -p KEYS/builder.pub -m", lambda depots: sign_by(depots, "builder"), sign_otherwise)


if __name__ == "__main__":
    unittest.main()
