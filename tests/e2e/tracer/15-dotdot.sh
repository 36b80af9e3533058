#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 15: .. out of the tree and back.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both dotdot
expect_clean
