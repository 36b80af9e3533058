#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 48: su runs as root; setuid programs of an ordinary user do not gain rights
# and say so themselves.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
if [ "$AS" = root ]; then
  expect_equal 0 "$(vfsrun su -c 'id -u')"
  expect_equal 'this is f' "$(vfsrun su -c "cat $V/f")"
else
  cp /usr/bin/id "$S/id"
  # A setuid program of ours keeps our own id; nothing hangs or crashes.
  chmod u+s "$S/id"
  expect_equal "$(id -u)" "$(vfsrun "$S/id" -u)"
  status=0
  timeout 20 "$VFSRUN" su -c 'id -u' >out 2>err </dev/null || status=$?
  if [ $status -eq 0 ] || [ $status -eq 124 ]; then
    fail "su: $status $(cat out err)"
  fi
  expect_equal 'this is f' "$(vfsrun sh -c "su -c true </dev/null 2>/dev/null; cat $V/f")"
fi
wait_until 5 is_clean
