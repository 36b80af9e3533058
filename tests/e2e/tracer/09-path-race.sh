#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 9: another thread changes the path while it is looked at.
# timeout: 180
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
native path_race "$N" "$L"
traced path_race "$V" "$L" 4000
expect_clean
