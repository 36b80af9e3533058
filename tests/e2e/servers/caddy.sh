# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# Caddy's file server with a configuration, folder and port of the test's own.

# start_caddy DIRECTORY ; sets CADDY_HOST.
start_caddy() {
  command -v caddy >/dev/null || skip 'caddy is not installed'
  local folder=$WORK/caddy port try
  mkdir -p "$folder"
  for try in 1 2 3 4 5; do
    port=$(free_port)
    cat >"$folder/Caddyfile" <<CONF
{
  admin off
  auto_https off
}
http://127.0.0.1:$port {
  root * $1
  file_server browse
}
CONF
    HOME=$folder XDG_DATA_HOME=$folder XDG_CONFIG_HOME=$folder \
      spawn_server caddy run --config "$folder/Caddyfile" \
      --adapter caddyfile >"$folder/log" 2>&1
    if wait_for_port "$port" "$LAST_SERVER"; then
      CADDY_HOST=127.0.0.1:$port
      return 0
    fi
    stop_server "$LAST_SERVER"
  done
  fail "caddy does not start: $(tail -n 3 "$folder/log")"
}
