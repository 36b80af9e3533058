#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Files over 4 GiB; files that grow or shrink while they are open; bodies
# without a length that are larger than what is kept to learn it; answers to
# HEAD that are not true; a server that wants to be left alone for long.
# timeout: 120
. "$E2E/lib.sh"
mkdir -p "$WORK/www/dir"
start_nginx
start_fault_server
V=/http/$NGINX_HOST
F=/http/$FAULT_HOST

note 'around 2 GiB, 4 GiB and the end of a file of 5 GiB'
truncate -s 5G "$WORK/www/huge"
for at in 2147483640 4294967290 5368709100; do
  printf 'bytes around %s' $at | dd of="$WORK/www/huge" bs=1 seek=$at conv=notrunc 2>dd.log
done
quietly vfsrun "$PYTHON" - "$V/huge" "$WORK/www/huge" <<'PY'
import hashlib, os, sys
remote, local = (os.open(name, os.O_RDONLY) for name in sys.argv[1:])
size = os.fstat(local).st_size
assert os.fstat(remote).st_size == size > 5 << 30, size
for at in (0, (1 << 31) - 5000, (1 << 32) - 100, (1 << 32) + 7, size - 99):
    want = os.pread(local, 10000, at)
    got = os.pread(remote, 10000, at)
    assert hashlib.sha256(got).digest() == hashlib.sha256(want).digest(), at
assert os.pread(remote, 10, size) == b""
PY
tail -c 300 "$WORK/www/huge" >want
quietly vfsrun tail -c 300 "$V/huge" | cmp - want || fail 'the tail of 5 GiB'
sent=$(requests | awk '{ sent += $(NF - 1) } END { print sent + 0 }')
[ "$sent" -le $((8 << 20)) ] || fail "$sent bytes for 50,000: $(requests)"

# What is read of a file that changed is the old file's, or an error; and who
# opens it anew has the new one.
changing() { # HOW SHELL-COMMAND-THAT-CHANGES
  note "a file that $1 while it is open"
  pseudo_random 3000000 5 >"$WORK/www/f"
  cp "$WORK/www/f" old
  CHANGE=$2 vfsrun "$PYTHON" - "$F/file/f" old <<'PY' 2>said
import errno, os, subprocess, sys
old = open(sys.argv[2], "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
assert os.pread(fd, 4096, 0) == old[:4096]
subprocess.run(os.environ["CHANGE"], shell=True, check=True)
at = 0
try:
    while at < len(old):
        got = os.pread(fd, 65536, at)
        assert got and got == old[at:at + len(got)], at
        at += len(got)
except OSError as e:
    assert e.errno in (errno.ESTALE, errno.EIO), e
PY
  quietly vfsrun cat "$F/file/f" | cmp - "$WORK/www/f" || fail "the file that $1"
}
changing grows "printf more >>$WORK/www/f"
changing shrinks "truncate -s 1000000 $WORK/www/f"

note 'without a length or version: read, at any place, where it is too large to
learn its length; else mapped shared, too'
pseudo_random 70000000 6 >"$WORK/www/long"
quietly vfsrun "$PYTHON" - "$F/chunked/long" "$WORK/www/long" <<'PY'
import os, sys
want = open(sys.argv[2], "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
assert os.fstat(fd).st_size == 0
got = bytearray()
while piece := os.read(fd, 1 << 20): got += piece
assert got == want, len(got)
assert os.pread(fd, 5000, 12345) == want[12345:17345]
PY
pseudo_random 1000001 7 >"$WORK/www/short"
quietly vfsrun "$PYTHON" - "$F/chunked/short" "$WORK/www/short" <<'PY'
import mmap, os, sys
want = open(sys.argv[2], "rb").read()
fd = os.open(sys.argv[1], os.O_RDONLY)
view = mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ)
assert view[:] == want, len(view)
PY

note 'HEAD tells another length than GET: an error, and then the file'
for name in one two; do echo "the file $name" >"$WORK/www/dir/$name"; done
for name in one two; do
  vfsrun sh -c "ls -l $F/liar/dir/ >/dev/null
    cat $F/liar/dir/$name || cat $F/liar/dir/$name" >got 2>said ||
    fail "cat of $name: $(cat said)"
  expect_equal "the file $name" "$(cat got)"
  expect_match 'its size was 1013 and is 13' "$(cat said)"
done

note 'Retry-After of a week is not waited for'
expect_equal EBUSY "$(errno_of_open "$F/busy=604800/x")"
expect_equal 1 "$(wc -l <said)" "log lines ($(cat said))"
expect_equal 1 "$(grep -c '/busy=' "$FAULT_LOG")" 'requests'
expect_clean
