# shellcheck shell=bash disable=SC2034  # variables are the tests'
# SPDX-License-Identifier: GPL-2.0-or-later
# nginx with a configuration, folder, port and log of the test's own. One
# worker, so that its log is in the order of the answers.

# start_nginx [LINES FOR THE server BLOCK] ; sets NGINX_HOST (host:port),
# NGINX_ROOT, NGINX_LOG, NGINX_PID.
start_nginx() {
  start_nginx_at "$WORK/nginx" "$WORK/www" "${1-}" ""
}

# start_nginx_at FOLDER ROOT SERVER-LINES LISTEN-OPTIONS
start_nginx_at() {
  local folder=$1 root=$2 lines=$3 listen=$4 port user='' try
  mkdir -p "$folder" "$root"
  # Else its worker would become nobody and could not go where root goes.
  [ "$(id -u)" -ne 0 ] || user='user root;'
  for try in 1 2 3 4 5; do
    port=$(free_port)
    cat >"$folder/nginx.conf" <<CONF
$user
daemon off;
worker_processes 1;
pid $folder/pid;
error_log $folder/error.log;
events { worker_connections 1024; }
http {
  log_format e2e '\$request_method \$request_uri \$status "\$http_range" \$body_bytes_sent "\$http_if_none_match\$http_if_modified_since"';
  access_log $folder/access.log e2e;
  client_body_temp_path $folder/t1;
  proxy_temp_path $folder/t2;
  fastcgi_temp_path $folder/t3;
  uwsgi_temp_path $folder/t4;
  scgi_temp_path $folder/t5;
  default_type application/octet-stream;
  types { text/html html; text/plain txt; }
  keepalive_requests 100000;
  server {
    listen 127.0.0.1:$port $listen;
    root $root;
    $lines
  }
}
CONF
    spawn_server nginx -e "$folder/error.log" -p "$folder" -c "$folder/nginx.conf"
    if wait_for_port "$port" "$LAST_SERVER"; then
      NGINX_HOST=127.0.0.1:$port
      NGINX_PORT=$port
      NGINX_ROOT=$root
      NGINX_LOG=$folder/access.log
      NGINX_PID=$LAST_SERVER
      return 0
    fi
    stop_server "$LAST_SERVER"
  done
  fail "nginx does not start: $(tail -n 3 "$folder/error.log")"
}

# The requests logged so far, a line each: METHOD URI STATUS "RANGE" BYTES
# "VALIDATOR". nginx's one worker logs a request before it takes up the next
# one, so whatever was answered before our mark is in the log when the mark is
# answered.
requests() {
  curl -s -o "$WORK/mark" "${NGINX_SCHEME:-http}://$NGINX_HOST/.mark" -k
  grep -v ' /\.mark ' "$NGINX_LOG" || true
}

count_requests() { requests | wc -l; }

forget_requests() {
  requests >"$WORK/forgotten"
  : >"$NGINX_LOG" # nginx appends: the file goes on from nothing
}

expect_requests() { # NUMBER [WHAT]
  local got
  got=$(count_requests)
  [ "$got" -eq "$1" ] ||
    fail "${2:-requests}: wanted $1, got $got:"$'\n'"$(requests)"
}
