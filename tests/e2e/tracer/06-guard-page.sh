#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 6: the stack pointer may be anywhere.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both guard_page
expect_clean
