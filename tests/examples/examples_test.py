"""The examples, run as far as they can be without the service that each is for: what they call has to work."""
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "relocate"))
from mount_option_test import SHARED, Farm  # noqa: E402
from relocate_test import Depots  # noqa: E402

JIRELOC = os.environ["JIRELOC"]
EXAMPLES = Path(os.environ["JIRELOC_SOURCE"]) / "tools/examples"
SHARDS = 8


def images(depot):
    return sorted(path.relative_to(depot) for path in depot.rglob("compiled/*/*/*.ji"))


class Examples(unittest.TestCase):
    def whole(self, depots):
        """What one run without shards merges."""
        target = depots.top / "w"
        depots.run("relocate", "--from", str(depots.user), "--to", str(target))
        return images(target)

    def test_the_tasks_of_a_slurm_array_merge_together_what_one_run_does(self):
        with Depots("1.10.8-plain") as depots:
            expected = self.whole(depots)
            script = EXAMPLES / "slurm-array.sh"
            tasks = int(re.search(r"--array=1-(\d+)", script.read_text())[1])
            for _ in range(2):  # the second job does what the order of the tasks left over
                for task in range(1, tasks + 1):
                    environment = {**os.environ, "SLURM_ARRAY_TASK_ID": str(task),
                                   "SLURM_ARRAY_TASK_COUNT": str(tasks)}
                    done = subprocess.run(["bash", script, depots.user, depots.shared], env=environment,
                                          capture_output=True, text=True)
                    self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assertEqual(images(depots.shared), expected)

    def test_the_pods_of_an_indexed_job_merge_together_what_one_run_does(self):
        text = (EXAMPLES / "kubernetes-job.yaml").read_text()
        self.assertEqual(set(re.findall(r"(?:completions|parallelism): (\d+)", text)), {str(SHARDS)})
        command = re.search(r"- \|\n((?: {14}.*\n)+)", text)[1]
        with Depots("1.10.8-plain") as depots:
            expected = self.whole(depots)
            command = command.replace("/depots/build", str(depots.user)).replace("/depots/shared", str(depots.shared))
            command = command.replace("exec jireloc", f"exec {JIRELOC}")
            for _ in range(2):
                for index in range(SHARDS):
                    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True,
                                          env={**os.environ, "JOB_COMPLETION_INDEX": str(index)})
                    self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assertEqual(images(depots.shared), expected)

    def test_the_host_of_a_farm_merges_what_a_sandbox_has_left_and_keeps_what_it_could_not_read(self):
        with Farm("1.10.8-plain") as farm:
            box = farm.box.parent
            environment = {**os.environ, "WORKER_HOME": "/home/pkgeval", "SHARED": SHARED, "STORAGE": str(farm.shared)}
            compiled = images(farm.user)
            farm.shared.mkdir()
            farm.shared.chmod(0o777)  # refused: everybody may write to it
            step = [EXAMPLES / "farm-host-step.sh", box]
            failed = subprocess.run(step, env=environment, capture_output=True, text=True)
            self.assertEqual(failed.returncode, 3, failed.stderr)
            self.assertEqual(images(farm.user), compiled)
            farm.shared.chmod(0o755)
            done = subprocess.run(step, env=environment, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            merged = [image for image in compiled if "/Top/" not in str(image)]  # which has a build script
            self.assertEqual(images(farm.shared), merged, done.stderr)
            self.assertFalse((box / "upper").exists())
            self.assertEqual([i for i in farm.prune() if "/.jireloc" not in i["path"]], [])

    def test_the_service_and_the_container_file_call_the_step_with_options_that_there_are(self):
        service = re.search(r"ExecStart=/usr/bin/(jireloc .*)", (EXAMPLES / "jireloc-relocate.service").read_text())[1]
        container = re.search(r"RUN (jireloc .*?) &&", (EXAMPLES / "Dockerfile").read_text())[1]
        for command in (service, container):
            with self.subTest(command), Depots("1.10.8-plain") as depots:
                command = re.sub(r"--user \S+ ?", "", command)
                command = re.sub(r"--from \S+", f"--from {depots.user}", command)
                command = re.sub(r"--to \S+", f"--to {depots.shared}", command)
                done = subprocess.run([JIRELOC, *command.split()[1:]], capture_output=True, text=True)
                self.assertIn(done.returncode, (0, 1), done.stderr)
                self.assertEqual(images(depots.shared), self.whole(depots))

    def test_what_root_is_told_to_run_gives_its_rights_up_and_trusts_no_short_hash(self):
        page = (EXAMPLES / "README.md").read_text()
        cron = re.search(r"^ +\*/15 \* \* \* \*  (jireloc relocate .*)", page, re.MULTILINE)[1]
        service = re.search(r"ExecStart=(.*)", (EXAMPLES / "jireloc-relocate.service").read_text())[1]
        for command in (cron, service):
            self.assertRegex(command, r" --user \w")
        self.assertIn(" --untrusted ", cron)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
