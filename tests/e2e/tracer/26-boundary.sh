#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows 26, 27: links and renames across the boundary; the root of a tree.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
other=$(mktemp -d /dev/shm/vfsrun-boundary.XXXXXX)
trap 'rm -rf "$other"; stop_servers' EXIT
cp -a "$L" "$other/tree"
native boundary "$other/tree" "$S" /proc
rm -rf "${S:?}"/*
traced boundary "$V" "$S" /http
# mv copies; it cannot remove what the server keeps.
expect_status 1 vfsrun mv "$V/f" "$S/moved" 2>err
expect_match 'Read-only' "$(cat err)"
expect_same_bytes "$S/moved" "$L/f"
expect_status 1 vfsrun ln "$V/f" "$S/linked" 2>err
expect_match 'cross-device' "$(cat err)"
expect_status 1 vfsrun mkdir /http 2>err
expect_match 'exists' "$(cat err)"
expect_status 1 vfsrun rmdir /http 2>err
[ ! -e /vfsrun-no-such ] || fail 'the root was renamed'
expect_clean
