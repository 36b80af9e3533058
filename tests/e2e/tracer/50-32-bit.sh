#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 50: a 32-bit program, and 32-bit calls of a 64-bit one.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
expect_equal 'this is f' "$("$TRACEES/bare_i386" "$L/f")"
expect_equal 'this is f' "$(vfsrun "$TRACEES/bare_i386" "$L/f")"
expect_equal 'this is f' "$(vfsrun "$TRACEES/bare_i386" "$V/f")"
expect_equal 'this is f' "$(vfsrun "$V/bin/bare_i386" "$V/f")"
expect_status 2 vfsrun "$TRACEES/bare_i386" "$V/gone"
native int80 "$N" "$L"
traced int80 "$V" "$L"
expect_clean
