#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Redirects are followed to http and https only, and what is meant for one
# server is not told to another.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_fault_server
start_nginx
start_tls_nginx
echo 'behind TLS' >"$TLS_ROOT/f"
F=/http/$FAULT_HOST
encode() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }
to() { echo "$F/to=$(encode "$1")"; }
for target in '/file/' "http://$FAULT_HOST/file/" "//$NGINX_HOST/" \
    "http://$NGINX_HOST/" "/to=$(encode /file/)/"; do
  note "to $target"
  expect_equal 'Hello, world.' "$(quietly vfsrun cat "$(to "$target")/hello.txt")"
done
quietly vfsrun cat "$(to "http://$NGINX_HOST/")/large.bin" >got
expect_same_bytes "$WORK/www/large.bin" got

# http to https, with a certificate that is trusted here.
expect_equal 'behind TLS' \
  "$(CURL_CA_BUNDLE=$TLS_CERTIFICATE quietly vfsrun cat "$(to "https://$TLS_HOST/")/f")"

# Nowhere else.
for target in 'file:///etc/' 'ftp://127.0.0.1/' 'gopher://127.0.0.1/' 'sftp://h/'; do
  expect_equal EACCES "$(errno_of_open "$(to "$target")/passwd")" "$target"
  expect_equal 1 "$(wc -l <said)" "log lines for $target ($(cat said))"
done

# A header of the mount's own goes to the mount's origin only.
mkdir mounts
cat >mounts/m.toml <<TOML
path = "/m"
url = "http://$FAULT_HOST/"
[http]
headers = { "Authorization" = "Bearer sesame", "X-Team" = "blue" }
TOML
chmod 600 mounts/m.toml # it holds a secret
expect_match 'Authorization: Bearer sesame' "$(vfsrun --mounts mounts cat /m/echo/x)"
start_scripted fault_server "$WORK/www"
other=127.0.0.1:$SCRIPTED_PORT
expect_no_match sesame "$(vfsrun --mounts mounts cat "/m/to=$(encode "http://$other/echo/")/x")"
expect_match 'GET /echo/x' "$(vfsrun --mounts mounts cat "/m/to=$(encode "http://$other/echo/")/x")"
expect_match sesame "$(vfsrun --mounts mounts cat "/m/to=$(encode /echo/)/x")"

# Never from https down to http.
mkdir "$WORK/tls-only"
TLS_LINES="location / { return 302 http://$NGINX_HOST/hello.txt; }"
start_nginx_at "$WORK/nginx-down" "$WORK/tls-only" \
  "ssl_certificate $TLS_CERTIFICATE; ssl_certificate_key ${TLS_CERTIFICATE%/*}/key.pem; $TLS_LINES" ssl
export CURL_CA_BUNDLE=$TLS_CERTIFICATE
expect_equal EACCES "$(errno_of_open "/https/localhost:$NGINX_PORT/hello.txt")"
expect_equal 1 "$(wc -l <said)" "log lines for the downgrade ($(cat said))"
expect_clean
