#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A connection that breaks in the middle of a body is taken up again at the
# byte where it broke: the program sees whole files and nothing else.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_fault_server
for verb in rstonce shortonce; do
  for at in 0 1 40000 1000000; do
    quietly vfsrun cat "/http/$FAULT_HOST/$verb=$at/large.bin" >got
    expect_same_bytes "$WORK/www/large.bin" got
  done
done
# It did break: there was a second request.
[ "$(grep -c 'rstonce=40000' "$FAULT_LOG")" -ge 2 ] ||
  fail "it never broke: $(cat "$FAULT_LOG")"
expect_clean
