#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# https with a certificate that is trusted, and without.
. "$E2E/lib.sh"
make_tree "$WORK/www-tls"
start_tls_nginx
V=/https/$TLS_HOST
CURL_CA_BUNDLE=$TLS_CERTIFICATE quietly vfsrun cat "$V/large.bin" >got
expect_same_bytes "$TLS_ROOT/large.bin" got
(cd "$TLS_ROOT" && find . | sort) >want
CURL_CA_BUNDLE=$TLS_CERTIFICATE quietly vfsrun sh -c "cd $V && find . | sort" >got
diff want got
# What the first run stored is not shown to one that does not trust.
expect_equal EACCES "$(errno_of_open "$V/large.bin")"
expect_match 'certificate|SSL|TLS' "$(cat said)"
expect_clean
