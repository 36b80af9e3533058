#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The server restarts with a changed file while it is being read: ESTALE or
# the old version whole, never a mixture.
# timeout: 120
. "$E2E/lib.sh"
mkdir -p "$WORK/www"
pseudo_random 60000000 1 >old
pseudo_random 60000000 2 >new
cp old "$WORK/www/f"
touch -d '2020-01-01' "$WORK/www/f"
start_nginx

vfsrun --log "$WORK/vfsrun.log" "$PYTHON" - "/http/$NGINX_HOST/f" "$WORK" <<'PYTHON' &
import errno, os, sys, time
path, work = sys.argv[1:3]
old = open(work + "/old", "rb").read()
fd = os.open(path, os.O_RDONLY)
got = os.read(fd, 1 << 20)
open(work + "/reading", "w").close()
while not os.path.exists(work + "/changed"):
    time.sleep(0.02)
try:
    while piece := os.read(fd, 1 << 17):
        got += piece
    assert got == old, "neither the old version whole nor ESTALE"
    print("# the old version, whole")
except OSError as e:
    assert e.errno == errno.ESTALE, e
    assert old.startswith(got), "mixed bytes before ESTALE"
    print("# ESTALE after %d bytes of the old version" % len(got))
    open(work + "/stale", "w").close()
PYTHON
reader=$!
wait_until 20 test -e reading
stop_server "$NGINX_PID"
cp new "$WORK/www/f"
touch -d '2021-01-01' "$WORK/www/f"
spawn_server nginx -e "$WORK/nginx/error.log" -p "$WORK/nginx" \
  -c "$WORK/nginx/nginx.conf"
wait_for_port "$NGINX_PORT" "$LAST_SERVER"
touch changed
wait "$reader"
if [ -e stale ]; then
  # One clear line that names the file.
  expect_equal 1 "$(grep -c "$NGINX_HOST" vfsrun.log)" 'log lines'
fi
quietly vfsrun cat "/http/$NGINX_HOST/f" >got
expect_same_bytes new got
expect_clean
