#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 21 (2): find, du, ls, tar and globs show virtual names only.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
vfsrun find "$V" >got
find "$L" | sed "s,^$L,$V," | sort >wanted
sort got | diff wanted -
vfsrun find "$V" -printf '%P %y %s\n' | grep ' f ' | sort >got
find "$L" -printf '%P %y %s\n' | grep ' f ' | sort | diff - got
vfsrun du -ab "$V" | cut -f 2 | sort | diff wanted -
vfsrun sh -c "cd $V; find . -type f -exec md5sum {} +" | sort >got
(cd "$L" && find . -type f -exec md5sum {} +) | sort | diff - got
expect_equal "$(cd "$L" && echo d*/* d*/s*/*)" \
  "$(vfsrun sh -c "cd $V; echo d*/* d*/s*/*")"
# shellcheck disable=SC2012 # the listing itself is what is compared
ls -R "$L" | sed "s,^$L,$V," >wanted
vfsrun ls -R "$V" | diff wanted -
vfsrun tar -C "$V" -cf - . | tar -C "$S" -xf -
diff -r "$L" "$S"
vfsrun sh -c "test -e $V/f; ls /http" >got
expect_match "$NGINX_HOST" "$(cat got)"
# Errors name the file as the program knows it.
vfsrun ls "$V/gone" 2>err || true
expect_match "$V/gone" "$(cat err)"
expect_no_match "$WORK" "$(cat err)"
expect_clean
