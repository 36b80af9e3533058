#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Files of a real sshd, by both transports: the server's own bytes, listings
# and attributes.
# timeout: 180
. "$E2E/lib.sh"
make_tree "$WORK/www"
ssh_key id_ed25519 ed25519

for transport in libssh2 ssh auto; do
  note "transport $transport"
  SFTP_TRANSPORT=$transport start_sshd
  V=$SFTP_TOP$WORK/www
  for file in hello.txt empty dir/medium.bin large.bin a/b/c/deep.txt; do
    quietly vfsrun cat "$V/$file" >got
    expect_same_bytes "$WORK/www/$file" got
  done
  quietly vfsrun ls "$V/dir" >got
  ls "$WORK/www/dir" >want
  diff want got
  quietly vfsrun find "$V" -type f -printf '%y %s %Ts %m %P\n' | sort >got
  find "$WORK/www" -type f -printf '%y %s %Ts %m %P\n' | sort >want
  diff want got
  expect_equal ENOENT "$(errno_of_open "$V/none")"
  expect_match "$(id -un)" "$(vfsrun stat -c %U "$V/hello.txt")"
  expect_clean
  stop_server "$SSHD_PID"
done
