#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 2: stat and test know size and type.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
expect_equal "$(stat -c %s "$L/large")" "$(vfsrun stat -c %s "$V/large")"
expect_equal 'regular file' "$(vfsrun stat -c %F "$V/f")"
expect_equal directory "$(vfsrun stat -c %F "$V/dir")"
vfsrun test -f "$V/f"
vfsrun test -d "$V"
vfsrun test -d /http
vfsrun [ -r "$V/f" ]
expect_status 1 vfsrun test -e "$V/gone"
expect_status 1 vfsrun test -d "$V/f"
expect_status 1 vfsrun test -L "$V/f"
expect_status 1 vfsrun [ -s "$V/gone" ]
expect_clean
