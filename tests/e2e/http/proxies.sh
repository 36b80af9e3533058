#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# http_proxy, https_proxy and no_proxy of the environment.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx
start_tls_nginx
echo 'behind TLS' >"$TLS_ROOT/f"
start_proxy
V=/http/files.proxied:$NGINX_PORT

expect_equal 'Hello, world.' \
  "$(http_proxy=$PROXY_URL quietly vfsrun cat "$V/hello.txt")"
expect_match "GET http://files.proxied:$NGINX_PORT/hello.txt" "$(cat "$PROXY_LOG")"
http_proxy=$PROXY_URL quietly vfsrun cat "$V/large.bin" >got
expect_same_bytes "$WORK/www/large.bin" got

: >"$PROXY_LOG"
expect_equal 'Hello, world.' "$(http_proxy=$PROXY_URL no_proxy=127.0.0.1 \
  quietly vfsrun cat "/http/$NGINX_HOST/hello.txt")"
[ ! -s "$PROXY_LOG" ] || fail "asked in spite of no_proxy: $(cat "$PROXY_LOG")"

expect_equal 'behind TLS' "$(https_proxy=$PROXY_URL CURL_CA_BUNDLE=$TLS_CERTIFICATE \
  quietly vfsrun cat "/https/$TLS_HOST/f")"
expect_match "CONNECT $TLS_HOST" "$(cat "$PROXY_LOG")"

# A proxy that is not there: one line that names it or the host.
got=$(http_proxy=http://127.0.0.1:$(free_port) errno_of_open "$V/hello.txt")
expect_match '^(ECONNREFUSED|EHOSTUNREACH|EIO)$' "$got"
expect_equal 1 "$(wc -l <said)" "log lines ($(cat said))"
expect_clean
