"""For tests of what is built: commands that must succeed, and what kind of build this is."""
import subprocess


def run(*command, **more):
    ran = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    if ran.returncode != 0:
        raise AssertionError(f"{command}: {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def is_sanitized(build):
    cache = (build / "CMakeCache.txt").read_text()
    return any(line.startswith("JIRELOC_SANITIZE:") and not line.endswith("=") for line in cache.splitlines())
