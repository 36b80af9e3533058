#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 54: inotify and fanotify.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
native watches "$N" "$L"
traced watches "$V" "$L"
expect_clean
