#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 52 (2): strings in pages that a server never sends delay only those who
# use them.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
start_fault_server
head -c 1000000 /dev/zero | tr '\0' a >"$WORK/www/as"
native stalled_strings "$WORK/www/as" 65536 "$N" "$L"
traced stalled_strings "/http/$FAULT_HOST/stallafter=65536/as" 65536 "$V" "$L"
wait_until 10 is_clean
