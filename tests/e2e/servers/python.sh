# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# Python's http.server: HTTP/1.0, no ranges, plain listings.

# start_python_server DIRECTORY ; sets PYTHON_HOST.
start_python_server() {
  local log=$WORK/http.server.log port='' _
  spawn_server "$PYTHON" -u -m http.server --bind 127.0.0.1 --directory "$1" 0 \
    >"$log" 2>&1
  for _ in $(seq 200); do
    port=$(sed -n 's/.* port \([0-9]*\).*/\1/p' "$log")
    [ -z "$port" ] || break
    sleep 0.05
  done
  [ -n "$port" ] || fail "http.server does not start: $(cat "$log")"
  PYTHON_HOST=127.0.0.1:$port
}
