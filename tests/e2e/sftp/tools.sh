#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Editors and tools work on a tree of another machine: on the standalone mount
# and under vfsrun.
# timeout: 300
. "$E2E/lib.sh"
for program in git rsync sqlite3 make tar vim; do
  command -v "$program" >/dev/null || fail "no $program: packaging/deps test"
done
start_sshd
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b \
  GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_COUNT=1 \
  GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

# Something to work on.
make_tree tree
git init -q -b main origin
cp -r tree/. origin/
git -C origin add -A
git -C origin commit -q -m first
tar cf tree.tar tree
cat >Makefile <<'MAKE'
all: out
out: a.o b.o
	cat a.o b.o >out
%.o: %.src
	cp $< $@
MAKE

# work RUNNER TOP LOCAL: TOP names the folder LOCAL to programs run by RUNNER.
work() {
  local top=$2 here=$3
  local -a run=()
  [ -z "$1" ] || run=("$1")

  note "$here: tar"
  quietly "${run[@]}" tar xf tree.tar -C "$top"
  diff -r tree "$here/tree"
  expect_equal "$(stat -c '%Y %a' tree/bin/script.sh)" \
    "$(stat -c '%Y %a' "$here/tree/bin/script.sh")"

  note "$here: rsync"
  rm -rf copy
  cp -a tree copy
  quietly "${run[@]}" rsync -a copy/ "$top/synced/"
  diff -r copy "$here/synced"
  expect_equal '' "$("${run[@]}" rsync -ai copy/ "$top/synced/")"
  echo changed >>copy/hello.txt
  quietly "${run[@]}" rsync -a copy/ "$top/synced/"
  diff -r copy "$here/synced"

  note "$here: git"
  quietly "${run[@]}" git clone -q "$WORK/origin" "$top/clone"
  expect_equal '' "$("${run[@]}" git -C "$top/clone" status --porcelain)"
  echo more >>"$here/clone/hello.txt"
  sleep 6 # what others change is seen after max_age
  expect_equal ' M hello.txt' "$("${run[@]}" git -C "$top/clone" status --porcelain)"
  quietly "${run[@]}" git -C "$top/clone" commit -q -a -m second
  quietly "${run[@]}" git -C "$top/clone" checkout -q -b side HEAD^
  quietly "${run[@]}" git -C "$top/clone" gc -q
  git -C "$here/clone" fsck --strict --no-progress
  expect_equal 2 "$(git -C "$here/clone" rev-list --count main)"
  expect_equal '' "$(git -C "$here/clone" status --porcelain)"

  note "$here: sqlite3"
  "${run[@]}" sqlite3 "$top/db" 'create table t(x); begin;
    with recursive n(i) as (select 1 union all select i+1 from n where i<2000)
    insert into t select i from n; commit; delete from t where x % 2;
    vacuum; pragma integrity_check;' >sqlite.out
  expect_equal ok "$(tail -n 1 sqlite.out)"
  expect_equal '1000|ok' "$(sqlite3 "$here/db" 'select count(*) from t; pragma integrity_check' | paste -sd '|')"

  note "$here: make"
  quietly "${run[@]}" sh -c 'mkdir "$1" && cp Makefile "$1" &&
    echo a >"$1/a.src" && echo b >"$1/b.src"' sh "$top/build"
  quietly "${run[@]}" make -s -C "$top/build"
  expect_equal $'a\nb' "$(cat "$here/build/out")"
  expect_match 'Nothing to be done|up to date' "$("${run[@]}" make -C "$top/build")"

  note "$here: vim"
  quietly "${run[@]}" sh -c 'echo "one line" >"$1"' sh "$top/text"
  "${run[@]}" vim -u NONE -es -c '%s/one/another/' -c 'normal Gosecond' -c wq "$top/text"
  expect_equal $'another line\nsecond' "$(cat "$here/text")"
  expect_equal '' "$(find "$here" -maxdepth 1 -name '*~' -o -maxdepth 1 -name '.*.sw?')"

  note "$here: sort, sed, cp, dd, tail"
  quietly "${run[@]}" sh -c '
    cd "$1" && seq 1000 | sort -R >n && sort -n -o n n && sed -i s/^7$/seven/ n &&
    cp -a n n2 && cmp n n2 && mv n2 n3 && dd if=n of=n3 bs=64 seek=3 conv=notrunc status=none &&
    ln -s n l && tail -n 1 l && rm n3' sh "$top" >tail.out
  expect_equal 1000 "$(cat tail.out)"
  expect_equal seven "$(sed -n 7p "$here/n")"
}

mkdir m alone under
gateway mount m
work '' "$WORK/m$SFTP_TOP$WORK/alone" "$WORK/alone"
fusermount3 -u m
wait_until 10 is_clean
work vfsrun "$SFTP_TOP$WORK/under" "$WORK/under"
expect_clean
