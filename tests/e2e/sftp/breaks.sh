#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sshd killed, restarted, stopped and resumed in the middle of reads and
# writes: never a wrong byte, nothing lost in silence, ^C at once.
# timeout: 300
. "$E2E/lib.sh"
mkdir -p "$WORK/www"
ssh_key id_ed25519 ed25519
SIZE=40000000
mkfifo input
pseudo_random $SIZE 7 >"$WORK/www/big"

for transport in libssh2 ssh; do
  note "transport $transport"
  unset SSHD_WANTED_PORT
  SFTP_TRANSPORT=$transport start_sshd
  V=$SFTP_TOP$WORK/www

  # A reader that is held up after every megabyte, so that there is a middle.
  slowly='
import sys
source, target = sys.argv[1:3]
with open(source, "rb", 0) as f, open(target, "wb", 0) as out:
    while True:
        some = f.read(1 << 20)
        if not some: break
        out.write(some)
        print("step", flush=True)
        sys.stdin.readline()
'
  # copy SOURCE TARGET COMMAND...: COMMAND runs when 10 steps are done.
  copy() {
    local source=$1 target=$2 step=0
    shift 2
    coproc COPY { vfsrun "$PYTHON" -c "$slowly" "$source" "$target" 2>said; }
    # shellcheck disable=SC2153  # set by coproc
    local pid=$COPY_PID
    while read -r -u "${COPY[0]}" _; do
      step=$((step + 1))
      if [ $step -eq 10 ]; then "$@"; fi
      echo go >&"${COPY[1]}"
    done
    wait "$pid"
  }
  restart() {
    stop_server "$SSHD_PID"
    kill_connections
    # shellcheck disable=SC2034  # read by start_sshd_at
    SSHD_WANTED_PORT=${SFTP_TOP##*:}
    start_sshd_at sshd
  }
  kill_connections() {
    # shellcheck disable=SC2086
    kill -KILL $connections 2>/dev/null || true
  }
  connected() { connections=$(sshd_children) && [ -n "$connections" ]; }
  remember() { wait_until 20 connected; }

  note 'connections killed in mid-read'
  copy "$V/big" got kill_sshd_children KILL
  expect_same_bytes "$WORK/www/big" got
  [ ! -s said ] || fail "words: $(cat said)"

  note 'sshd restarted in mid-write'
  break_and_restart() { remember; restart; }
  copy "$WORK/www/big" "$V/copy" break_and_restart
  expect_same_bytes "$WORK/www/big" "$WORK/www/copy"

  note 'stopped and resumed in mid-read and mid-write'
  pause() {
    remember
    # shellcheck disable=SC2086  # a list of numbers
    kill -STOP $connections
    # shellcheck disable=SC2086
    (sleep 1; kill -CONT $connections) &
  }
  copy "$V/big" got pause
  expect_same_bytes "$WORK/www/big" got
  copy "$WORK/www/big" "$V/copy" pause
  expect_same_bytes "$WORK/www/big" "$WORK/www/copy"

  note 'another file under the name, in mid-read'
  replace_and_kill() {
    pseudo_random $SIZE 8 >"$WORK/www/new"
    mv "$WORK/www/new" "$WORK/www/other"
    kill_sshd_children KILL
  }
  cp "$WORK/www/big" "$WORK/www/other"
  # The protocol tells seconds: an older one is known apart from a new one.
  touch -d '1 hour ago' "$WORK/www/other"
  status=0
  copy "$V/other" got replace_and_kill || status=$?
  # What was read is the old file's, from its beginning.
  cmp -n "$(stat -c %s got)" "$WORK/www/big" got
  [ $status -ne 0 ] || [ "$(stat -c %s got)" -eq $SIZE ] || fail 'a short copy'

  note 'an end for whoever waits for a server that is stopped'
  for signal in INT TERM KILL; do
    # Python, as a shell's background job ignores INT.
    E2E_RUN=$E2E_ID "$VFSRUN" "$PYTHON" -c '
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
f = open(sys.argv[1], "rb", 0)
print(len(f.read(1000)), flush=True)
sys.stdin.readline()
f.seek(36000000)
f.read(1000)
' "$V/big" <input >part 2>said &
    waiter=$!
    exec {go}>input
    wait_until 20 grep -q 1000 part
    remember
    # shellcheck disable=SC2086  # a list of numbers
    kill -STOP $connections
    echo go >&$go
    sleep 1
    kill -$signal $waiter
    before=$SECONDS
    status=0
    wait $waiter || status=$?
    # Long before the server would be given up.
    [ $((SECONDS - before)) -lt 15 ] || fail "$signal ends it late"
    exec {go}>&-
    # shellcheck disable=SC2086
    kill -CONT $connections
    [ $status -gt 128 ] || fail "exit status $status after $signal"
  done
  wait_until 20 is_clean
  stop_server "$SSHD_PID"
  rm -f got "$WORK/www/copy" "$WORK/www/other"
done
