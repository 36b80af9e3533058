#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Files of a listed directory that are opened one after the other are fetched
# ahead: each once, and never more than twice of what is used.
# timeout: 90
. "$E2E/lib.sh"
mkdir -p "$WORK/www/d" "$WORK/mounts"
for i in $(seq 100 299); do echo "file $i" >"$WORK/www/d/$i.txt"; done
start_nginx 'autoindex on;'
V=/http/$NGINX_HOST/d
fresh() {
  rm -rf "$XDG_CACHE_HOME"
  mkdir "$XDG_CACHE_HOME"
  forget_requests
}
files_asked() { requests | awk '$2 ~ /txt$/ { print $2 }'; }

# Known to the caller only: one request each, nothing besides.
quietly vfsrun sh -c "for i in \$(seq 100 149); do cat $V/\$i.txt; done" >got
cat "$WORK"/www/d/1[0-4]?.txt | cmp - got || fail 'other bytes'
expect_requests 50 'fifty files, one cat each'

# A walk: every file once, whoever asks for it first.
fresh
quietly vfsrun sh -c "for f in $V/*; do cat \$f; done" >got
cat "$WORK"/www/d/* | cmp - got || fail 'other bytes'
expect_equal 200 "$(files_asked | wc -l)" 'requests for 200 walked files'
expect_equal 200 "$(files_asked | sort -u | wc -l)" 'different ones'

# Here and there: at most twice as many as are opened. The order is fixed.
fresh
quietly vfsrun sh -c "ls $V >list
  for i in \$(seq 40); do cat $V/\$((100 + i * 73 % 200)).txt; done" >got
expect_equal 40 "$(wc -l <got)" 'lines read'
asked=$(files_asked | wc -l)
[ "$asked" -le 80 ] || fail "40 files opened here and there: $asked requests:"$'\n'"$(requests)"

# A walk that ends early has cost no more.
fresh
quietly vfsrun sh -c "ls $V >list
  for i in \$(seq 100 109); do cat $V/\$i.txt; done" >got
asked=$(files_asked | wc -l)
[ "$asked" -le 20 ] || fail "10 files of a walk: $asked requests"
[ "$asked" -gt 10 ] || fail "nothing was fetched ahead: $asked requests"
expect_clean
