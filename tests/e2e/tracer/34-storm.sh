#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 34: 10,000 children of all kinds.
# timeout: 240
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
native storm "$N" "$L" "$S" 2000
traced storm "$V" "$L" "$S" 10000
expect_clean
