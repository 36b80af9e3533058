#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 7: handlers on a small signal stack.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both signal_stack
expect_clean
