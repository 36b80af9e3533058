#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What can stand in the way of a start gives one line, which says what is
# wrong and what to do, and exit status 125; a mount that fails later one line
# and EIO.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx
V=/http/$NGINX_HOST

one_line() { # REGEX... : about stderr of the last run
  local word
  expect_equal 1 "$(wc -l <err)" "lines ($(cat err))"
  for word; do
    grep -qiE -- "$word" err || fail "no '$word' in: $(cat err)"
  done
}

# --- no ptrace, no seccomp -----------------------------------------------------
for what in ptrace seccomp; do
  E2E_RUN=$E2E_ID expect_status 125 "$PYTHON" "$E2E/deny.py" $what \
    "$VFSRUN" touch started 2>err
  one_line $what
  [ ! -e started ] || fail "the program ran without $what"
  expect_clean
done

# --- a limit of the size of files (ulimit -f) ---------------------------------
head -c 8000000 /dev/urandom >"$WORK/www/large.bin"
(ulimit -f 6000 && vfsrun cat "$V/large.bin") 2>err | cmp - www/large.bin ||
  fail "not the same bytes under a limit of file size ($(cat err))"
one_line 'disk cache'
expect_clean

got=0
(ulimit -f 100 && vfsrun true) 2>err || got=$?
expect_equal 125 "$got"
grep -qi 'too large' err || fail "the limit is not named: $(cat err)"
expect_clean

# --- no /dev/fuse, no fusermount3 ---------------------------------------------
# Only root can arrange this, in a mount namespace of its own.
if [ "$AS" = root ]; then
  nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)
  chmod 777 "$WORK"
  chmod 755 "$XDG_CONFIG_HOME" # read before anything else, also by nobody
  hide() { # COMMANDS-OF-ROOT STATUS COMMAND...
    local arrange=$1 wanted=$2 got=0
    shift 2
    E2E_RUN=$E2E_ID unshare -m sh -c "set -e; $arrange; exec \"\$@\"" sh "$@" \
      2>err >out || got=$?
    expect_equal "$wanted" "$got" "exit status of $* ($(cat err))"
  }
  without='mount -t tmpfs none /dev; mknod -m 666 /dev/null c 1 3
    mknod -m 666 /dev/zero c 1 5; mknod -m 666 /dev/urandom c 1 9'
  for as in env "${nobody[*]}"; do
    # shellcheck disable=SC2086  # the words of a command
    hide "$without" 125 $as "$VFSRUN" cat "$V/hello.txt"
    one_line /dev/fuse
    expect_clean
  done

  XDG_RUNTIME_DIR='' XDG_CACHE_HOME=$WORK/nobody HOME=$WORK/nobody \
    hide "$without; mknod -m 600 /dev/fuse c 10 229" 125 \
    "${nobody[@]}" "$VFSRUN" cat "$V/hello.txt"
  one_line /dev/fuse 'permission|chmod|open|access|group'

  mkdir nobody
  chmod 777 nobody
  fusermount=$(command -v fusermount3)
  XDG_RUNTIME_DIR='' XDG_CACHE_HOME=$WORK/nobody HOME=$WORK/nobody \
    hide "mount --bind /dev/null $(readlink -f "$fusermount")" 125 \
    "${nobody[@]}" "$VFSRUN" cat "$V/hello.txt"
  one_line fusermount3 'fuse3|install'
  expect_clean
fi

# --- a mount that fails after the program has started ----------------------------
mkdir -p inst/bin inst/share
cp "$VFSRUN" inst/bin/vfsrun
cp -r "$PREFIX/share/vfsrun" inst/share/
VFSRUN=$WORK/inst/bin/vfsrun
fake_gateway() {
  printf '#!/bin/sh\n%s\n' "$1" >inst/bin/vfsrun-gateway
  chmod +x inst/bin/vfsrun-gateway
}
late_failure() { # WORD-IN-THE-LINE
  local got=0
  rm -f out
  vfsrun "$PYTHON" -c '
import errno, os, sys
for path in sys.argv[1:]:
    try:
        os.stat(path)
        print("ok")
    except OSError as e:
        print(errno.errorcode[e.errno])
' /etc/passwd "$V/hello.txt" "$V" /http /etc/passwd >out 2>err || got=$?
  expect_equal 0 "$got" 'exit status'
  expect_equal 'ok EIO EIO EIO ok' "$(xargs <out)" "results ($(cat err))"
  one_line "$1"
  expect_clean
}
fake_gateway 'echo "mount: the moon is in the wrong place" >&7; exit 1'
late_failure moon
fake_gateway 'exit 3'
late_failure gateway
fake_gateway 'kill -9 $$'
late_failure gateway
rm inst/bin/vfsrun-gateway
got=0
vfsrun cat /etc/hostname "$V/hello.txt" >out 2>err || got=$?
[ $got -ne 0 ] || fail 'read without a gateway'
grep -q 'vfsrun-gateway' err || fail "the missing program is not named: $(cat err)"
expect_clean
