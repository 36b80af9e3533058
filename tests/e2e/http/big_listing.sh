#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An index page of 100,000 names through the mount: whole, asked for once, and
# not kept in the gateway for good. A second ls of a directory is the kernel's.
# timeout: 120
. "$E2E/lib.sh"
mkdir -p "$WORK/www/big" "$WORK/www/dir"
for i in $(seq 20); do echo "$i" >"$WORK/www/dir/f$i"; done
"$PYTHON" - >"$WORK/www/big/index.html" <<'PY'
print('<html>\n<head><title>Index of /big/</title></head>\n<body>\n'
      '<h1>Index of /big/</h1><hr><pre><a href="../">../</a>')
for i in range(100000):
    name = "file-%06d.dat" % i
    print('<a href="%s">%s</a>%s04-Mar-2021 05:06 %19d'
          % (name, name, " " * (51 - len(name)), i))
print('</pre><hr></body>\n</html>')
PY
start_nginx 'autoindex on;'
mkdir m
gateway mount -f -d m >log 2>&1 &
pid=$!
wait_until 10 grep -qF " $WORK/m " /proc/self/mountinfo
D=m/http/$NGINX_HOST
lists() { grep -ciE "readdir.*/http/$NGINX_HOST/$1" log || true; }

note '100,000 names, each once'
ls -f "$D/big" >got
expect_equal 100002 "$(wc -l <got)"
expect_equal 100000 "$(grep -c '^file-' got)"
expect_equal 100000 "$(sort -u got | grep -c '^file-')"
expect_equal 77777 "$(stat -c %s "$D/big/file-077777.dat")"
[ "$(grep -c '"GET\|^GET /big/' "$NGINX_LOG")" -le 2 ] || fail "$(cat "$NGINX_LOG")"
kib=$(awk '/^RssAnon:/ { print $2 }' "/proc/$pid/status")
[ "$kib" -le $((100 << 10)) ] || fail "the gateway holds $kib KiB"

note 'ls again asks nobody'
ls "$D/dir" >got
before=$(lists dir)
[ "$before" -gt 0 ] || fail "no readdir in $(head -n 40 log)"
forget_requests
ls "$D/dir" >again
diff got again
expect_equal "$before" "$(lists dir)" 'READDIRs of a second ls'
expect_requests 0 'a second ls'
fusermount3 -u m
wait $pid
rm log
expect_clean
