#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 49: undumpable programs, and those that may be run but not read.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
native undumpable "$N" "$L"
traced undumpable "$V" "$L"
cp "$TRACEES/bare_static" "$S/unreadable"
chmod 111 "$S/unreadable"
expect_equal 'this is f' "$(vfsrun "$S/unreadable" "$L/f")"
if [ "$AS" = root ]; then
  expect_equal 'this is f' "$(vfsrun "$S/unreadable" "$V/f")"
else
  # Its memory is closed to an ordinary user's tracer: the name is not seen.
  status=0
  vfsrun "$S/unreadable" "$V/f" >out || status=$?
  case $status in
    0) expect_equal 'this is f' "$(cat out)" ;;
    2) note 'ENOENT' ;;
    *) fail "status $status" ;;
  esac
fi
expect_equal 'this is f' "$(vfsrun sh -c "$S/unreadable $L/f >/dev/null; cat $V/f")"
expect_clean
