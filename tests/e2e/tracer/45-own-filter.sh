#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 45: programs with system call filters of their own.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
native own_filter "$N" "$L"
traced own_filter "$V" "$L"
expect_clean
