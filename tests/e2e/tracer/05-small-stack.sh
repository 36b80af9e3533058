#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 5: nothing around a small stack in the heap is written.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both small_stack
expect_clean
