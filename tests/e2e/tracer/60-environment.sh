#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 60: what a program inherits is what it would inherit natively.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
S=$WORK
run() { # OUTPUT COMMAND...
  local out=$1
  shift
  (
    umask 027
    ulimit -n 777
    ulimit -c 0
    trap '' USR2 TSTP
    export VARIABLE=$'two\nlines' EMPTY=
    exec env E2E_RUN="$E2E_ID" nice -n 3 "$@" 9<"$S/input" 8>>"$S/log.out" <"$S/input" >"$out" 2>"$S/err.$out"
  )
}
echo text >"$S/input"
for user_command in '' 'taskset 1' 'setsid -w' 'env -i PATH=/bin'; do
  # shellcheck disable=SC2086
  run native $user_command "$TRACEES/environment" a 'b c' ''
  # shellcheck disable=SC2086
  run traced $user_command "$VFSRUN" "$TRACEES/environment" a 'b c' ''
  sed -i "s/traced/native/; /^variable _=/d" native traced
  diff native traced || fail "with '$user_command'"
  [ "$(wc -l <native)" -gt 100 ] || fail "too little to compare: $(cat native)"
done
expect_clean
