#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Names with every kind of byte: opened by name, and found in listings.
. "$E2E/lib.sh"
mkdir -p "$WORK/www/odd"
start_nginx 'autoindex on;'
V=/http/$NGINX_HOST

"$PYTHON" - "$WORK/www/odd" <<'PYTHON'
import os, sys
names = [b"with space", b"100%", b"100%x", b"a+b", b"#hash", b"semi;colon",
         b"colon:x", b"amp&x=y", b"quote'\"", b"back\\slash", b"\xc3\xbcn\xc3\xafcode",
         b"new\nline", b"tab\tx", b"\x01control", b"latin\xe9", b"<tag>", b"a?b",
         b"%41", b"%2541", b"[br]{ac}|es^~`", b"@at", b"-dash", b"~tilde", b"=eq",
         b"...", b"..x", b"n" * 200, "日本".encode()]
for name in names:
    with open(os.path.join(os.fsencode(sys.argv[1]), name), "wb") as f:
        f.write(b"I am " + name)
os.mkdir(os.fsencode(sys.argv[1]) + b"/dir with space")
with open(os.fsencode(sys.argv[1]) + b"/dir with space/f", "wb") as f:
    f.write(b"inside")
PYTHON

# Opened by name. In a URL '?' starts a query and %25, %3F stay as they are,
# so these two bytes are written encoded where a file's name has them; all
# else is written as it is.
quietly vfsrun "$PYTHON" - "$V/odd" "$WORK/www/odd" <<'PYTHON'
import os, sys
virtual, real = map(os.fsencode, sys.argv[1:3])
wrong = []
for name in os.listdir(real):
    if name == b"dir with space":
        continue
    asked = name
    if b"?" in name:
        asked = name.replace(b"?", b"%3F")
    if name in (b"%2541",):
        asked = b"%252541"
    try:
        with open(virtual + b"/" + asked, "rb") as f:
            got = f.read()
    except OSError as e:
        got = str(e).encode()
    if got != b"I am " + name:
        wrong.append((name, got[:100]))
assert not wrong, wrong
assert open(virtual + b"/dir with space/f").read() == "inside"
PYTHON

# Found in the listing: whatever name stands there opens the same file.
quietly vfsrun "$PYTHON" - "$V/odd" "$WORK/www/odd" <<'PYTHON'
import os, sys
virtual, real = map(os.fsencode, sys.argv[1:3])
names = os.listdir(virtual)
# nginx lists no names that begin with a dot.
want = sorted(b"I am " + n for n in os.listdir(real)
              if n != b"dir with space" and not n.startswith(b"."))
got = []
for name in names:
    if name != b"dir with space":
        with open(virtual + b"/" + name, "rb") as f:
            got.append(f.read())
assert sorted(got) == want, set(want) ^ set(got)
assert os.listdir(virtual + b"/dir with space") == [b"f"]
PYTHON

# What the server was sent.
forget_requests
vfsrun cat "$V/none/a b%3Fc%25d#é" 2>/dev/null || true
expect_match 'GET /none/a%20b%3Fc%25d%23%C3%A9 404' "$(requests)"
expect_clean
