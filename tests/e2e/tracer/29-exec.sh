#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows 29, 32: programs of the tree, and executions that fail.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
native exec_forms "$N" "$L"
vfsrun "${MOUNT[@]}" "$TRACEES/exec_forms" "$M" "$L"
note 'names by which a program knows itself'
vfsrun "$V/bin/show_self" one two >got
printf '%s\n' argc=3 "argv0=$V/bin/show_self" argv1=one argv2=two \
  "execfn=$V/bin/show_self" "exe=$V/bin/show_self" "cwd=$PWD" | diff - got
vfsrun sh -c "cd $V/bin && exec ./show_self" >got
printf '%s\n' argc=1 argv0=./show_self execfn=./show_self \
  "exe=$V/bin/show_self" "cwd=$V/bin" | diff - got
vfsrun sh -c "cd / && exec ${V#/}/bin/show_self" >got
expect_match "exe=$V/bin/show_self" "$(cat got)"
vfsrun "${MOUNT[@]}" env PATH="$M/bin:$PATH" show_self >got
printf '%s\n' argc=1 argv0=show_self "execfn=$M/bin/show_self" \
  "exe=$M/bin/show_self" "cwd=$PWD" | diff - got
note 'libraries found beside the program'
expect_equal 42 "$(vfsrun "$V/bin/origin_program")"
expect_equal 42 "$(vfsrun env LD_LIBRARY_PATH="${V%:*}" "$V/bin/origin_program")"
expect_equal "$(cat "$L/f")" "$(vfsrun "$V/bin/bare_static" "$V/f")"
note 'what vfsrun itself is given'
expect_status 127 vfsrun "$V/bin/gone" 2>err
expect_status 126 vfsrun "$V/dir" 2>err
expect_clean
