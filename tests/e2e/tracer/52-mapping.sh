#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 52 (1): mmap, a path inside a mapping, dlopen.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
native map_file "$N" "$L"
traced map_file "$V" "$L"
expect_equal "$(md5sum <"$L/large")" "$(vfsrun "$PYTHON" -c "
import mmap, os, sys
fd = os.open('$V/large', os.O_RDONLY)
sys.stdout.buffer.write(mmap.mmap(fd, 0, prot=mmap.PROT_READ))" | md5sum)"
expect_clean
