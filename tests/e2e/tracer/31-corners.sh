#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 31, its corners: a script as the interpreter of a script where the last
# interpreter lies in the tree; /proc/self/exe of a program whose loader does.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
cp /bin/bash "$WORK/www/bin/bash"
printf '#!%s/bin/bash\necho "$0" "$@"\n' "$V" >"$S/local"
printf '#!%s\n' "$S/local" >"$S/over"
chmod 755 "$S/local" "$S/over"
expect_equal "$S/local $S/over y" "$(vfsrun "$S/over" y)"
cp "$(realpath /lib64/ld-linux-x86-64.so.2)" "$WORK/www/l"
"$PYTHON" - "$TRACEES/show_self" "$S/elf" "$M/l" <<'PYTHON'
import sys
old, new = b"/lib64/ld-linux-x86-64.so.2\0", sys.argv[3].encode()
data = open(sys.argv[1], "rb").read()
assert data.count(old) == 1 and len(new) < len(old)
open(sys.argv[2], "wb").write(data.replace(old, new.ljust(len(old), b"\0")))
PYTHON
chmod 755 "$S/elf" "$WORK/www/l"
vfsrun "${MOUNT[@]}" "$S/elf" one >got
# The loader is what the kernel executes: tracer/README.md, "Known limits".
expect_match "exe=$M/l" "$(cat got)"
expect_match "$S/elf" "$(cat got)"
expect_clean
