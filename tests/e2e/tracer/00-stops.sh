#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a call costs, in stops: none for a local path (1 without the fast path), 2
# for a virtual one, 0 for what names nothing; and one mapping for each program
# that uses a virtual path.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
cat >"$S/calls.py" <<'PYTHON'
import os, sys
kind, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
fd = os.open(sys.argv[4], os.O_RDONLY)
for _ in range(count):
    if kind == "stat":
        os.stat(path)
    elif kind == "read":
        os.pread(fd, 1, 0)
        os.fstat(fd)
        os.getppid()
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(1, b"")
PYTHON
stops() { # KIND COUNT PATH ; all stops of one run
  vfsrun --stats "$PYTHON" "$S/calls.py" "$1" "$2" "$3" "${4:-$V/large}" 2>stats
  local name sum=0
  while IFS=: read -r name _; do
    case $name in stops*) sum=$((sum + $(stat_of stats "$name"))) ;; esac
  done < <(cat stats)
  stops=$sum
  mappings=$(stat_of stats 'scratch mappings')
}
stops stat 0 "$L/f" && base=$stops
stops stat 1000 "$L/f"
local_stops=0
[ -z "$STUB" ] || local_stops=1000
expect_equal $local_stops $((stops - base)) 'stops of 1000 local calls'
stops stat 1000 "$V/f"
expect_equal 2000 $((stops - base)) 'stops of 1000 virtual calls'
expect_equal 1 "$mappings" 'mappings'
stops read 1000 "$L/f"
expect_equal 0 $((stops - base)) 'stops of reads, fstat, getppid, lseek, write'
vfsrun --stats sh -c "$TRACEES/bare_static $V/f $V/f; /bin/cat $V/f; /bin/true" \
  >/dev/null 2>stats
expect_equal 2 "$(stat_of stats 'scratch mappings')" 'mappings of two programs'
vfsrun --stats sh -c 'test -e /etc/passwd; /bin/true' 2>stats
expect_equal 0 "$(stat_of stats 'scratch mappings')" 'mappings of local programs'
expect_equal 0 "$(stat_of stats 'gateway starts')" 'gateways'
expect_clean
