# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-or-later
# lighttpd with a configuration and port of the test's own.

# Files without a type get neither date nor ETag from it, as
# static files that must not be cached: hence the type for all.
# start_lighttpd DIRECTORY ; sets LIGHTTPD_HOST and LIGHTTPD_LOG.
start_lighttpd() {
  command -v lighttpd >/dev/null || skip 'lighttpd is not installed'
  local folder=$WORK/lighttpd port try
  mkdir -p "$folder"
  for try in 1 2 3 4 5; do
    port=$(free_port)
    cat >"$folder/lighttpd.conf" <<CONF
server.document-root = "$1"
server.bind = "127.0.0.1"
server.port = $port
server.modules = ("mod_dirlisting", "mod_accesslog")
server.errorlog = "$folder/error.log"
accesslog.filename = "$folder/access.log"
accesslog.format = "%m %U %s"
mimetype.assign = ("" => "application/octet-stream")
dir-listing.activate = "enable"
dir-listing.encoding = "utf-8"
CONF
    spawn_server lighttpd -D -f "$folder/lighttpd.conf"
    if wait_for_port "$port" "$LAST_SERVER"; then
      LIGHTTPD_HOST=127.0.0.1:$port
      LIGHTTPD_LOG=$folder/access.log
      return 0
    fi
    stop_server "$LAST_SERVER"
  done
  fail "lighttpd does not start: $(tail -n 3 "$folder/error.log")"
}
