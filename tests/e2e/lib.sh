# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What every end-to-end test begins with:  . "$E2E/lib.sh"
# Set by run_case: WORK (private folder), PREFIX (installed vfsrun), TRACEES
# (tiny programs), AS (root or user), E2E (this folder), HOME and the XDG
# folders. A test passes when its script ends with 0; any command that fails
# fails it, and run_case then looks for what was left behind.
set -Eeuo pipefail
# To a file, which run_case prints: stderr may be redirected where it happens.
trap 'echo "FAILED at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" \
  >>"$WORK/failed"' ERR
cd "$WORK"

VFSRUN=$PREFIX/bin/vfsrun
GATEWAY=$PREFIX/bin/vfsrun-gateway
export VFSRUN GATEWAY
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || PYTHON=$(command -v python3)

# Everything started through these carries a mark, by which the processes of
# a run are told from the test's own and from servers.
# STUB=--no-stub where a test runs a second time without the fast path.
# shellcheck disable=SC2086  # one option or nothing
vfsrun() { E2E_RUN=$E2E_ID "$VFSRUN" ${STUB-} "$@"; }
gateway() { E2E_RUN=$E2E_ID "$GATEWAY" "$@"; }
export -f vfsrun gateway

note() { echo "# $*"; }

fail() {
  {
    echo "FAILED: $*"
    # Where the test itself called.
    local frame=0 line
    while line=$(caller $frame); do
      echo "  at $line"
      frame=$((frame + 1))
    done
  } >>"$WORK/failed"
  exit 1
}

# For what an optional program is missing for; never for a failing mount.
skip() {
  echo "skipped: $*"
  exit 77
}

expect_equal() { # WANTED GOT [WHAT]
  [ "$1" = "$2" ] || fail "${3:-values differ}: wanted '$1', got '$2'"
}

expect_match() { # REGEX TEXT [WHAT]
  [[ $2 =~ $1 ]] || fail "${3:-no match}: wanted /$1/, got '$2'"
}

expect_no_match() { # REGEX TEXT [WHAT]
  [[ ! $2 =~ $1 ]] || fail "${3:-match}: unwanted /$1/ in '$2'"
}

expect_status() { # STATUS COMMAND...
  local wanted=$1 got=0
  shift
  "$@" || got=$?
  [ "$got" -eq "$wanted" ] || fail "exit status $got, wanted $wanted: $*"
}

expect_same_bytes() { # FILE FILE
  cmp "$1" "$2" || fail "$1 and $2 differ"
}

# Runs a command of which nothing may be heard on stderr.
quietly() {
  local status=0
  "$@" 2>"$WORK/quietly.err" || status=$?
  [ ! -s "$WORK/quietly.err" ] ||
    fail "'$*' wrote to stderr: $(cat "$WORK/quietly.err")"
  return $status
}

# errno's name for open(2) of a path in a run of its own, or "ok".
# vfsrun's words go to $WORK/said.
errno_of_open() { # PATH [VFSRUN-OPTION...]
  local path=$1
  shift
  vfsrun "$@" "$PYTHON" -c '
import errno, os, sys
try:
    fd = os.open(os.fsencode(sys.argv[1]), os.O_RDONLY)
    while os.read(fd, 1 << 16): pass
    print("ok")
except OSError as e:
    print(errno.errorcode[e.errno])
' "$path" 2>"$WORK/said"
}

# Tries a command until it succeeds, at most so many seconds.
wait_until() { # SECONDS COMMAND...
  local end=$((SECONDS + $1 + 1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "still not so: $*"
    sleep 0.05
  done
}

# --- what a run has in the system ------------------------------------------

# Processes started by vfsrun or gateway above, zombies left out.
run_processes() {
  local file pid state
  for file in $(env -u E2E_RUN grep -lszx "E2E_RUN=$E2E_ID" \
                  /proc/[0-9]*/environ 2>/dev/null || true) \
              $(grep -ls "^vfsrun" /proc/[0-9]*/comm 2>/dev/null || true); do
    pid=${file#/proc/}
    pid=${pid%%/*}
    # Of others' vfsruns only those that name this test's folder are ours.
    case $file in
      */comm) grep -qszxF "E2E_RUN=$E2E_ID" "/proc/$pid/environ" ||
                grep -qsF "$WORK" "/proc/$pid/cmdline" || continue ;;
    esac
    state=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -c 1) || true
    case $state in '' | Z | X) ;; *) echo "$pid" ;; esac
  done | sort -un
}

# Those of them that are vfsrun's own: tracer, gateway, unmounter.
own_processes() {
  local pid
  for pid in $(run_processes); do
    if grep -qs '^vfsrun' "/proc/$pid/comm"; then echo "$pid"; fi
  done
}

describe_processes() { # PID...
  local pid
  for pid in "$@"; do
    echo "  $pid [$(cat "/proc/$pid/comm" 2>/dev/null)]" \
      "$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")"
  done
}

our_mounts() { grep -F "$WORK/" /proc/self/mountinfo | cut -d ' ' -f 5 || true; }

our_leftovers() {
  find "$XDG_RUNTIME_DIR/vfsrun" -mindepth 1 2>/dev/null || true
  find "$TMPDIR" -mindepth 1 -name '*vfsrun*' 2>/dev/null || true
}

# No process, mount or directory of any run of this test.
expect_clean() {
  local found
  found=$(our_mounts)
  [ -z "$found" ] || fail "mount left: $found"
  found=$(run_processes)
  # shellcheck disable=SC2086  # a list of numbers
  [ -z "$found" ] || fail "process left:"$'\n'"$(describe_processes $found)"
  found=$(our_leftovers)
  [ -z "$found" ] || fail "left behind: $found"
}

is_clean() {
  [ -z "$(our_mounts)" ] && [ -z "$(run_processes)" ] &&
    [ -z "$(our_leftovers)" ]
}

# The value of one line of --stats' output in a file; 0 where it is missing
# would hide a renamed line, so that fails.
stat_of() { # FILE NAME
  local value
  value=$(sed -n "s/^\(vfsrun: \)\{0,1\} *$2: *\([0-9][0-9]*\).*/\2/p" "$1" | head -n 1)
  [ -n "$value" ] || fail "no line '$2:' in --stats: $(cat "$1")"
  echo "$value"
}

# --- servers ----------------------------------------------------------------

SERVER_PIDS=()

# Starts a server that must go on when commands of the test are killed.
# shellcheck disable=SC2034
spawn_server() { # COMMAND...
  env -u E2E_RUN "$@" &
  SERVER_PIDS+=($!)
  LAST_SERVER=$! # for whoever started it
}

# Its processes too: those that serve connections outlive it, stopped ones
# for ever. It stands still meanwhile, so that no new one escapes.
stop_server() { # PID
  local below
  below=$(frozen "$1" | tail -n +2)
  kill "$1" 2>/dev/null || true
  # shellcheck disable=SC2086  # a list of numbers
  [ -z "$below" ] || kill -KILL $below 2>/dev/null || true
  kill -CONT "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# A process and all below it. Each is stopped before its children are looked
# for, so that none makes one more meanwhile.
frozen() { # PID
  local pid
  kill -STOP "$1" 2>/dev/null || true
  echo "$1"
  for pid in $(pgrep -P "$1" || true); do frozen "$pid"; done
}

descendants() { # PID
  local pid
  for pid in $(pgrep -P "$1" || true); do
    echo "$pid"
    descendants "$pid"
  done
}

stop_servers() {
  local pid
  for pid in ${SERVER_PIDS[@]+"${SERVER_PIDS[@]}"}; do stop_server "$pid"; done
  SERVER_PIDS=()
}
trap stop_servers EXIT

# A port that was free a moment ago; whoever uses it tries again if not.
free_port() {
  "$PYTHON" -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

port_answers() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Waits for a server's port; fails at once when the server has ended.
wait_for_port() { # PORT PID
  local _
  for _ in $(seq 200); do
    kill -0 "$2" 2>/dev/null || return 1
    if port_answers "$1"; then return 0; fi
    sleep 0.05
  done
  return 1
}

for part in nginx apache python lighttpd caddy fault tls sshd; do
  # shellcheck source=/dev/null
  . "$E2E/servers/$part.sh"
done

# --- content ------------------------------------------------------------------

# A tree with what servers are usually asked for; the same bytes every time.
make_tree() { # DIRECTORY
  mkdir -p "$1/a/b/c" "$1/dir/sub" "$1/bin"
  echo 'Hello, world.' >"$1/hello.txt"
  echo 'four levels down' >"$1/a/b/c/deep.txt"
  : >"$1/empty"
  pseudo_random 300000 1 >"$1/dir/medium.bin"
  pseudo_random 5000000 2 >"$1/large.bin"
  local i
  for i in $(seq 20); do echo "line $i of needle $i" >"$1/dir/file$i.txt"; done
  echo 'needle in sub' >"$1/dir/sub/inner.txt"
  # shellcheck disable=SC2016  # the script's own $0
  printf '#!/bin/sh\necho "$0" "$@"\n' >"$1/bin/script.sh"
  printf '#!/usr/bin/env python3\nimport sys\nprint(__file__, *sys.argv[1:])\n' \
    >"$1/bin/script.py"
  chmod 755 "$1"/bin/*
}

pseudo_random() { # BYTES SEED
  "$PYTHON" -c 'import random, sys
r = random.Random(int(sys.argv[2])); left = int(sys.argv[1])
while left:
    n = min(left, 1 << 20); sys.stdout.buffer.write(r.randbytes(n)); left -= n
' "$1" "$2"
}
