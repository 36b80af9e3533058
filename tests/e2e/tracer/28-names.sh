#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 28: names are bytes: not UTF-8, newlines, blanks, 255 bytes.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
cat >"$S/names.py" <<'PYTHON'
import os, sys

names = [b"a b", b"new\nline", b"tab\there", b"latin-\xe9\xff", "gr\u00fcn".encode(),
         b"p%20ercent", b"p%", b"plus+and&", b"hash#1", b"'quotes\"", b"back\\slash",
         b"semi;colon", b"star*[x]", b"-dash", b" lead", b"trail ", b"...", b"..a",
         b"<tag>", b"&amp;", b"c:d", b"~tilde", b"x" * 255, b"\xc3" * 255, b"\x01\x7f"]

def make(folder):
    os.makedirs(folder, exist_ok=True)
    for name in names:
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"text of " + name)

def read(folder):
    failed = 0
    for name in names:
        for path in (os.path.join(folder, name), name):
            os.chdir("/" if path is not name else folder)
            try:
                with open(path, "rb") as file:
                    if file.read() == b"text of " + name:
                        continue
                    print("another file:", path)
            except OSError as error:
                print(path, error)
            failed += 1
    os.chdir("/")
    return failed

def listed(folder):
    # nginx leaves names that begin with a dot out of its index.
    wanted = {name for name in names if name[:1] != b"."}
    got = os.listdir(folder)
    got = [name for name in got if name[:1] != b"."]
    for name in wanted ^ set(got):
        print("listed" if name in got else "not listed", name)
    return sorted(got) != sorted(wanted)

folder = os.fsencode(sys.argv[2])
if sys.argv[1] == "make":
    make(folder)
elif sys.argv[1] == "read":
    sys.exit(read(folder) != 0)
else:
    sys.exit(listed(folder))
PYTHON
for copy in "$WORK/www" "$N"; do "$PYTHON" "$S/names.py" make "$copy/names"; done
"$PYTHON" "$S/names.py" read "$N/names"
"$PYTHON" "$S/names.py" list "$N/names"
vfsrun "$PYTHON" "$S/names.py" read "$V/names"
vfsrun "$PYTHON" "$S/names.py" list "$V/names"
# A working directory with such a name.
mkdir "$WORK/www/$(printf 'd\n\351 x')"
echo inside >"$WORK/www/$(printf 'd\n\351 x')/file"
expect_equal "$V/$(printf 'd\n\351 x')"$'\n'inside \
  "$(vfsrun sh -c 'cd "$1"; /bin/pwd; cat file' - "$V/$(printf 'd\n\351 x')")"
expect_clean
