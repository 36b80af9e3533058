#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tar, rsync, and the small ones that go with them.
# timeout: 120
. "$E2E/programs/common"
need tar rsync gzip
start_tree
alike tar 'tar -cf all.tar -C "$T" text src && tar -tf all.tar | sort &&
  mkdir x && tar -xf all.tar -C x && diff -r "$T/text" x/text && diff -r "$T/src" x/src &&
  tar -cz -C "$T" lib | tar -tz | sort && tar -df all.tar -C x && echo same &&
  (cd "$T/text" && tar -c .) | tar -x -O ./numbers1.txt | tail -n 1'
alike rsync 'rsync -rt --chmod=u+w "$T/" copy && diff -r "$T" copy && rsync -rtn --out-format=%n "$T/" copy &&
  rm copy/text/numbers3.txt && echo changed >copy/src/main.c &&
  rsync -rc --out-format="%n" "$T/" copy && rsync -r --list-only "$T/text/" | awk "/^-/ { print \$2, \$5 }" | sort'
alike 'cp, du, cmp, ln' 'cp -r "$T/text" copy && diff -r "$T/text" copy && cmp "$T/src/parts.h" "$T/src/parts.h" &&
  ln -s "$T/text" link && cat link/deep/needle.txt && readlink link && realpath link &&
  gzip -c "$T/text/random.bin" | gzip -d | cmp - "$T/text/random.bin" && install -m 750 "$T/bin/say" say &&
  ./say x && split -b 100000 "$T/text/random.bin" && cat x?? | cmp - "$T/text/random.bin" &&
  stat -c "%F %s" "$T/text/random.bin" && stat -c %F "$T/text" && sort "$T"/text/*.txt | sha256sum'
expect_clean
