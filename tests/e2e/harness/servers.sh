#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The servers that the other tests rely on do what those believe.
# timeout: 60
. "$E2E/lib.sh"

make_tree "$WORK/www"
start_nginx 'autoindex on;'
curl -sf "http://$NGINX_HOST/hello.txt" | cmp - "$WORK/www/hello.txt"
curl -s -o /dev/null "http://$NGINX_HOST/none?x=%20y"
curl -sf -r 0-3 "http://$NGINX_HOST/hello.txt" >/dev/null
expect_requests 3
expect_equal 'GET /hello.txt 206 "bytes=0-3" 4 "--"' "$(requests | tail -n 1)"
expect_equal 'GET /none?x=%20y 404' "$(requests | sed -n 2p | cut -d ' ' -f 1-3)"
forget_requests
expect_requests 0
for _ in $(seq 50); do curl -sf "http://$NGINX_HOST/hello.txt" >/dev/null; done
expect_requests 50

start_apache
mkdir -p "$APACHE_ROOT/d"
echo hi >"$APACHE_ROOT/d/f"
expect_equal hi "$(curl -sf "http://$APACHE_HOST/d/f")"
expect_match 'href="f"' "$(curl -sf "http://$APACHE_HOST/d/")"

start_python_server "$WORK/www"
expect_equal 'Hello, world.' "$(curl -sf "http://$PYTHON_HOST/hello.txt")"

start_tls_nginx
expect_status 60 curl -s "https://$TLS_HOST/"
curl -sf --cacert "$TLS_CERTIFICATE" "https://$TLS_HOST/" >/dev/null
expect_equal 'Hello, world.' "$(curl -sf "http://$NGINX_HOST/hello.txt")"

start_fault_server
url=http://$FAULT_HOST
status_of() { curl -s -o "$WORK/body" -w '%{http_code}' -m "${2-5}" "$url/$1" || true; }
expect_equal 200 "$(status_of file/hello.txt)"
cmp "$WORK/body" "$WORK/www/hello.txt"
expect_equal 404 "$(status_of file/none)"
expect_equal 403 "$(status_of status=403/x)"
expect_equal 000 "$(status_of stall/x 0.5)"
expect_equal 200 "$(status_of chunked/dir/medium.bin)"
cmp "$WORK/body" "$WORK/www/dir/medium.bin"
expect_equal 302 "$(status_of loop/x)"
expect_status 47 curl -s -L --max-redirs 5 "$url/loop/x"
expect_equal 'Hello, world.' "$(curl -sL "$url/to=2f66696c652f/hello.txt")"
expect_equal 404 "$(status_of dirless/a/b)"
expect_equal 200 "$(status_of dirless/a/b/hello.txt)"
expect_status 28 curl -s -m 0.5 -o "$WORK/body" "$url/stallafter=1000/large.bin"
expect_equal 1000 "$(stat -c %s "$WORK/body")"
expect_status 56 curl -s -o /dev/null "$url/rst=1000/large.bin"
expect_status 18 curl -s -o /dev/null "$url/short=1000/large.bin"
echo old >"$WORK/www/v.a"
echo new >"$WORK/www/v.b"
expect_equal 'old old new' "$(for _ in 1 2 3; do curl -s "$url/flip=2/v"; done | xargs)"
expect_equal 'bcd' "$(printf abcdef >"$WORK/www/r"; curl -s -r 1-3 "$url/file/r")"
expect_equal 'abcdef' "$(curl -s -r 1-3 -H 'If-Range: "other"' "$url/file/r")"
expect_equal 412 "$(curl -s -o /dev/null -w '%{http_code}' -H 'If-Match: "other"' "$url/file/r")"

start_proxy
expect_equal 'Hello, world.' "$(http_proxy=$PROXY_URL curl -s \
  "http://some.proxied:${FAULT_HOST#*:}/file/hello.txt")"
expect_equal "GET http://some.proxied:${FAULT_HOST#*:}/file/hello.txt" "$(cat "$PROXY_LOG")"

stop_servers
expect_status 1 port_answers "$NGINX_PORT"
