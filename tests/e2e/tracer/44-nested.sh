#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 44: vfsrun inside vfsrun runs its program under the outer one.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
expect_equal 'this is f' "$(vfsrun "$VFSRUN" cat "$V/f")"
expect_equal 'this is f' "$(vfsrun sh -c "\"$VFSRUN\" sh -c 'cat $V/f'")"
expect_status 7 vfsrun "$VFSRUN" sh -c 'exit 7'
note 'mounts of its own that the outer one lacks'
expect_status 125 vfsrun "$VFSRUN" "${MOUNT[@]}" cat "$M/f" 2>err
expect_equal 1 "$(wc -l <err)" "lines ($(cat err))"
expect_equal 'this is f' "$(vfsrun "${MOUNT[@]}" "$VFSRUN" "${MOUNT[@]}" cat "$M/f")"
expect_clean
