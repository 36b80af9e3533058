#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two opens of one URL that changed between them: each reads its own version
# whole, in one process and in two, and no read ever mixes them.
# timeout: 120
. "$E2E/lib.sh"
mkdir -p "$WORK/www" mounts
start_nginx
printf 'path = "/v"\nurl = "http://%s/"\n[cache]\nmax_age = "0"\n' \
  "$NGINX_HOST" >mounts/v.toml

# small: fits the first answer; big: its later parts would be asked for later.
for size in 5000 3000000; do
  pseudo_random $size 10 >old
  pseudo_random $size 11 >new
  for how in 'one process' 'two processes'; do
    cp old "$WORK/www/f"
    touch -d '2020-01-01' "$WORK/www/f"
    note "$size bytes, $how"
    vfsrun --mounts mounts "$PYTHON" - "$how" "$WORK" <<'PYTHON'
import errno, os, subprocess, sys
how, work = sys.argv[1:3]
old, new = (open(work + "/" + n, "rb").read() for n in ("old", "new"))

first = open("/v/f", "rb", buffering=0)
whole = b""
while piece := first.read(1 << 20):
    whole += piece
assert whole == old, "first open before the change"

with open(work + "/www/f.tmp", "wb") as f:
    f.write(new)
os.utime(work + "/www/f.tmp", (1600000000, 1600000000))
os.rename(work + "/www/f.tmp", work + "/www/f")

if how == "one process":
    got = open("/v/f", "rb").read()
else:
    got = subprocess.run(["cat", "/v/f"], check=True, capture_output=True).stdout
assert got == new, "second open gives %s" % (
    "the old version" if got == old else "neither version (%d bytes)" % len(got))

# The first descriptor still names the old version.
try:
    again = b""
    while piece := os.pread(first.fileno(), 1 << 20, len(again)):
        again += piece
    assert again == old, "the first descriptor reads something else now"
except OSError as e:
    assert e.errno == errno.ESTALE, e
    assert old.startswith(again)
PYTHON
    expect_clean
  done
done

# Opened before the change, read after it: old from what came with the open,
# or ESTALE, never new bytes under the old name's descriptor.
for size in 5000 3000000; do
  pseudo_random $size 10 >"$WORK/www/g"
  touch -d '2020-01-01' "$WORK/www/g"
  cp "$WORK/www/g" old
  pseudo_random $size 11 >new
  vfsrun --mounts mounts "$PYTHON" - "$WORK" <<'PYTHON'
import errno, os, sys
work = sys.argv[1]
old, new = (open(work + "/" + n, "rb").read() for n in ("old", "new"))
fd = os.open("/v/g", os.O_RDONLY)
with open(work + "/www/g.tmp", "wb") as f:
    f.write(new)
os.utime(work + "/www/g.tmp", (1600000000, 1600000000))
os.rename(work + "/www/g.tmp", work + "/www/g")
got = b""
try:
    while piece := os.read(fd, 1 << 16):
        got += piece
    assert got == old, "not the old version whole"
    print("# the old version, whole")
except OSError as e:
    assert e.errno == errno.ESTALE, e
    assert old.startswith(got), "mixed bytes before ESTALE"
    print("# ESTALE after %d bytes of the old version" % len(got))
assert open("/v/g", "rb").read() == new
PYTHON
done
expect_clean
