#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The words of README.md, "What cannot work": what the user sees, and by what a
# program can tell.
# timeout: 120
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
sees() { # WORDS STATUS COMMAND...; a status of "bad" is any but 0
  local wanted=$1 status=0 words
  words=$(timeout 30 "${@:3}" 2>&1 </dev/null) || status=$?
  if [ "$2" = bad ]; then
    case $status in 0 | 124) fail "status $status: ${*:3}" ;; esac
  else
    expect_equal "$2" "$status" "status of ${*:3} ($words)"
  fi
  [[ $words == *"$wanted"* ]] || fail "'$wanted' is not in '$words'"
}
run() { vfsrun "${MOUNT[@]}" "$@"; }
export -f run
note 'debuggers'
for program in strace gdb; do
  [ -n "$(command -v $program)" ] || fail "$program: packaging/deps test"
done
not_permitted='Operation not permitted'
sees "strace: ptrace(PTRACE_TRACEME, ...): $not_permitted" bad \
  "$VFSRUN" strace -o /dev/null true
sees 'warning: Could not trace the inferior process.' bad \
  "$VFSRUN" gdb -q -batch -ex run /bin/true
sees 'vfsrun: this process is being traced already (by strace or a debugger): run vfsrun outside of it' \
  125 strace -o /dev/null "$VFSRUN" true
sees "this vfsrun runs inside another one, which has no mount /other" 125 \
  "$VFSRUN" "$VFSRUN" --mount /other=http://other.example/ true
note 'other users'
if [ "$AS" = root ]; then
  sees 'Permission denied' 1 "$VFSRUN" su -s /bin/sh nobody -c "cat $V/f"
else
  sees 'su: Authentication failure' bad "$VFSRUN" su -c true
fi
note 'sockets, long names, other roots'
sees 'Read-only file system' 1 "$VFSRUN" "$PYTHON" -c "
import socket
socket.socket(socket.AF_UNIX).bind('$V/s')"
long=$(printf 'x%.0s' $(seq 80))
sees 'File name too long' 1 "$VFSRUN" "$PYTHON" -c "
import socket
socket.socket(socket.AF_UNIX).bind('/http/$long')"
deep=$(printf '/y%.0s' $(seq 2030))
sees 'File name too long' 1 "$VFSRUN" cat "/http/h$deep"
sees 'No such file or directory' 1 "$VFSRUN" cat "/proc/self/root$V/f"
note 'by what a program can tell'
vfsrun sh -c "cat $V/f >/dev/null; cat /proc/self/status" >status
expect_match 'TracerPid:[[:space:]][1-9]' "$(cat status)"
expect_match 'Seccomp:[[:space:]]2' "$(cat status)"
filters() { awk '$1 == "Seccomp_filters:" { print $2 }' "$1"; }
expect_equal $(($(filters /proc/self/status) + 1)) "$(filters status)"
if [ "$AS" != root ]; then
  expect_match 'NoNewPrivs:[[:space:]]1' "$(cat status)"
fi
vfsrun "$PYTHON" -c "open('$V/f'); print(open('/proc/self/maps').read())" |
  grep -q '^6f000000-' || fail 'no mapping at 0x6f000000'
run "$PYTHON" -c "open('$M/f'); print(open('/proc/self/mountinfo').read())" |
  grep -q vfsrun || fail 'the mount is not seen'
wait_until 5 is_clean
