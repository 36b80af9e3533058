#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The cache's disk is full from the start, or gets full: what is read is right,
# and one line says so.
# as: root
# timeout: 60
. "$E2E/lib.sh"
pseudo_random 6000000 4 >"$WORK/www/f"
start_nginx
V=/http/$NGINX_HOST
mount -t tmpfs -o size=2m,mode=0700 tmpfs "$XDG_CACHE_HOME"
trap 'stop_servers; umount -l "$XDG_CACHE_HOME" 2>/dev/null || true' EXIT
fill="dd if=/dev/zero of=$XDG_CACHE_HOME/other bs=4k 2>/dev/null"

note 'little room: what fits'
quietly vfsrun cat "$V/f" | cmp - "$WORK/www/f" || fail 'other bytes'

note 'full while a program reads'
vfsrun sh -c "exec 3<$V/f; head -c 100000 <&3; $fill; cat <&3; cat $V/f" >got 2>said
cat "$WORK/www/f" "$WORK/www/f" | cmp - got || fail 'other bytes'
[ "$(wc -l <said)" -le 1 ] || fail "more than a line: $(cat said)"

note 'full from the start'
rm -rf "$XDG_CACHE_HOME"/vfsrun
sh -c "$fill" || true
vfsrun cat "$V/f" 2>said | cmp - "$WORK/www/f" || fail 'other bytes'
expect_equal 1 "$(grep -c 'disk cache' said)" "lines ($(cat said))"
expect_equal 1 "$(wc -l <said)" "lines ($(cat said))"
umount "$XDG_CACHE_HOME"
expect_clean
