#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What reading a large file costs in requests and bytes, counted in the
# server's own log: in a row, here and there, and when it is left early.
# timeout: 120
. "$E2E/lib.sh"
mkdir -p "$WORK/www"
MIB=$((1 << 20))
pseudo_random $((64 * MIB)) 7 >"$WORK/www/large"
ln "$WORK/www/large" "$WORK/www/slow"
start_nginx 'location /slow { limit_rate 500k; }'
V=/http/$NGINX_HOST
fresh() {
  rm -rf "$XDG_CACHE_HOME"
  mkdir "$XDG_CACHE_HOME"
  forget_requests
}
bytes_sent() { requests | awk '{ sent += $(NF - 1) } END { print sent + 0 }'; }
at_most() { # LIMIT GOT WHAT
  [ "$2" -le "$1" ] || fail "$3: at most $1, got $2:"$'\n'"$(requests | head -n 50)"
}

quietly vfsrun cat "$V/large" | cmp - "$WORK/www/large" || fail 'other bytes'
at_most $((64 * MIB * 11 / 10)) "$(bytes_sent)" 'bytes of a sequential read'
# The probe, and a window that grows to 8 requests of 4 MiB.
at_most 30 "$(count_requests)" 'requests of a sequential read'
[ "$(count_requests)" -ge 8 ] || fail "a window in one request: $(requests)"

# The kernel has nothing of it in a new run; the cache has all.
forget_requests
quietly vfsrun cat "$V/large" | cmp - "$WORK/www/large" || fail 'other bytes'
expect_requests 1 'read again in a new run'
expect_match ' 304 ' "$(requests)" 'and that one brings no body'

fresh
quietly vfsrun "$PYTHON" - "$V/large" "$WORK/www/large" <<'PY'
import os, random, sys
remote, local = (os.open(name, os.O_RDONLY) for name in sys.argv[1:])
pick = random.Random(1)
at = 0
for _ in range(200):
    # Never near the last one: that could be a reader who goes on, and would
    # be read ahead for.
    last = at
    while abs(at - last) < 2 << 20:
        at = pick.randrange(64 << 20) & ~4095
    assert os.pread(remote, 4096, at) == os.pread(local, 4096, at), at
PY
at_most $((200 * 4096 * 8)) "$(bytes_sent)" 'bytes of 200 random reads'
at_most 201 "$(count_requests)" 'requests of 200 random reads'

# Sequential, but from several places, as with an archive's members.
fresh
quietly vfsrun "$PYTHON" - "$V/large" "$WORK/www/large" <<'PY'
import os, sys
remote, local = (os.open(name, os.O_RDONLY) for name in sys.argv[1:])
for start in range(60 << 20, 0, -(6 << 20)):
    for at in range(start, start + (1 << 20), 1 << 16):
        assert os.pread(remote, 1 << 16, at) == os.pread(local, 1 << 16, at)
PY
at_most $((10 * MIB * 5)) "$(bytes_sent)" 'bytes of ten runs of 1 MiB'

# Closed early: what was asked for ahead ends there.
fresh
quietly vfsrun "$PYTHON" - "$V/slow" "$WORK/closed" <<'PY'
import os, sys, time
remote = os.open(sys.argv[1], os.O_RDONLY)
for at in range(0, 512 << 10, 1 << 16): os.pread(remote, 1 << 16, at)
os.close(remote)
time.sleep(2)
PY
at_most $((MIB * 3 / 2)) "$(bytes_sent)" 'bytes of 512 KiB read, then closed'
expect_clean
