#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The gateway's memory and environment hold secrets: another process of the
# same user gets neither, unless it was started with -d. Root may always look.
# as: user
. "$E2E/lib.sh"
mkdir -p "$WORK/www"
echo text >"$WORK/www/f"
start_nginx

attach() { # PID: what ptrace(2) says to PTRACE_SEIZE
  "$PYTHON" - "$1" <<'PY'
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_long, ctypes.c_long]
print("OK" if libc.ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0
      else errno.errorcode[ctypes.get_errno()])
PY
}
looks_into() { # PID OUTCOME
  local file
  for file in environ mem maps; do
    if head -c 1 "/proc/$1/$file" >/dev/null 2>said; then
      # mem can be opened; at address 0 there is nothing to read.
      expect_equal OK "$2" "$file of the gateway"
    elif grep -q 'Permission denied' said; then
      expect_equal EPERM "$2" "$file of the gateway"
    fi
  done
  expect_equal "$2" "$(attach "$1")" 'attaching to the gateway'
}

gateway_process() {
  local pid
  for pid in $(own_processes); do
    if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q 'vfsrun-gateway '; then
      echo "$pid"
      return
    fi
  done
  fail 'no gateway is to be seen'
}

note 'one that vfsrun has started'
vfsrun sh -c "cat '/http/$NGINX_HOST/f' && echo ready && exec sleep 60" >out &
wait_until 10 grep -q ready out
looks_into "$(gateway_process)" EPERM
pkill -f -u "$(id -u)" '^sleep 60$'
wait $! || true

note 'a mount, and one that is debugged'
mkdir m
mounted() { # OUTCOME OPTION...
  local outcome=$1
  shift
  gateway mount -f "$@" "$WORK/m" 2>log &
  wait_until 10 grep -qF " $WORK/m " /proc/self/mountinfo
  looks_into "$(gateway_process)" "$outcome"
  fusermount3 -u m
  wait $!
}
mounted EPERM
mounted OK -d
expect_clean
