#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The gateway alone: mount, read without any tracer, fusermount3 -u.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx 'autoindex on;'
mkdir m

# In the background: the prompt comes back when the mount is there.
gateway mount m >said 2>&1
[ ! -s said ] || fail "words without a cause: $(cat said)"
grep -qF " $WORK/m " /proc/self/mountinfo || fail 'not mounted'
V=$WORK/m/http/$NGINX_HOST
cmp "$V/large.bin" "$WORK/www/large.bin"
diff -r "$V/dir" "$WORK/www/dir"
expect_equal 'http https' "$(cd m && echo http*)"
expect_equal 1 "$(find "m/http/$NGINX_HOST" -name inner.txt | wc -l)"
fusermount3 -u m
wait_until 5 is_clean

# In the foreground, ended by fusermount3: exit status 0.
gateway mount -f m >said 2>&1 &
pid=$!
wait_until 10 grep -qF " $WORK/m " /proc/self/mountinfo
cmp "$V/large.bin" "$WORK/www/large.bin"
fusermount3 -u m
wait $pid
wait_until 5 is_clean

# Ended by a signal: unmounted all the same.
for signal in TERM INT; do
  # An own shell: background jobs of this one ignore INT.
  E2E_RUN=$E2E_ID "$PYTHON" -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$GATEWAY" mount -f m >said 2>&1 &
  pid=$!
  wait_until 10 grep -qF " $WORK/m " /proc/self/mountinfo
  kill -$signal $pid
  wait $pid || true
  wait_until 5 is_clean
done

# A mount point that is none: one line, and no process.
for bad in none said; do
  status=0
  gateway mount "$bad" 2>err || status=$?
  [ $status -ne 0 ] || fail "mounted on $bad"
  expect_equal 1 "$(wc -l <err)" "lines for $bad ($(cat err))"
  expect_match "$bad" "$(cat err)"
done
expect_clean
