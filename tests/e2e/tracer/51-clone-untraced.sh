#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 51: children that hide from tracers.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
native clone_untraced "$N" "$L"
traced clone_untraced "$V" "$L"
expect_clean
