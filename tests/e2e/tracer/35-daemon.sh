#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 35: a daemon that outlives the program keeps its mount until it ends.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
native daemon "$N" "$L" "$S/native"
wait_until 10 test -s "$S/native"
touch "$S/native.stop"
expect_equal ok "$(cat "$S/native")"
traced daemon "$V" "$L" "$S/traced"
wait_until 10 test -s "$S/traced"
expect_equal ok "$(cat "$S/traced")"
[ -n "$(our_mounts)" ] || fail 'the mount has gone before the daemon'
touch "$S/traced.stop"
wait_until 10 is_clean
# No virtual name before the program has ended: the daemon starts the mount.
vfsrun setsid sh -c "sleep 0.3; cat $V/f >$S/late" </dev/null >/dev/null 2>&1 &
wait_until 10 test -s "$S/late"
expect_equal 'this is f' "$(cat "$S/late")"
wait_until 10 is_clean
