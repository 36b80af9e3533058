# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# The server that misbehaves to order (fault_server.py) and a forward proxy
# (proxy.py): both write their port to a file and log a line a request.

start_scripted() { # NAME ARGUMENTS... ; sets SCRIPTED_PORT
  local name=$1 _
  shift
  rm -f "$WORK/$name.port" # of an earlier one
  spawn_server "$PYTHON" "$E2E/servers/$name.py" "$WORK/$name.port" \
    "$WORK/$name.requests" "$@" >"$WORK/$name.log" 2>&1
  for _ in $(seq 200); do
    [ ! -s "$WORK/$name.port" ] || break
    sleep 0.05
  done
  SCRIPTED_PORT=$(cat "$WORK/$name.port") ||
    fail "$name does not start: $(cat "$WORK/$name.log")"
}

# Sets FAULT_HOST and FAULT_LOG; verbs: see fault_server.py.
start_fault_server() {
  start_scripted fault_server "${1:-$WORK/www}"
  FAULT_HOST=127.0.0.1:$SCRIPTED_PORT
  FAULT_LOG=$WORK/fault_server.requests
  FAULT_PID=$LAST_SERVER
}

# Sets PROXY_URL and PROXY_LOG.
start_proxy() {
  start_scripted proxy
  PROXY_URL=http://127.0.0.1:$SCRIPTED_PORT
  PROXY_LOG=$WORK/proxy.requests
}
