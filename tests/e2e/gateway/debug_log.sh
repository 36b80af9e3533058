#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# -d: a log that names each operation, its path, its result and its time.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx 'autoindex on;'
mkdir m
gateway mount -f -d m >log 2>&1 &
pid=$!
wait_until 10 grep -qF " $WORK/m " /proc/self/mountinfo
cat "m/http/$NGINX_HOST/a/b/none" 2>/dev/null || true
cat "m/http/$NGINX_HOST/hello.txt" >/dev/null
ls "m/http/$NGINX_HOST/dir" >/dev/null
fusermount3 -u m
wait $pid
expect() { grep -qiE -- "$1" log || fail "no line like /$1/ in: $(head -n 40 log)"; }
time='[0-9.]+ ?(ns|us|µs|ms|s)'
expect "lookup.*/http/$NGINX_HOST/hello\.txt.*$time"
expect "open.*/http/$NGINX_HOST/hello\.txt.*$time"
expect "read.*/http/$NGINX_HOST/hello\.txt.*$time"
expect "readdir.*/http/$NGINX_HOST/dir.*$time"
expect "lookup.*/http/$NGINX_HOST/(a|a/b|a/b/none)[^/].*(ENOENT|No such file)"
expect_clean
