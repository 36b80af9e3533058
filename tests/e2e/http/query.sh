#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The first '?' of a path starts the query, which reaches the server as it is.
. "$E2E/lib.sh"
make_tree "$WORK/www"
# shellcheck disable=SC2016  # nginx's variables
start_nginx 'location /q { return 200 "uri=$uri args=$args\n"; }'
V=/http/$NGINX_HOST

expect_equal 'uri=/q args=x=1&y=two%20words&z=a+b' \
  "$(quietly vfsrun cat "$V/q?x=1&y=two words&z=a+b")"
expect_equal 'uri=/q/deep args=x=1' "$(quietly vfsrun cat "$V/q/deep?x=1")"
expect_equal 'uri=/q args=again?and=%25' "$(quietly vfsrun cat "$V/q?again?and=%25")"
# A slash in a query is no directory's.
expect_equal 'uri=/q args=path=/etc/x&y' "$(quietly vfsrun cat "$V/q?path=/etc/x&y")"
# Not a query: the encoded mark is part of the name.
expect_equal 'uri=/q?x args=' "$(quietly vfsrun cat "$V/q%3Fx")"
# Two queries are two files.
quietly vfsrun sh -c "cat '$V/q?n=1' '$V/q?n=2' '$V/q?n=1'" >got
expect_equal 'args=n=1 args=n=2 args=n=1' "$(grep -o 'args=.*' got | xargs)"
expect_clean
