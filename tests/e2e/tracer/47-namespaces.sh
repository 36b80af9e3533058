#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 47: namespaces, chroot and other users: it runs, and the tree is there or
# not there, never ENOSYS.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
try() { # COMMAND... ; its words without ENOSYS's, and no hang
  local status=0
  timeout 20 "$VFSRUN" "$@" >out 2>err || status=$?
  [ $status -ne 124 ] || fail "hangs: $*"
  expect_no_match 'not implemented' "$(cat err)"
  note "$1 $2: $status $(head -n 1 out) $(head -n 1 err)"
  tried=$status
}
if unshare -Ur true 2>/dev/null; then
  try unshare -Ur cat "$L/f" && expect_equal 'this is f' "$(cat out)"
  try unshare -Ur cat "$V/f" && expect_equal 'this is f' "$(cat out)"
  try unshare -Urm cat "$L/f" && expect_equal 'this is f' "$(cat out)"
  note 'the tree is mounted before a namespace takes the mounts along'
  try unshare -Urm cat "$V/f" && expect_equal 'this is f' "$(cat out)"
  try unshare -Urpf --mount-proc sh -c "cat $L/f; cat $V/f; echo \$\$"
  expect_equal 0 "$tried" 'sh in a pid namespace'
  expect_match $'this is f\nthis is f\n' "$(cat out)"
else
  note 'no user namespaces here: their part is left out'
fi
if [ "$AS" = root ] || unshare -Ur true 2>/dev/null; then
  note 'bwrap: the tree goes along with / and not into another root'
  try bwrap --dev-bind / / cat "$L/f" && expect_equal 'this is f' "$(cat out)"
  try bwrap --dev-bind / / cat "$V/f" && expect_equal 'this is f' "$(cat out)"
  try bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib \
    --symlink usr/lib64 /lib64 --proc /proc --dev /dev --unshare-pid \
    sh -c "echo inside; cat $V/f"
  expect_equal inside "$(head -n 1 out)"
  expect_match 'No such file' "$(cat err)"
fi
if [ "$AS" = root ]; then
  try unshare -mpf --mount-proc cat "$V/f"
  expect_equal 'this is f' "$(cat out)"
  # A mount that is there already goes along into the new namespace.
  try sh -c "cat $V/f; unshare -mpf --mount-proc cat $V/dir/g"
  expect_equal 'this is f this is dir/g' "$(xargs <out)"
  note 'the source of a mount'
  mkdir "$S/mnt"
  try unshare -m sh -c "mount --bind $V/dir $S/mnt && cat $S/mnt/g"
  expect_equal 'this is dir/g' "$(cat out)"
  mkdir "$S/root"
  cp "$TRACEES/bare_static" "$L/f" "$S/root/"
  try chroot "$S/root" /bare_static /f
  expect_equal 'this is f' "$(cat out)"
  try chroot "$S/root" /bare_static "$V/f"
  expect_equal 2 "$tried" 'ENOENT below another root'
  note 'another user: the tree belongs to the one who started vfsrun'
  try setpriv --reuid nobody --regid nogroup --clear-groups sh -c "cat $V/f"
  expect_match 'Permission denied' "$(cat err)"
  try su -s /bin/sh nobody -c "cat /etc/hostname; cat $V/f"
  expect_match 'Permission denied' "$(cat err)"
fi
wait_until 5 is_clean
