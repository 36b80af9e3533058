#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# File operations result by result and errno by errno as on a local directory:
# on the standalone mount and under vfsrun.
# timeout: 240
. "$E2E/lib.sh"
umask 022
start_sshd
mkdir local other under m

gateway mount m
quietly "$PYTHON" "$E2E/sftp/parity.py" "$WORK/local" "$WORK/m$SFTP_TOP$WORK/other"
fusermount3 -u m
wait_until 10 is_clean
diff -r --no-dereference local other

rm -rf local
mkdir local
quietly vfsrun "$PYTHON" "$E2E/sftp/parity.py" "$WORK/local" "$SFTP_TOP$WORK/under"
diff -r --no-dereference local under
expect_clean

# mode = "ro": every change is refused, and nothing is changed.
sed -i 's/^mode = .*/mode = "ro"/' "$XDG_CONFIG_HOME/vfsrun/mounts.d/50-sftp.toml"
echo text >under/file
vfsrun "$PYTHON" -c '
import errno, os, sys
top = sys.argv[1] + "/"
assert open(top + "file").read() == "text\n"
for call in (lambda: os.open(top + "file", os.O_RDWR), lambda: os.mkdir(top + "n"),
             lambda: os.open(top + "n", os.O_WRONLY | os.O_CREAT),
             lambda: os.unlink(top + "file"), lambda: os.truncate(top + "file", 0),
             lambda: os.rename(top + "file", top + "n"), lambda: os.chmod(top + "file", 0o600),
             lambda: os.symlink("x", top + "n"), lambda: os.link(top + "file", top + "n"),
             lambda: os.utime(top + "file")):
    try:
        call()
        sys.exit("succeeded")
    except OSError as e:
        assert e.errno == errno.EROFS, e
' "$SFTP_TOP$WORK/under"
expect_equal text "$(cat under/file)"
