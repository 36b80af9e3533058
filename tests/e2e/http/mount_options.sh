#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ca_file, client certificate, proxy and number of connections of a mount.
# timeout: 90
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx
start_fault_server
start_tls_nginx
echo 'behind TLS' >"$TLS_ROOT/f"
start_proxy

# A certificate of whoever may read, which the server asks for.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=reader \
  -keyout reader.key -out reader.pem 2>openssl.log || fail "$(cat openssl.log)"
plain_host=$NGINX_HOST plain_port=$NGINX_PORT
start_nginx_at "$WORK/nginx-closed" "$WORK/www-tls" \
  "ssl_certificate $TLS_CERTIFICATE; ssl_certificate_key ${TLS_CERTIFICATE%/*}/key.pem;
   ssl_client_certificate $WORK/reader.pem; ssl_verify_client on;" ssl
mkdir mounts
mount_at() { # NAME URL LINES-OF-[http]
  printf 'path = "/%s"\nurl = "%s"\n[http]\n%s\n' "$1" "$2" "$3" >"mounts/$1.toml"
}
closed=https://localhost:$NGINX_PORT/
trust="ca_file = \"$TLS_CERTIFICATE\""
mount_at trusting "https://$TLS_HOST/" "$trust"
mount_at wary "https://$TLS_HOST/" ''
mount_at known "$closed" "$trust
client_cert = \"$WORK/reader.pem\"
client_key = \"$WORK/reader.key\""
mount_at unknown "$closed" "$trust"
mount_at proxied "http://files.proxied:$plain_port/" "proxy = \"$PROXY_URL\""
mount_at direct "http://$plain_host/" 'proxy = "none"'
mount_at narrow "http://$FAULT_HOST/" 'connections = 2'
mount_at wide "http://$FAULT_HOST/" ''

note 'ca_file is for one mount'
expect_equal 'behind TLS' "$(quietly vfsrun --mounts mounts cat /trusting/f)"
expect_equal EACCES "$(errno_of_open /wary/f --mounts mounts)"

note 'client_cert and client_key'
expect_equal 'behind TLS' "$(quietly vfsrun --mounts mounts cat /known/f)"
# nginx: 400, no required certificate was sent.
expect_equal EINVAL "$(errno_of_open /unknown/f --mounts mounts)"
expect_equal 1 "$(wc -l <said)" "log lines ($(cat said))"

note 'proxy'
expect_equal 'Hello, world.' "$(quietly vfsrun --mounts mounts cat /proxied/hello.txt)"
expect_match "GET http://files.proxied:$plain_port/hello.txt" "$(cat "$PROXY_LOG")"
: >"$PROXY_LOG"
expect_equal 'Hello, world.' \
  "$(http_proxy=$PROXY_URL quietly vfsrun --mounts mounts cat /direct/hello.txt)"
[ ! -s "$PROXY_LOG" ] || fail "proxy = none, but: $(cat "$PROXY_LOG")"

note 'connections: never more at once'
readers() { # MOUNT
  quietly vfsrun --mounts mounts sh -c "
    for i in \$(seq 12); do cat /$1/slow=500/dir/file\$i.txt & done; wait" >got
  expect_equal 12 "$(wc -l <got)"
}
readers narrow
most=$(curl -s "http://$FAULT_HOST/busiest/")
[ "$most" -le 2 ] || fail "$most at once in spite of connections = 2"
readers wide
most=$(curl -s "http://$FAULT_HOST/busiest/")
[ "$most" -gt 2 ] || fail 'that would not have been seen'
expect_clean
