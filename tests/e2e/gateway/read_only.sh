#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A read-only mount answers every write call with EROFS; mkdir alone declares
# a directory that the server does not know.
. "$E2E/lib.sh"
make_tree "$WORK/www"
mkdir -p "$WORK/www/gone/b"
echo deep >"$WORK/www/gone/b/f"
start_nginx 'location ~ ^/gone(/b)?/?$ { return 404; }'

cat >writes.py <<'PYTHON'
import errno, os, sys
top = sys.argv[1]
f, d, new = top + "/hello.txt", top + "/dir", top + "/new"
os.stat(f), os.stat(d)
calls = {
    "open O_WRONLY": lambda: os.open(f, os.O_WRONLY),
    "open O_RDWR": lambda: os.open(f, os.O_RDWR),
    "open O_TRUNC": lambda: os.open(f, os.O_RDONLY | os.O_TRUNC),
    "open O_CREAT": lambda: os.open(new, os.O_WRONLY | os.O_CREAT, 0o644),
    "open O_CREAT of an existing one": lambda: os.open(f, os.O_RDWR | os.O_CREAT),
    "truncate": lambda: os.truncate(f, 3),
    "unlink": lambda: os.unlink(f),
    "rmdir": lambda: os.rmdir(d),
    "rename": lambda: os.rename(f, new),
    "link": lambda: os.link(f, new),
    "symlink": lambda: os.symlink("x", new),
    "chmod": lambda: os.chmod(f, 0o777),
    "chown": lambda: os.chown(f, os.getuid(), os.getgid()),
    "utime": lambda: os.utime(f, (1, 1)),
    "mkfifo": lambda: os.mkfifo(new),
    "setxattr": lambda: os.setxattr(f, "user.x", b"1"),
    "removexattr": lambda: os.removexattr(f, "user.x"),
}
wrong = []
for name, call in calls.items():
    try:
        call()
        wrong.append("%s: succeeded" % name)
    except OSError as e:
        # A file system without extended attributes says so first.
        fine = {errno.EROFS} | ({errno.EOPNOTSUPP} if "xattr" in name else set())
        if e.errno not in fine:
            wrong.append("%s: %s" % (name, errno.errorcode[e.errno]))
assert not wrong, wrong
assert open(f).read() == "Hello, world.\n"
assert not os.access(f, os.W_OK)
PYTHON

mkdir m
gateway mount m
V=$WORK/m/http/$NGINX_HOST
"$PYTHON" writes.py "$V"
# Declared by hand, as nobody announces anything here.
[ ! -e "$V/gone/b/f" ] || fail 'found without a declaration'
mkdir -p "$V/gone/b"
expect_equal deep "$(cat "$V/gone/b/f")"
expect_status 1 mkdir "$V/gone" 2>/dev/null # EEXIST
fusermount3 -u m
wait_until 5 is_clean

# The same calls by a traced program.
quietly vfsrun "$PYTHON" writes.py "/http/$NGINX_HOST"
expect_clean
