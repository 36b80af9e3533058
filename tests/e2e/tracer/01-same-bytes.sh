#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 1: common programs read a virtual file as the server has it.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
vfsrun cat "$V/large" | cmp - "$WORK/www/large"
vfsrun cp "$V/large" "$S/copy"
expect_same_bytes "$S/copy" "$WORK/www/large"
expect_equal "$(md5sum <"$WORK/www/large")" "$(vfsrun md5sum <"$L/large")"
expect_equal "$(cd "$L" && md5sum large f dir/g)" \
  "$(vfsrun sh -c "cd $V && md5sum large f dir/g")"
expect_equal "$(dd if="$L/large" bs=1 skip=99990 count=20 status=none | md5sum)" \
  "$(vfsrun dd if="$V/large" bs=1 skip=99990 count=20 status=none | md5sum)"
expect_clean
