#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 53: sockets with names.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both unix_sockets
expect_clean
