#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 31: interpreters that lie in the tree: of scripts and of ELF programs.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
cp /bin/bash "$WORK/www/bin/bash"
cp "$(realpath /lib64/ld-linux-x86-64.so.2)" "$WORK/www/bin/ld.so"
put() { printf '%b' "$2" >"$1"; chmod 755 "$1"; }
# shellcheck disable=SC2016
{
  put "$S/local" "#!$V/bin/bash"'\necho "$0" "$@" "$BASH"\n'
  put "$S/option" "#!$V/bin/bash -e"'\nfalse\necho no\n'
  put "$WORK/www/bin/both" "#!$V/bin/bash"'\necho "$0" "$@"\n'
}
expect_equal "$S/local a b $V/bin/bash" "$(vfsrun "$S/local" a b)"
expect_status 1 vfsrun "$S/option"
expect_equal "$V/bin/both x" "$(vfsrun "$V/bin/both" x)"
put "$S/gone" "#!$V/bin/gone\n"
expect_status 127 vfsrun sh -c "$S/gone" 2>err
note 'an ELF program whose loader lies in the tree'
if command -v patchelf >/dev/null; then
  cp "$TRACEES/show_self" "$S/elf"
  patchelf --set-interpreter "$V/bin/ld.so" "$S/elf"
else
  "$PYTHON" - "$TRACEES/show_self" "$S/elf" "$M/l" <<'PYTHON'
import sys
old, new = b"/lib64/ld-linux-x86-64.so.2\0", sys.argv[3].encode()
data = open(sys.argv[1], "rb").read()
assert data.count(old) == 1 and len(new) < len(old)
open(sys.argv[2], "wb").write(data.replace(old, new.ljust(len(old), b"\0")))
PYTHON
  cp "$WORK/www/bin/ld.so" "$WORK/www/l"
  chmod 755 "$S/elf" "$WORK/www/l"
fi
vfsrun "${MOUNT[@]}" "$S/elf" one >got
expect_match "argv0=$S/elf" "$(cat got)"
note 'the loader as a program'
vfsrun "$V/bin/ld.so" "$TRACEES/show_self" two >got
expect_match 'argv1=two' "$(cat got)"
expect_clean
