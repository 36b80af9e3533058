#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vfsrun-gateway cache: ls, verify, pin, warm, drop, clear, beside a gateway.
# timeout: 90
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx 'autoindex on;'
V=/http/$NGINX_HOST
U=http://$NGINX_HOST

note 'warm fetches a file and a tree; the next run downloads nothing'
quietly gateway cache warm "$U/hello.txt" "$V/dir" >got
expect_match '^[0-9]* files with [0-9]* bytes are in the cache$' "$(cat got)"
expect_equal "$(find "$WORK/www/dir" "$WORK/www/hello.txt" -type f | wc -l)" \
  "$(cut -d ' ' -f 1 got)"
forget_requests
quietly vfsrun cat "$V/dir/medium.bin" >got
expect_same_bytes "$WORK/www/dir/medium.bin" got
requests | grep -v ' 304 ' | grep . && fail 'something was downloaded again'
expect_equal 1 "$(count_requests)" 'a conditional one'

note 'on a terminal one line tells how far it is, and is gone at the end'
# shellcheck disable=SC2016  # python's
E2E_RUN=$E2E_ID "$PYTHON" -c 'import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
  "$GATEWAY" cache warm "$U/large.bin" >got
expect_match '\[#*\.*\] [0-9.]* of 4\.8 MiB, [01] files' "$(cat got)"
expect_match $'\r\033\[K1 files with 5000000 bytes are in the cache' "$(cat got)"

note 'ls, by url and by path'
quietly gateway cache ls >all
expect_match "$U/hello.txt" "$(cat all)"
quietly gateway cache ls "$V/dir" >got
expect_no_match 'hello.txt' "$(cat got)"
expect_match "$U/dir/medium.bin" "$(cat got)"

note 'verify finds a byte that has changed'
quietly gateway cache verify >got
expect_match ' 0 files were damaged$' "$(cat got)"
object=$(grep -l -a "$U/dir/medium.bin" "$XDG_CACHE_HOME"/vfsrun/objects/*)
printf X | dd of="$object" bs=1 seek=$(($(stat -c %s "$object") - 5)) conv=notrunc 2>dd.log
expect_status 1 gateway cache verify "$V/dir" >got
expect_match "damaged, thrown away: $U/dir/medium.bin" "$(cat got)"
quietly gateway cache verify >got
quietly vfsrun cat "$V/dir/medium.bin" >got
expect_same_bytes "$WORK/www/dir/medium.bin" got

note 'pin and unpin; drop and clear beside a program that reads'
quietly gateway cache pin "$U/dir/"
expect_equal "$U/dir/" "$(quietly gateway cache pin)"
expect_match "pinned $U/dir/medium.bin" "$(quietly gateway cache ls)"
quietly gateway cache pin -u "$U/dir/"
expect_equal '' "$(quietly gateway cache pin)"
quietly gateway cache drop "$V/dir" >got
expect_no_match "$U/dir/" "$(quietly gateway cache ls)"
export GATEWAY
quietly vfsrun sh -c "exec 3<$V/large.bin; head -c 1000 <&3 >/dev/null
  $GATEWAY cache clear >/dev/null; cat <&3 | tail -c 1000" >got
tail -c 1000 "$WORK/www/large.bin" | cmp - got
quietly gateway cache clear >got
expect_match ' 0 bytes on disk of 0 files' " $(quietly gateway cache ls)"

note 'what cannot be meant'
expect_status 1 gateway cache warm gopher://x/ 2>err
expect_match 'no mount shows it' "$(cat err)"
expect_status 1 gateway cache warm "$V/none" >got 2>err
expect_match 'No such file' "$(cat err)"
rm -f err log
expect_clean
