#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows 18, 19: getcwd and readlink of /proc links.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both cwd_names
# Of a program that is itself a virtual file, seen by another process.
vfsrun sh -c "cd $V/dir; exec 5<$V/f; readlink /proc/\$\$/cwd /proc/\$\$/fd/5" >got
printf '%s\n' "$V/dir" "$V/f" | diff - got
note 'the program of another process, and a file that it maps'
cat >"$WORK/look.py" <<'PYTHON'
import os, subprocess, sys
tree = sys.argv[1]
child = subprocess.Popen([tree + "/bin/bare_static", "/dev/stdin"],
                         stdin=subprocess.PIPE, cwd=tree + "/dir")
link = lambda name: os.readlink("/proc/%d/%s" % (child.pid, name))
print(link("exe"), link("cwd"), os.readlink("/proc/self/task/%d/cwd" % os.getpid()))
proc = os.open("/proc/%d" % child.pid, os.O_RDONLY)
print(os.readlink("exe", dir_fd=proc), os.path.realpath("/proc/%d/cwd/g" % child.pid))
child.stdin.close()
print(child.wait())
PYTHON
vfsrun "$PYTHON" "$WORK/look.py" "$V" >got
printf '%s\n' "$V/bin/bare_static $V/dir $PWD" \
  "$V/bin/bare_static $V/dir/g" 0 | diff - got
expect_clean
