#!/bin/bash
# The step as the host of a farm calls it when a sandbox has ended:
#   tools/examples/farm-host-step.sh /boxes/7
# The sandbox's root was an overlay with its upper folder in there; workers see the shared depot where SHARED says, and
# it lies at STORAGE here. To be changed: the four places. As root add --user, a user who owns STORAGE and may read the
# boxes. What the step could not look at keeps its box, for the next call to go on with.
set -euo pipefail
box=${1:?the folder of a sandbox}
home=${WORKER_HOME:-/home/worker} upper=$box/upper
shared=${SHARED:-/usr/share/julia} storage=${STORAGE:-/storage/shared}
jireloc=${JIRELOC:-jireloc}

status=0
"$jireloc" relocate --from "$home/.julia" --to "$shared" --lock-timeout 600 --json \
  --mount "$home=$upper$home" --mount "$shared=$storage" || status=$?
case $status in
  0 | 1) rm -rf --one-file-system -- "$upper" "$box/work" ;;  # merged, or left out for a reason that it printed
  *) exit "$status" ;;
esac
