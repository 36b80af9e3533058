#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How many requests things cost, counted in the server's own log.
# timeout: 60
. "$E2E/lib.sh"
make_tree "$WORK/www"
# /a, /a/b, /a/b/c are directories that nginx redirects and forbids to list;
# below /gone a place that exists only as far as its files go.
mkdir -p "$WORK/www/gone/b/c"
echo 'only by its whole name' >"$WORK/www/gone/b/c/deep.txt"
start_nginx 'location ~ ^/gone(/b(/c)?)?/?$ { return 404; }'
V=/http/$NGINX_HOST

expect_equal 'four levels down' "$(quietly vfsrun cat "$V/a/b/c/deep.txt")"
expect_requests 1 'cold cat four levels deep'
rm -rf "$XDG_CACHE_HOME"; mkdir "$XDG_CACHE_HOME"

forget_requests
expect_equal 'only by its whole name' \
  "$(quietly vfsrun cat "$V/gone/b/c/deep.txt")"
expect_requests 1 'cold cat where the directories answer 404'
rm -rf "$XDG_CACHE_HOME"; mkdir "$XDG_CACHE_HOME"

forget_requests
quietly vfsrun sh -c "cat $V/a/b/c/deep.txt; cat $V/a/b/c/deep.txt" >got
expect_equal 'four levels down four levels down' "$(xargs <got)"
expect_requests 1 'a second cat in the same run'

# When the age of what is known has passed: one conditional request more.
mkdir mounts
printf 'path = "/aging"\nurl = "http://%s/"\n[cache]\nmax_age = "200ms"\n' \
  "$NGINX_HOST" >mounts/aging.toml
rm -rf "$XDG_CACHE_HOME"; mkdir "$XDG_CACHE_HOME"
forget_requests
quietly vfsrun --mounts mounts sh -c \
  'cat /aging/a/b/c/deep.txt; sleep 0.5; cat /aging/a/b/c/deep.txt' >got
expect_equal 'four levels down four levels down' "$(xargs <got)"
expect_requests 2 'a second cat after max_age'
expect_match ' 304 ' "$(requests | tail -n 1)" 'the second is conditional'

# What the run knows it does not ask: stat, then open, then read.
rm -rf "$XDG_CACHE_HOME"; mkdir "$XDG_CACHE_HOME"
forget_requests
quietly vfsrun sh -c "test -f $V/hello.txt && stat -c %s $V/hello.txt &&
  head -c 5 $V/hello.txt && tail -c 5 $V/hello.txt" >got
expect_requests 1 'test, stat, head, tail of one file'

# A second run revalidates what the first one stored, and downloads nothing.
quietly vfsrun cat "$V/large.bin" >got
forget_requests
quietly vfsrun cat "$V/large.bin" >got
expect_same_bytes "$WORK/www/large.bin" got
sent=$(requests | awk '{ sent += $(NF - 1) } END { print sent + 0 }')
[ "$sent" -lt 200000 ] || fail "second run downloads again: $(requests)"
expect_clean
