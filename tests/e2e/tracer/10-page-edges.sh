#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 10: strings at and across page ends.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both page_edges
expect_clean
