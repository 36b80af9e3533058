#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Directories that no server knows: a path is reached by its whole name,
# whatever was asked, and answered, about its parts before.
. "$E2E/lib.sh"
make_tree "$WORK/www"
mkdir -p "$WORK/www/gone/b/c"
echo deep >"$WORK/www/gone/b/c/deep.txt"
start_nginx 'location ~ ^/gone(/b(/c)?)?/?$ { return 404; }'
H=/http/$NGINX_HOST

# Relative names of several components, from a directory in the tree.
quietly vfsrun sh -c "cd $H; cat gone/b/c/deep.txt" >got
expect_equal deep "$(cat got)"
quietly vfsrun sh -c "cd /http; cat $NGINX_HOST/gone/b/c/deep.txt" >got
expect_equal deep "$(cat got)"
quietly vfsrun "$PYTHON" -c '
import os, sys
fd = os.open(sys.argv[1], os.O_PATH)
print(open(os.open("gone/b/c/deep.txt", os.O_RDONLY, dir_fd=fd)).read(), end="")
' "$H" >got
expect_equal deep "$(cat got)"

# The server's 404 for a part, asked for before, does not stand in the way.
quietly vfsrun sh -c "
  [ ! -e $H/gone ] && [ ! -e $H/gone/ ] && [ ! -e $H/gone/b ] && [ ! -d $H/gone/b/ ] &&
  cat $H/gone/b/c/deep.txt &&
  cd $H && cat gone/b/c/deep.txt" >got
expect_equal 'deep deep' "$(xargs <got)"

# What has proven to lead somewhere is a directory from then on, and lists
# the names proven below it.
quietly vfsrun sh -c "cat $H/gone/b/c/deep.txt; [ -d $H/gone ] && [ -d $H/gone/b/ ] &&
  cd $H/gone/b && cat c/deep.txt && ls . c $H/gone" >got
expect_equal 'deep deep .: c /http/127.0.0.1:PORT/gone: b c: deep.txt' \
  "$(xargs <got | sed "s/$NGINX_PORT/PORT/")"

# A path that leads nowhere proves nothing.
quietly vfsrun sh -c "[ ! -e $H/gone/b/none ] && [ ! -e $H/gone ] && [ ! -e $H/x/y/z ] &&
  [ ! -e $H/x/y ] && [ ! -e $H/x ]"

# The last component is never announced.
expect_equal ENOENT "$(errno_of_open "$H/gone")"
expect_equal ENOENT "$(errno_of_open "$H/gone/")"
expect_equal ENOENT "$(errno_of_open "$H/gone/b/")"

# A name known as a file stays a file.
vfsrun "$PYTHON" - "$H" <<'PYTHON'
import errno, os, sys
h = sys.argv[1]
def errno_of(path):
    try:
        os.close(os.open(path, os.O_RDONLY))
        return 0
    except OSError as e:
        return e.errno
assert errno_of(h + "/hello.txt") == 0
for tail in ("/x", "/x/y", "/", "/."):
    got = errno_of(h + "/hello.txt" + tail)
    assert got == errno.ENOTDIR, (tail, errno.errorcode.get(got, got))
os.chdir(h)
assert errno_of("hello.txt/x/y") == errno.ENOTDIR
assert errno_of("hello.txt") == 0
PYTHON

# A slow LOOKUP while a thousand other calls are announced.
start_fault_server
quietly vfsrun "$PYTHON" - "/http/$FAULT_HOST" "$H" <<'PYTHON'
import sys, threading
slow, fast = sys.argv[1:3]
got = []
def read_slow():
    got.append(open(slow + "/slow=1500/dir/sub/inner.txt").read())
thread = threading.Thread(target=read_slow)
thread.start()
for i in range(1000):
    try:
        open("%s/w%d/x%d/none" % (fast, i, i))
    except FileNotFoundError:
        pass
thread.join()
assert got == ["needle in sub\n"], got
PYTHON

# Many at once, each by a way of its own.
mkdir -p "$WORK/www/gone/n"
for i in $(seq 40); do
  mkdir -p "$WORK/www/gone/n/$i/m"
  echo "$i" >"$WORK/www/gone/n/$i/m/f"
done
quietly vfsrun sh -c "for i in \$(seq 40); do cat $H/gone/n/\$i/m/f & done; wait" >got
expect_equal "$(seq 40 | xargs)" "$(sort -n got | xargs)"
expect_clean
