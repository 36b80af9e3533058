#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 4: all registers but rax, rcx and r11 survive every path call.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both registers
expect_clean
