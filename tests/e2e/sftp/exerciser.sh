#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 10,000 random reads, writes and truncations against a model, through the page
# cache and, every 1,000 steps, after a new mount; then fio with verification.
# timeout: 300
. "$E2E/lib.sh"
start_sshd
mkdir m store
cat >remount <<SCRIPT
#!/bin/sh
fusermount3 -u "$WORK/m" && "$GATEWAY" mount "$WORK/m"
SCRIPT
chmod 755 remount
gateway mount m
V=$WORK/m$SFTP_TOP$WORK/store

note "seed 1, with remounts"
E2E_RUN=$E2E_ID "$PYTHON" "$E2E/sftp/exercise.py" "$V/file" 10000 1 "$WORK/model" "$WORK/remount"
expect_same_bytes model store/file
expect_same_bytes model "$V/file"

command -v fio >/dev/null || fail 'no fio: packaging/deps test'
note "fio"
mkdir -p "$V/fio"
# Blocks are written out of order by several jobs and read back, by what the
# kernel keeps and past it.
for direct in 0 1; do
  # A colon in a name would divide it for fio.
  (cd "$V/fio" &&
    fio --name=verify --directory=. --rw=randwrite --bsrange=1k-256k \
      --size=8m --numjobs=2 --verify=crc32c --verify_fatal=1 --do_verify=1 \
      --fsync=32 --direct=$direct --output="$WORK/fio.out") ||
    fail "fio: $(cat fio.out)"
  rm -rf "$V"/fio/*
done
fusermount3 -u m
wait_until 10 is_clean
