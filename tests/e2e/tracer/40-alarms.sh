#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 40: a signal each millisecond breaks no path call off.
# timeout: 120
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
native alarm_storm "$N" "$L" "$S" 100
traced alarm_storm "$V" "$L" "$S" 1500
expect_clean
