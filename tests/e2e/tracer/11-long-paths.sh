#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 11: names at the limits.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both long_paths
expect_clean
