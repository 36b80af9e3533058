#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The gateway killed at any moment of filling the cache: the next run reads
# the right bytes.
# timeout: 120
. "$E2E/lib.sh"
mkdir -p "$WORK/www"
pseudo_random 20000000 3 >"$WORK/www/f"
start_nginx 'limit_rate 40m;'
V=/http/$NGINX_HOST
for delay in 0.05 0.12 0.2 0.3 0.4; do
  vfsrun --log log cat "$V/f" >/dev/null 2>&1 &
  for _ in $(seq 100); do
    victim=$(pgrep -x vfsrun-gateway -U "$(id -u)" | while read -r pid; do
      if grep -qsF "$WORK" "/proc/$pid/cmdline"; then echo "$pid"; break; fi
    done) || true
    [ -z "$victim" ] || break
    sleep 0.01
  done
  sleep "$delay"
  [ -z "$victim" ] || kill -9 "$victim" || true
  wait $! || true
  wait_until 10 is_clean
  quietly vfsrun cat "$V/f" >got
  expect_same_bytes "$WORK/www/f" got
done
expect_clean
