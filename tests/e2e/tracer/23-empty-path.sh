#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 23: AT_EMPTY_PATH.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both empty_path
expect_clean
