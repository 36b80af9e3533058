#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 41: SIGKILL at every moment.
# timeout: 120
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both kill_races
expect_clean
