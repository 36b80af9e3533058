#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The fast path's corners: what a program can do to it, or meet in it, goes as it
# does natively.
# timeout: 120
# expects: core dumped|Aborted
. "${E2E:-$(dirname "$0")/..}/tracer/common"
ulimit -S -c 0
mkfifo fifo
corner() { # PROGRAM ARGUMENTS... ; natively and traced, with statistics
  native "$@"
  note "traced: $*"
  vfsrun --stats "$TRACEES/$1" "${@:2}" 2>stats ||
    fail "under vfsrun: $*: $(cat stats)"
  if [ -n "$STUB" ]; then
    expect_equal 0 "$(stat_of stats 'sites patched')" 'patched without stubs'
  fi
}
at_most() { # LIMIT LINE ; with the fast path only
  [ -n "$STUB" ] || [ "$(stat_of stats "$2")" -le "$1" ] ||
    fail "more than $1: $(grep "$2" stats)"
}
at_least() { # LIMIT LINE
  [ -n "$STUB" ] || [ "$(stat_of stats "$2")" -ge "$1" ] ||
    fail "less than $1: $(grep "$2" stats)"
}
corner stub_corners threads /etc/passwd
at_most 100 'stops, path calls' # of 64,000
at_least 60000 'calls without a stop'
corner stub_corners unmap
at_least 1 'faults in stubs'
corner stub_corners signals
at_least 1 'signals that met a stub'
corner stub_corners cancel fifo
corner stub_corners blocked
at_least 20 'faults in stubs'
corner stub_corners numbers
at_most 300 'stops, path calls' # of 1,200, 200 of which meet no name
corner stub_corners fork
at_most 60 'stops, path calls'

note 'programs that stand in the way, and one that does not move'
for name in stub_corners_low stub_corners_taken; do
  for what in "threads /etc/passwd" blocked numbers fork; do
    # shellcheck disable=SC2086  # words
    corner $name $what
  done
done
corner stub_corners_low numbers
at_least 1 'sites patched'
vfsrun setarch -R "$TRACEES/stub_corners" signals
vfsrun setarch -R "$TRACEES/stub_corners" fork

note 'where code may not be made: as SELinux refuses execmem, PR_SET_MDWE does'
# shellcheck disable=SC2016  # the inner shell's own
for what in 'cat /etc/passwd' 'ls /' 'for i in 1 2 3; do /bin/true || exit; done'; do
  expect_equal "$(sh -c "$what" | grep -vx 'https\{0,1\}\|sftp')" \
    "$(vfsrun --stats "$PYTHON" -c 'import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0): sys.exit("PR_SET_MDWE (Linux 6.3)")
os.execv("/bin/sh", ["sh", "-c", sys.argv[1]])' "$what" 2>stats |
      grep -vx 'https\{0,1\}\|sftp')" "$what: $(cat stats)"
done
note 'a core file names the library, not the fast path'
if [ "$(cat /proc/sys/kernel/core_pattern)" = core ]; then
  mkdir -p cores
  (cd cores && ulimit -S -c unlimited && ! vfsrun "$TRACEES/stub_corners" core ../fifo)
  trace=$(gdb -q -batch -ex bt "$TRACEES/stub_corners" cores/core* 2>/dev/null)
  expect_match '#[0-9]+ .*open.*#[0-9]+ .*core .*#[0-9]+ .*main' \
    "$(echo "$trace" | tr '\n' ' ')"
fi
note 'code that is read as data, and as code of another machine'
vfsrun valgrind -q --error-exitcode=9 "$TRACEES/stub_corners" numbers
vfsrun valgrind -q --error-exitcode=9 "$TRACEES/stub_corners" threads /etc/passwd
expect_clean
