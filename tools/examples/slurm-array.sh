#!/bin/bash
# Merges one depot into the shared one, split by package among the tasks of an array job:
#   sbatch tools/examples/slurm-array.sh /scratch/$USER/depot /shared/julia
# Each package and its images are one task's; the lock in the target lets them publish in turn. An image whose sources
# are another task's package may be left out where that comes later: submit the script once more behind the first job
# (--dependency=afterany:JOB), it does only what is left.
#SBATCH --job-name=jireloc
#SBATCH --array=1-8
#SBATCH --cpus-per-task=2
set -euo pipefail
from=${1:?the depot to merge} to=${2:?the shared depot}
jireloc=${JIRELOC:-jireloc}

"$jireloc" relocate --from "$from" --to "$to" --lock-timeout 3600 \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --json
