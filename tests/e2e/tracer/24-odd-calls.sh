#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 24: calls without a path, and the newest ones.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both odd_calls
expect_clean
