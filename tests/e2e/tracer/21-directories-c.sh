#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 21 (1): directories by descriptor, fts, seekdir.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both directories
expect_clean
