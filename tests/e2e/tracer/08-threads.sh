#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 8: 64 threads open virtual and local files.
# timeout: 120
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both threads_open 64 100
both threads_open 300 5
expect_clean
