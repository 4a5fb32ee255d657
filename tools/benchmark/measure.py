"""Runs commands in turns and keeps what each run cost."""
import dataclasses
import json
import os
import statistics
import subprocess
import tempfile
import time
from typing import Callable, Optional


@dataclasses.dataclass
class Run:
    wall: float  # seconds
    cpu: float  # seconds of user and system time, children included
    peak_rss: int  # bytes


@dataclasses.dataclass
class Contender:
    """One way to do a case's work. `prepare` runs before each measured run, and is not measured."""

    name: str
    command: object  # list of arguments, or a function that returns a Run
    prepare: Optional[Callable[[], None]] = None
    cwd: Optional[str] = None
    env: Optional[dict] = None
    statuses: tuple = (0,)  # exit statuses that mean success
    stdin: Optional[bytes] = None
    runs: list = dataclasses.field(default_factory=list)

    def median(self, field="wall"):
        return statistics.median(getattr(run, field) for run in self.runs)


class Failed(Exception):
    """A command that should have succeeded did not."""


HELPER = None  # the path of bench-helper, which starts what is measured
EMPTY_CACHES = None  # called before each measured run where caches shall be cold


def start(contender, prefix=()):
    environment = dict(os.environ, **contender.env) if contender.env else None
    return subprocess.Popen([*prefix, *contender.command], cwd=contender.cwd, env=environment,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            stdin=subprocess.PIPE if contender.stdin else subprocess.DEVNULL)


def run_once(contender):
    """One measured run; children's time counts, as a shell's `time` does it."""
    if contender.prepare:
        contender.prepare()
    if EMPTY_CACHES:
        EMPTY_CACHES()
    if callable(contender.command):
        return contender.command()
    with tempfile.NamedTemporaryFile() as cost_file:
        process = start(contender, (HELPER, "measure", cost_file.name))
        _, errors = process.communicate(contender.stdin)
        text = cost_file.read().decode()
    cost = json.loads(text) if text else {"status": "none"}
    status = cost.pop("status")
    if status not in contender.statuses:
        raise Failed(f"{contender.name}: exit status {status}: {errors.decode(errors='replace')[-400:]}")
    return Run(**cost)


def interleave(contenders, repetitions, warm=True):
    """Every contender once a round, so that what the machine does meanwhile meets all alike. Each round begins with
    another one: what one leaves behind (freed memory, dirty pages) does not always meet the same next one."""
    if warm:
        for contender in contenders:
            run_once(contender)
    for turn in range(repetitions):
        first = turn % len(contenders)
        for contender in contenders[first:] + contenders[:first]:
            contender.runs.append(run_once(contender))


def ratios(ours, rival, field="wall"):
    """Of runs of one round each: median, least, largest."""
    values = [getattr(a, field) / max(getattr(b, field), 1e-9) for a, b in zip(ours.runs, rival.runs)]
    return statistics.median(values), min(values), max(values)


def peak_anonymous(contender, interval=0.002):
    """The largest RssAnon seen while the command runs once, in bytes; nothing where it was too short to see."""
    if contender.prepare:
        contender.prepare()
    process = start(contender)
    peak = 0
    if contender.stdin:
        process.stdin.write(contender.stdin)
        process.stdin.close()
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                for line in status:
                    if line.startswith("RssAnon:"):
                        peak = max(peak, int(line.split()[1]) * 1024)
        except OSError:
            break
        time.sleep(interval)
    process.communicate()
    return peak or None
