#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --help that fits a screen, --version, -v, --log, --stats.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx
V=/http/$NGINX_HOST
for program in "$VFSRUN" "$GATEWAY"; do
  "$program" --help >help 2>err
  [ ! -s err ] || fail "--help on stderr: $(cat err)"
  lines=$(wc -l <help)
  [ "$lines" -le 24 ] || fail "--help of $program has $lines lines"
  width=$(wc -L <help)
  [ "$width" -le 80 ] || fail "--help of $program is $width columns wide"
  expect_match '^(vfsrun|vfsrun-gateway) [0-9]+\.[0-9]+' "$("$program" --version)"
done
for option in --log --stats --mount --mounts --version -v; do
  "$VFSRUN" --help | grep -q -- "$option" || fail "$option is not in --help"
done
for command in mount check; do
  "$GATEWAY" --help | grep -qw "$command" || fail "$command is not in --help"
done

# Nothing is said when all is well.
quietly vfsrun cat "$V/hello.txt" >/dev/null
vfsrun -v cat "$V/hello.txt" "$V/none" >out 2>err || true
expect_match none "$(grep -v ^cat: err)" '-v tells of a 404'
vfsrun -v --log "$WORK/lines" cat "$V/hello.txt" "$V/none" >out 2>err || true
expect_equal 'cat' "$(cut -d : -f 1 <err | uniq)" 'stderr with --log'
grep -q none lines || fail "not in the log file: $(cat lines)"
expect_status 125 vfsrun --log "$WORK/www/hello.txt/log" true 2>err
expect_equal 1 "$(wc -l <err)" "lines ($(cat err))"
expect_match hello.txt/log "$(cat err)"

rm -rf "$XDG_CACHE_HOME"; mkdir "$XDG_CACHE_HOME"
vfsrun --stats cat "$V/large.bin" >got 2>stats
expect_same_bytes got "$WORK/www/large.bin"
for name in 'stops, path calls' 'calls rewritten' requests 'bytes from network' \
    'bytes from cache'; do
  note "$name: $(stat_of stats "$name")"
done
[ "$(stat_of stats 'bytes from network')" -ge 5000000 ] || fail 'bytes from network'
forget_requests
vfsrun --stats sh -c "cat $V/dir/medium.bin $V/dir/medium.bin" >got 2>stats
expect_equal "$(count_requests)" "$(stat_of stats requests)" 'requests against the server log'
expect_clean
