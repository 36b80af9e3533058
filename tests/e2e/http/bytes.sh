#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that know nothing of HTTP read the server's own bytes.
# timeout: 120
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx 'autoindex on;'
V=/http/$NGINX_HOST

for file in hello.txt empty dir/medium.bin large.bin a/b/c/deep.txt; do
  quietly vfsrun cat "$V/$file" >got
  expect_same_bytes "$WORK/www/$file" got
  expect_clean
done

quietly vfsrun cp "$V/large.bin" copied
expect_same_bytes "$WORK/www/large.bin" copied

expect_equal "$(sha256sum <"$WORK/www/large.bin")" \
  "$(quietly vfsrun sh -c "sha256sum <$V/large.bin")" sha256sum

quietly vfsrun "$PYTHON" -c '
import mmap, sys
virtual, real = sys.argv[1:3]
want = open(real, "rb").read()
assert open(virtual, "rb").read() == want
with open(virtual, "rb") as f:
    # Backwards, in odd pieces, and past the end.
    for at in range(len(want) - 1, 0, -777777):
        f.seek(at)
        assert f.read(12345) == want[at:at + 12345], at
    f.seek(0, 2)
    assert f.tell() == len(want) and f.read(1) == b""
    with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
        assert m[:] == want
' "$V/large.bin" "$WORK/www/large.bin"

quietly vfsrun tar -C "$V" -cf got.tar a dir
mkdir untarred
tar -C untarred -xf got.tar
diff -r "$WORK/www/a" untarred/a
diff -r "$WORK/www/dir" untarred/dir

(cd "$WORK/www" && grep -r needle dir | sort) >want
quietly vfsrun sh -c "cd $V && grep -r needle dir | sort" >got
diff want got

expect_equal "$(tail -c 1000 "$WORK/www/large.bin" | md5sum)" \
  "$(vfsrun tail -c 1000 "$V/large.bin" | md5sum)" 'tail -c'

# Many at once, of files of all sizes.
quietly vfsrun sh -c "for i in \$(seq 8); do
  for f in hello.txt dir/medium.bin large.bin dir/file\$i.txt; do
    cmp $V/\$f $WORK/www/\$f || echo differs >&2 &
  done
done; wait"
expect_clean
