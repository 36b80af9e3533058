#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 9: what is no string is EFAULT.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both bad_pointers
expect_clean
