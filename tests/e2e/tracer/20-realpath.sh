#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 20: realpath in all its forms.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
for name in f dir/sub/h dir; do
  for command in realpath 'readlink -f' 'readlink -e' 'realpath -e' 'realpath -s'; do
    # shellcheck disable=SC2086
    expect_equal "$V/$name" "$(vfsrun $command "$V/dir/../$name")" "$command"
  done
  expect_equal "$V/$name" "$(cd / && vfsrun realpath "${V#/}/$name")"
  expect_equal "$V/$name" "$(vfsrun "$PYTHON" -c '
import os, pathlib, sys
path = sys.argv[1]
assert os.path.realpath(path) == str(pathlib.Path(path).resolve())
os.chdir(os.path.dirname(path))
assert os.path.abspath(os.path.basename(path)) == path
assert os.path.realpath(os.path.basename(path)) == path
print(os.path.realpath(path))' "$V/$name")"
done
expect_equal "$V/gone" "$(vfsrun realpath "$V/gone")"
expect_status 1 vfsrun readlink "$V/f"
expect_clean
