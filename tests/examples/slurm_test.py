"""The array job of tools/examples under a real Slurm: controller, daemon and munge of this test's own, on this machine."""
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

for room in ("relocate", "support"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / room))
import skips  # noqa: E402
from examples_test import EXAMPLES, images  # noqa: E402
from relocate_test import Depots  # noqa: E402

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "sinfo")
CONFIGURATION = """ClusterName=jireloc
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={top}/munge/socket
SlurmUser=root
StateSaveLocation={top}/state
SlurmdSpoolDir={top}/spool
SlurmctldPidFile={top}/slurmctld.pid
SlurmdPidFile={top}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName={host} NodeAddr=127.0.0.1 CPUs=16 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES State=UP
"""


def reason_to_skip():
    missing = [program for program in PROGRAMS if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is None]
    if missing:
        return f"no Slurm here: {', '.join(missing)} missing (Debian: slurmctld slurmd slurm-client munge)"
    if os.getuid() != 0:
        return "its daemons need root"
    try:
        pwd.getpwnam("munge")
    except KeyError:
        return "there is no user munge"
    return None


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Cluster:
    """One node, this machine. Its daemons are children of this process, and end with it."""

    def __init__(self):
        self.top = Path(tempfile.mkdtemp(prefix="jslurm"))
        self.top.chmod(0o755)
        self.daemons, self.host = [], socket.gethostname().split(".")[0]
        self.environment = {**os.environ, "SLURM_CONF": str(self.top / "slurm.conf"),
                            "PATH": os.environ["PATH"] + ":/usr/sbin"}
        for name in ("state", "spool", "munge"):
            (self.top / name).mkdir()

    def start(self, *command, user=None):
        with open(self.top / f"{Path(command[0]).name}.log", "wb") as log:
            self.daemons.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, user=user,
                                                 group=user, extra_groups=[] if user else None, env=self.environment))

    def wait_for(self, what, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            ended = [daemon.args[0] for daemon in self.daemons if daemon.poll() is not None]
            if ended or time.monotonic() > end:
                logs = "".join(f"{log.name}:\n{log.read_text()[-2000:]}" for log in self.top.glob("*.log"))
                raise unittest.SkipTest(f"Slurm cannot start here: {what}; ended: {ended}\n{logs}")
            time.sleep(0.2)

    def __enter__(self):
        try:
            munge = self.top / "munge"
            (munge / "key").write_bytes(os.urandom(1024))
            for path in (munge, munge / "key"):
                shutil.chown(path, "munge", "munge")
            (munge / "key").chmod(0o400)
            self.start("munged", "--foreground", f"--key-file={munge}/key", f"--socket={munge}/socket",
                       f"--pid-file={munge}/pid", f"--seed-file={munge}/seed", f"--log-file={munge}/log", user="munge")
            self.wait_for("munge's socket", (munge / "socket").exists)
            (self.top / "slurm.conf").write_text(
                CONFIGURATION.format(host=self.host, top=self.top, ports=free_ports(2)))
            self.start("slurmctld", "-D")
            self.start("slurmd", "-D", "-N", self.host)
            self.wait_for("an idle node", lambda: "idle" in self.run("sinfo", "--noheader", "--format=%t").stdout)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.top, ignore_errors=True)

    def run(self, *command):
        return subprocess.run([str(part) for part in command], env=self.environment, capture_output=True, text=True,
                              timeout=300)


class Slurm(unittest.TestCase):
    def test_the_tasks_of_an_array_job_merge_together_what_one_run_does(self):
        with Depots("1.10.8-plain") as depots, Cluster() as cluster:
            whole = depots.top / "w"
            depots.run("relocate", "--from", str(depots.user), "--to", str(whole))
            for _ in range(2):  # the second job does what the order of the tasks left over
                job = cluster.run("sbatch", "--wait", f"--output={depots.top}/%A_%a.out", EXAMPLES / "slurm-array.sh",
                                  depots.user, depots.shared)
                said = "".join(path.read_text() for path in depots.top.glob("*.out"))
                self.assertIn(job.returncode, (0, 1), f"{job.stderr}{said}")
            self.assertEqual(len(list(depots.top.glob("*.out"))), 16)
            self.assertEqual(images(depots.shared), images(whole), said)
            self.assertEqual([i for i in depots.prune_problems() if i["kind"] == "image"], [])


if __name__ == "__main__":
    reason = reason_to_skip()
    if reason:
        print(reason)
        sys.exit(77)
    skips.main()
