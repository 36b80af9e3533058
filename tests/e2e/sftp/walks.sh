#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Small files of a listed directory that are opened one after the other are
# opened and read ahead: each once, and never more than twice of what is used.
# As root only: to write its log where it is read here the server is started
# by the login shell, and the tests' other user has none.
# as: root
# timeout: 120
. "$E2E/lib.sh"
mkdir -p "$WORK/www/d"
for i in $(seq 0 199); do echo "file $i" >"$WORK/www/d/$i.txt"; done
# Not written so lately that the same second may bring other bytes.
touch -d '1 hour ago' "$WORK"/www/d/*
ssh_key id_ed25519 ed25519
SERVER=/usr/lib/openssh/sftp-server
SAID=$WORK/sftp-server.log

for transport in libssh2 ssh; do
  note "transport $transport"
  SSHD_SUBSYSTEM="$SERVER -e -l INFO 2>>$SAID" SFTP_TRANSPORT=$transport start_sshd
  V=$SFTP_TOP$WORK/www/d
  fresh() {
    rm -rf "$XDG_CACHE_HOME"
    mkdir "$XDG_CACHE_HOME"
    : >"$SAID"
  }
  opened() { grep -o 'open "[^"]*txt" flags' "$SAID"; }
  closed() { grep -c 'close "[^"]*txt" bytes' "$SAID"; }
  everything() { for i in $(seq 0 199); do echo "file $i"; done; }
  # A file that the gateway and the program begin with at the same moment may
  # be opened by both.
  expect_once() {
    local count
    count=$(opened | wc -l)
    [ "$count" -le 204 ] || fail "200 files, $1: opened $count times"
    expect_equal 200 "$(opened | sort -u | wc -l)" "different files, $1"
  }

  fresh
  quietly vfsrun sh -c "for f in $V/*; do cat \$f; done" >got
  everything | sort >want
  sort got | diff want - || fail 'other bytes'
  expect_once 'as they are listed'

  # The directory is listed unasked, and its numbers show the order.
  fresh
  quietly vfsrun sh -c "for i in \$(seq 0 199); do cat $V/\$i.txt; done" >got
  everything | diff - got || fail 'other bytes'
  expect_once 'as they are numbered'

  # Again, from the disk cache: opened, but not read.
  : >"$SAID"
  quietly vfsrun sh -c "for f in $V/*; do cat \$f; done" >got
  sort got | diff want - || fail 'other bytes'
  expect_equal 0 "$(grep -c 'bytes read [1-9]' "$SAID")" 'files read again'

  fresh
  quietly vfsrun sh -c "ls $V >list
    for i in \$(seq 40); do cat $V/\$((i * 73 % 200)).txt; done" >got
  for i in $(seq 40); do echo "file $((i * 73 % 200))"; done | diff - got
  count=$(opened | wc -l)
  [ "$count" -le 80 ] || fail "40 files here and there: opened $count times"

  note 'what is opened ahead and not wanted is closed by and by'
  fresh
  quietly vfsrun sh -c "ls $V >list; cat $V/0.txt $V/1.txt $V/10.txt
    i=0
    until [ \$(grep -c 'close .*txt. bytes' $SAID) -eq \
      \$(grep -c 'open .*txt. flags' $SAID) ]; do
      [ \$((i = i + 1)) -lt 200 ] || exit 1
      sleep 0.1
    done" >got
  [ "$(opened | wc -l)" -gt 3 ] || fail 'nothing was opened ahead'
  [ "$(closed)" -ge 4 ] || fail 'not closed'

  expect_clean
  stop_server "$SSHD_PID"
done
