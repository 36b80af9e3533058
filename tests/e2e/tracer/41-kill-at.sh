#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 41: SIGKILL between any two of the tracer's calls: before the first touch
# of a traced thread, the second, and so on. The shell sees a death by that
# signal, or the program's own end where it was over; nothing is left behind.
# timeout: 300
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
# As an ordinary user every seventh moment, as root each.
step=7
if [ "$AS" = root ]; then step=1; fi
run() { # MOMENT
  local got=0
  rm -f count
  E2E_RUN=$E2E_ID KILL_AT=$1 KILL_COUNT=$WORK/count \
    LD_PRELOAD=$TRACEES/libkill_at.so \
    "$VFSRUN" "$TRACEES/one_of_each_static" "$V" "$L" >out 2>err || got=$?
  status=$got
}
run 0
expect_equal 0 "$status" "not killed: $(cat err)"
expect_equal 'this is f this is f' "$(xargs <out)"
total=$(cat count)
note "$total moments"
[ "$total" -gt 50 ] || fail "only $total moments: is the library in use?"
killed=0
for moment in $(seq 1 $step "$total"); do
  run "$moment"
  case $status in
    137) killed=$((killed + 1)) ;;
    # Another process of the run was hit (its parent saw it), or none any more.
    0 | 1) ;;
    *) fail "moment $moment: status $status: $(cat err)" ;;
  esac
  expect_no_match 'vfsrun: .*(terminat|abort|lost)' "$(cat err)"
done
note "killed at $killed of them"
[ "$killed" -gt $((total / step / 2)) ] || fail "killed only $killed times"
wait_until 10 is_clean
