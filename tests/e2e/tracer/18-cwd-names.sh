#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows 18, 19: getcwd and readlink of /proc links.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both cwd_names
# Of a program that is itself a virtual file, seen by another process.
vfsrun sh -c "cd $V/dir; exec 5<$V/f; readlink /proc/\$\$/cwd /proc/\$\$/fd/5" >got
printf '%s\n' "$V/dir" "$V/f" | diff - got
expect_clean
