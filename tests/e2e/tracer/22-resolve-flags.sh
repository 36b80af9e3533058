#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 22: openat2 with RESOLVE flags.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both resolve_flags
expect_clean
