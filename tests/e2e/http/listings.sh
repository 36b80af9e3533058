#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What listings cost, and what they save, counted in the servers' logs.
# timeout: 120
. "$E2E/lib.sh"
mkdir -p "$WORK/www/dir/sub"
for i in $(seq -w 200); do
  printf '%0*d' "$((10#$i))" 0 >"$WORK/www/dir/f$i.txt"
done
touch -d '2021-03-04 05:06:07 UTC' "$WORK"/www/dir/f*.txt
start_nginx 'autoindex on;
  location /json/ { alias '"$WORK"'/www/; autoindex_format json; }'
V=/http/$NGINX_HOST

note 'ls alone is one request, ls -l and a second one are no more'
quietly vfsrun ls "$V/dir" >got
expect_equal 201 "$(wc -l <got)"
expect_requests 2 'that it is a directory, and its names'
forget_requests
quietly vfsrun sh -c "ls -l $V/dir | awk '\$1 ~ /^-/ { print \$5 }' | sort -n" >got
seq 200 | diff - got
expect_requests 2 'ls -l'
forget_requests
quietly vfsrun sh -c "ls -l $V/json/dir >/dev/null; ls -l $V/json/dir/ >/dev/null
  find $V/json/dir -size -100c | wc -l; stat -c %Y $V/json/dir/f007.txt" >got
expect_equal '101 1614834367' "$(xargs <got)" # 99 files, sub, dir
expect_requests 3 'ls -l twice, find and stat' # with sub's own listing

note 'ls -l asks for the access list of one file, and hears that there are none'
vfsrun --stats ls -l "$V/dir" 2>stats >got
expect_equal 202 "$(wc -l <got)"
asked=$(awk -F': ' '/stopped at l?getxattr/ { n += $2 } END { print n + 0 }' stats)
# At least one, or the lines of --stats have other names by now.
expect_match '^[1-4]$' "$asked" 'questions for attributes in ls -l of 201 names'

note 'what is not in a whole listing is not asked for; what it may hide is'
echo hidden >"$WORK/www/dir/.hidden"
forget_requests
quietly vfsrun sh -c "ls $V/dir >/dev/null
  for n in a b c d; do [ ! -e $V/dir/\$n ] || exit 1; done
  cat $V/dir/.hidden" >got
expect_equal hidden "$(cat got)"
expect_requests 3 'names that are not there'

note 'a file of a listed directory is one request, and its time stays'
forget_requests
quietly vfsrun sh -c "ls -l $V/dir >/dev/null; stat -c %Y $V/dir/f100.txt
  cat $V/dir/f100.txt | wc -c; stat -c %Y $V/dir/f100.txt" >got
expect_equal '1614834360 100 1614834360' "$(xargs <got)"
expect_requests 3 'ls -l, stat and cat'
quietly vfsrun sh -c "ls -l $V/dir >/dev/null; tar cf copy.tar -C $V dir"
expect_equal 200 "$(tar tf copy.tar | grep -c txt)"

note 'without sizes: HEADs, each once, ahead of who asks'
start_python_server "$WORK/www"
log=$WORK/http.server.log
quietly vfsrun sh -c "ls /http/$PYTHON_HOST/dir" >/dev/null
expect_equal 1 "$(grep -c ' /dir/ ' "$log")"
expect_equal 0 "$(grep -c 'HEAD' "$log")" 'HEADs of ls'
: >"$log"
quietly vfsrun sh -c "ls -l /http/$PYTHON_HOST/dir | awk '\$1 ~ /^-/ { print \$5 }' |
  sort -n" >got
seq 200 | diff - got
expect_equal 200 "$(grep -c '"HEAD /dir/f' "$log")" 'HEADs of ls -l'
expect_equal 0 "$(grep -c '"GET /dir/f' "$log")" 'GETs of ls -l'
: >"$log"
quietly vfsrun sh -c "ls /http/$PYTHON_HOST/dir >/dev/null
  stat -c %s /http/$PYTHON_HOST/dir/f050.txt" >got
expect_equal 50 "$(cat got)"
expect_equal 1 "$(grep -c '/dir/f' "$log")" 'one stat asks for one file'

note 'many at once want one answer'
: >"$log"
quietly vfsrun sh -c "ls /http/$PYTHON_HOST/dir >/dev/null
  for i in 1 2 3 4 5 6 7 8; do stat -c %s /http/$PYTHON_HOST/dir/f060.txt & done
  wait" >got
expect_equal 8 "$(grep -c '^60$' got)"
expect_equal 1 "$(grep -c '/dir/f060' "$log")"

note 'a server that refuses HEAD is asked by GET, and not by HEAD again'
cat >refuse.py <<'PY'
import http.server, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_HEAD(self):
        self.send_error(405)
http.server.test(Handler, http.server.ThreadingHTTPServer, bind="127.0.0.1",
                 port=int(sys.argv[1]))
PY
port=$(free_port)
spawn_server env -C "$WORK/www" "$PYTHON" "$WORK/refuse.py" "$port" >refused 2>&1
wait_for_port "$port" "$LAST_SERVER" || fail "$(cat refused)"
quietly vfsrun sh -c "ls /http/127.0.0.1:$port/dir >/dev/null
  for n in 010 120 060; do stat -c %s /http/127.0.0.1:$port/dir/f\$n.txt; done" >got
expect_equal '10 120 60' "$(xargs <got)"
expect_equal 1 "$(grep -c '"HEAD ' refused)" 'HEADs that are refused'

note 'a login page, a welcome, an article is no directory'
mkdir -p "$WORK/www/soft"
echo '<html><title>Welcome</title><a href="x">x</a></html>' >"$WORK/www/soft/index.html"
got=$(vfsrun ls "$V/soft" 2>/dev/null) || true
expect_equal '' "$got"
expect_clean
