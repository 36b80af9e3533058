#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a mount's [cache] and the server's Cache-Control say, counted in the
# server's log and looked for in the cache's folder.
# timeout: 90
. "$E2E/lib.sh"
echo 'the file of this test' >"$WORK/www/f"
start_fault_server
hex() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }
mkdir mounts
mount_with() { # NAME FOLDER LINES-OF-[cache]
  printf 'path = "/%s"\nurl = "http://%s/%s/"\n[cache]\n%s\n' \
    "$1" "$FAULT_HOST" "$2" "$3" >"mounts/$1.toml"
}
mount_with forever file 'immutable = true
max_age = "100ms"'
mount_with nowhere file 'disk = false'
mount_with hour file 'max_age = "1h"'
run() { quietly vfsrun --mounts mounts "$@" >got; }
forget() {
  rm -rf "$XDG_CACHE_HOME"
  mkdir "$XDG_CACHE_HOME"
  : >"$FAULT_LOG"
}
expect_asked() { # STATUSES WHAT
  expect_equal "$1" "$(cut -d ' ' -f 3 "$FAULT_LOG" | xargs)" "$2"
}
on_disk() { grep -qraF 'the file of this test' "$XDG_CACHE_HOME"; }

note 'immutable: asked for once, whatever the time, and not in a later run'
run sh -c 'cat /forever/f; sleep 0.5; cat /forever/f'
expect_equal 2 "$(wc -l <got)"
run cat /forever/f
expect_equal 'the file of this test' "$(cat got)"
expect_asked 206 'immutable'
on_disk || fail 'immutable, and not kept'

note 'what the user or the server called fresh is so in a later run'
later() { # NAME STATUSES [SECONDS]
  run cat "$1"
  sleep "${3-0}"
  run cat "$1"
  expect_equal 'the file of this test' "$(cat got)"
  expect_asked "$2" "two runs of $1"
  : >"$FAULT_LOG"
}
V=/http/$FAULT_HOST
forget
later /hour/f 206
run cat /hour/f
expect_asked '' 'a third run'
quietly gateway cache drop --mounts mounts /hour/f
later /hour/f 206
later "$V/with=$(hex 'Cache-Control: max-age=60')/f" 206
later "$V/with=$(hex 'Cache-Control: max-age=1')/f" '206 304' 1.1
later "$V/with=$(hex 'Cache-Control: no-cache')/f" '206 304'
later "$V/with=$(hex 'Cache-Control: max-age=0')/f" '206 304'
# Nobody has said for how long: each run asks once.
forget
later "$V/file/f" '206 304'

note 'disk = false: nothing is left for a later run'
forget
run cat /nowhere/f
! on_disk || fail 'kept in spite of disk = false'
run cat /nowhere/f
expect_asked '206 206' 'disk = false'

# FIELDS WANTED: opened twice in one run, a second and a half apart.
twice() {
  forget
  run sh -c "cat $V/with=$(hex "$1")/f; sleep 1.5; cat $V/with=$(hex "$1")/f"
  expect_equal 2 "$(grep -c 'the file of this test' got)"
  expect_asked "$2" "$1"
}
note 'Cache-Control, Expires and Age'
twice 'Cache-Control: max-age=60' 206
twice 'Cache-Control: max-age=1' '206 304'
twice 'Cache-Control: no-cache, max-age=60' '206 304'
twice $'Cache-Control: max-age=60\nAge: 60' '206 304'
twice 'Expires: Sun, 06 Nov 1994 08:49:37 GMT' '206 304'
twice 'Expires: 0' '206 304'
on_disk || fail 'no-store was not said'
forget
run cat "$V/with=$(hex 'Cache-Control: no-store')/f"
! on_disk || fail 'no-store, and kept'
run cat "$V/with=$(hex 'Cache-Control: no-store')/f"
expect_asked '206 206' 'no-store in two runs'
expect_clean
