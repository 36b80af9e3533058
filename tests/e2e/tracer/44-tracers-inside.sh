#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 44: vfsrun, strace and gdb inside: they run or say clearly why not, and
# nothing hangs.
# timeout: 120
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
# vfsrun inside runs the program, or says in one line that it cannot.
status=0
timeout 20 "$VFSRUN" "$VFSRUN" cat "$V/f" >out 2>err || status=$?
case $status in
  0) expect_equal 'this is f' "$(cat out)" ;;
  125) expect_match 'traced already' "$(cat err)"
    expect_equal 1 "$(wc -l <err)" "lines ($(cat err))" ;;
  *) fail "vfsrun inside vfsrun: $status" ;;
esac
for command in 'strace -f -o /dev/null true' 'strace -p 1' \
    'gdb -batch -ex run -ex quit /bin/true'; do
  program=${command%% *}
  if ! command -v "$program" >/dev/null; then
    fail "$program is not installed: packaging/deps test"
  fi
  status=0
  # shellcheck disable=SC2086
  timeout 30 "$VFSRUN" $command >out 2>&1 </dev/null || status=$?
  [ $status -ne 124 ] || fail "hangs: $command"
  note "$command: $status $(tail -n 1 out)"
  if [ "$program" = strace ] && [ $status -eq 0 ]; then fail 'strace went through?'; fi
  # The next program is none the worse for it.
  expect_equal 'this is f' "$(vfsrun sh -c "$command >/dev/null 2>&1 </dev/null; cat $V/f")"
done
wait_until 5 is_clean
