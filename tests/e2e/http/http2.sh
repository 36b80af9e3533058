#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where a TLS server offers HTTP/2 the first question for a name uses it; what
# follows of a large file has HTTP/1.1 connections of its own.
. "$E2E/lib.sh"
mkdir -p "$WORK/www-tls/d"
for i in $(seq 40); do echo "file $i" >"$WORK/www-tls/d/$i"; done
pseudo_random 8000000 3 >"$WORK/www-tls/large"
start_tls_nginx http2
V=/https/$TLS_HOST
export CURL_CA_BUNDLE=$TLS_CERTIFICATE
quietly vfsrun sh -c "for p in 0 1 2 3; do
  (for i in \$(seq \$((p * 10 + 1)) \$((p * 10 + 10))); do cat $V/d/\$i; done) &
done; wait" | sort >got
cat "$WORK"/www-tls/d/* | sort | cmp - got || fail 'other bytes'
quietly vfsrun cat "$V/large" | cmp - "$WORK/www-tls/large" || fail 'other bytes'
small_ones() { grep -c 'GET /d/[0-9]* HTTP/2.0"' "$TLS_PROTOCOLS"; }
wait_until 10 test "$(small_ones)" -eq 40
expect_equal 1 "$(grep -c 'GET /large HTTP/2.0"' "$TLS_PROTOCOLS")" 'the probe'
bulk=$(grep -c 'GET /large HTTP/1.1" 206' "$TLS_PROTOCOLS" || true)
[ "$bulk" -ge 2 ] || fail "no bulk over HTTP/1.1: $(cat "$TLS_PROTOCOLS")"
expect_clean
