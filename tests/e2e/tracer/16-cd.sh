#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 16: cd, pwd and relative names in shells.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
# shellcheck disable=SC2016
script='
cd "$1/dir/sub"; pwd; pwd -P; /bin/pwd; cat h ../g ../../f
cd ..; pwd; pwd -P; /bin/pwd
cd ../..; pwd; /bin/pwd -P
cd -P .; pwd
cd ..; pwd; cd ..; pwd; cd ..; pwd; /bin/pwd
cd "$1"; cd dir; (cd sub; pwd); pwd
cd /usr; cd "$OLDPWD"; pwd
readlink -f .; realpath ..; test . -ef "$1/dir" && echo same
'
for shell in bash dash; do
  "$shell" -ec "$script" - /proc/self 2>/dev/null || true
  vfsrun "$shell" -ec "$script" - "$V" >got || fail "$shell: $(cat got)"
  {
    printf '%s\n' "$V/dir/sub" "$V/dir/sub" "$V/dir/sub"
    printf 'this is %s\n' dir/sub/h dir/g f
    printf '%s\n' "$V/dir" "$V/dir" "$V/dir" /http /http /http / / / / \
      "$V/dir/sub" "$V/dir" "$V/dir" "$V/dir" "$V" same
  } >wanted
  diff wanted got || fail "$shell"
done
expect_equal "$V" "$(vfsrun bash -c "cd $V/dir; exec sh -c 'cd ..; exec env pwd'")"
expect_equal / "$(vfsrun sh -c "cd $V; cd ..; cd ..; pwd")"
expect_clean
