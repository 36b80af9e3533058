#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 33: execve from a thread among ten, 1,000 times, local and virtual in turn.
# timeout: 240
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
expect_status 42 "$TRACEES/thread_exec" "$N" "$L" "$S" 100
expect_status 42 vfsrun "$TRACEES/thread_exec" "$V" "$L" "$S" 1000
expect_clean
