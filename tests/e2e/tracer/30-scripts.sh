#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 30: scripts of the tree know their virtual name.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
put() { printf '%b' "$2" >"$WORK/www/bin/$1"; chmod 755 "$WORK/www/bin/$1"; }
# shellcheck disable=SC2016
{
  put s.sh '#!/bin/sh\necho "$0" "$@"\n'
  put option.sh '#!/bin/sh -eu\necho "$0" "$@"\n'
  put blank.sh '#! /bin/sh\necho "$0" "$@"\n'
  put env.sh '#!/usr/bin/env bash\necho "$0" "$@"\n'
  put split.sh '#!/usr/bin/env -S bash -e\necho "$0" "$@"\n'
  put source.sh '#!/bin/sh\n. "${0%/*}/part.sh"\necho "$part"\n'
  put part.sh 'part=found\n'
}
put p.py '#!/usr/bin/env python3\nimport sys\nprint(__file__, sys.argv[0], *sys.argv[1:])\n'
put p.pl '#!/usr/bin/perl -w\nprint "$0 @ARGV\\n";\n'
put awk.awk '#!/usr/bin/awk -f\nBEGIN { print ARGV[1] }\n'
for name in s.sh option.sh blank.sh env.sh split.sh p.pl; do
  expect_equal "$V/bin/$name a  b" "$(vfsrun "$V/bin/$name" 'a  b')" "$name"
done
expect_equal "$V/bin/p.py $V/bin/p.py x" "$(vfsrun "$V/bin/p.py" x)"
expect_equal found "$(vfsrun "$V/bin/source.sh")"
expect_equal x "$(vfsrun "$V/bin/awk.awk" x)"
note 'by other ways'
expect_equal "$M/bin/s.sh 1" "$(vfsrun "${MOUNT[@]}" env PATH="$M/bin:$PATH" s.sh 1)"
expect_equal "$V/bin/s.sh" "$(vfsrun sh "$V/bin/s.sh")"
expect_equal './s.sh 1' "$(vfsrun sh -c "cd $V/bin && ./s.sh 1")"
expect_equal "$V/bin/s.sh /x y" "$(vfsrun "$PYTHON" -c "
import os
os.execv('$V/bin/s.sh', ['other', '/x', 'y'])")"
expect_equal "$V/bin/p.py" "$(vfsrun "$PYTHON" -c "
import runpy
runpy.run_path('$V/bin/p.py')" | cut -d ' ' -f 1)"
note 'a local script with an argument that looks like a name of ours'
printf '#!/bin/sh\necho "$0" "$@"\n' >"$S/local.sh"
chmod 755 "$S/local.sh"
expect_equal "$S/local.sh $V/f" "$(vfsrun "$S/local.sh" "$V/f")"
note 'many arguments'
expect_equal 5000 "$(vfsrun bash -c "$V/bin/s.sh \$(seq 5000) | tr ' ' '\n' | sed 1d | wc -l")"
expect_clean
