#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sshd killed, restarted and stopped in the middle of writing: every byte has
# arrived, or the program is told and the bytes are kept. ^C ends a writer.
# timeout: 240
# expects: were not acknowledged
. "$E2E/lib.sh"
export XDG_STATE_HOME=$WORK/state
SPOOL=$XDG_STATE_HOME/vfsrun/spool
start_sshd
mkdir m store
sed -i '/^\[sftp\]/a stall_timeout = "3s"' "$XDG_CONFIG_HOME/vfsrun/mounts.d/50-sftp.toml"
gateway mount m --log "$WORK/gateway.log"
V=$WORK/m$SFTP_TOP$WORK/store
pseudo_random 30000000 5 >data

# Writes `data` to $1, slowly enough to be met in the middle; "ok" or errno.
cat >writer.py <<'PYTHON'
import errno, os, sys, time
data = open(sys.argv[2], "rb").read()
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
said = []
def tell(call):
    try:
        call()
    except OSError as e:
        said.append(errno.errorcode[e.errno])
for at in range(0, len(data), 100_000):
    tell(lambda: os.pwrite(fd, data[at:at + 100_000], at))
    if at == 5_000_000:
        open("half", "w").close()
    time.sleep(0.003)
tell(lambda: os.fsync(fd))
tell(lambda: os.close(fd))
print(" ".join(said) or "ok")
PYTHON

note "connections are cut in mid-write: nothing is lost, or it is told"
for round in 1 2 3; do
  rm -f half
  "$PYTHON" writer.py "$V/cut$round" data >said &
  writer=$!
  wait_until 20 test -e half
  kill_sshd_children KILL
  wait $writer
  if [ "$(cat said)" = ok ]; then
    expect_same_bytes data "store/cut$round"
  else
    expect_match EIO "$(cat said)"
    [ -d "$SPOOL" ] || fail "told of $(cat said), but nothing is kept"
  fi
done

note "the server is restarted in mid-write"
rm -f half
"$PYTHON" writer.py "$V/restart" data >said &
writer=$!
wait_until 20 test -e half
port=$SSHD_PORT
kill_sshd_children KILL
stop_server "$SSHD_PID"
SSHD_WANTED_PORT=$port start_sshd_at sshd
wait $writer
if [ "$(cat said)" = ok ]; then
  expect_same_bytes data store/restart
else
  [ -d "$SPOOL" ] || fail "told of $(cat said), but nothing is kept"
fi

note "the server stands still and goes on"
rm -f half
"$PYTHON" writer.py "$V/pause" data >said &
writer=$!
wait_until 20 test -e half
has_children() { children=$(sshd_children) && [ -n "$children" ]; }
wait_until 20 has_children
kill_sshd_children STOP
sleep 1
# shellcheck disable=SC2086  # a list of numbers
kill -CONT $children
wait $writer
expect_equal ok "$(cat said)"
expect_same_bytes data store/pause

note "^C ends a writer and a reader of a server that stands still"
rm -rf "$SPOOL"
(exec "$PYTHON" -c '
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o644)
os.pwrite(fd, b"first", 0)
os.fsync(fd)
open("opened", "w").close()
sys.stdin.readline()
open("writing", "w").close()
for at in range(0, 64 << 20, 1 << 20): os.pwrite(fd, bytes(1 << 20), at)
os.fsync(fd)
' "$V/stuck" < <(while [ ! -e go ]; do sleep 0.05; done; echo; sleep 100 & echo $! >sleeper; wait)) &
writer=$!
wait_until 20 test -e opened
kill_sshd_children STOP
: >go
wait_until 20 test -e writing
sleep 0.5
kill -INT $writer
start=$SECONDS
wait $writer || true
[ $((SECONDS - start)) -lt 20 ] || fail 'the writer did not end'
kill "$(cat sleeper)" 2>/dev/null || true

note "bytes that never arrived are kept, with one line"
wait_until 60 test -d "$SPOOL"
wait_until 20 grep -q "$SPOOL/stuck\.[A-Za-z0-9]*/restore" gateway.log
expect_match '/stuck: [0-9]+ bytes were not acknowledged' "$(cat gateway.log)"
expect_equal 700 "$(stat -c %a "$SPOOL")"
expect_equal 600 "$(stat -c %a "$SPOOL"/stuck.*/data)"
kill_sshd_children KILL
wait_until 60 sh -c "echo again >'$V/again'"
: >restored
for entry in "$SPOOL"/stuck.*; do sh "$entry/restore" "$WORK/restored"; done
[ "$(stat -c %s restored)" -gt 0 ] || fail 'nothing to restore'

note "the end of a gateway whose server stands still: in bounded time, kept"
rm -rf "$SPOOL"
fusermount3 -u m
wait_until 20 is_clean
