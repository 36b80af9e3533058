#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 25: local symbolic links into the tree: their text stays, and they are
# followed as the last name, on the way, and in chains.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
note 'made in this run'
vfsrun sh -ec 'cd "$2"
  ln -s "$1/f" file; ln -s "$1/dir" d; ln -s d/sub second; ln -s file third
  ln -s "$PWD/d" absolute; ln -s /http roots; ln -s ../.. up
  readlink file d second third
  cat file third; cat d/g d/sub/h second/h absolute/g d/../f
  test -f file; test -d d; test -L file; test -L d; test file -ef "$1/f"
  cd d; /bin/pwd; pwd -P; cat ../f' - "$V" "$S" >got
printf '%s\n' "$V/f" "$V/dir" d/sub file 'this is f' 'this is f' \
  'this is dir/g' 'this is dir/sub/h' 'this is dir/sub/h' 'this is dir/g' \
  'this is f' "$V/dir" "$V/dir" 'this is f' >wanted
diff wanted got
note 'made long before'
touch -h -d '2 days ago' "$S"/*; touch -d '2 days ago' "$S"
for _ in 1 2; do
  expect_equal 'this is f' "$(vfsrun cat "$S/third")"
  expect_equal 'this is dir/sub/h' "$(vfsrun cat "$S/second/h")"
  expect_equal "$V/dir/sub/h" "$(vfsrun realpath "$S/second/h")"
  expect_equal "$V/f" "$(vfsrun readlink -f "$S/third")"
  expect_equal "$V/f" "$(vfsrun readlink "$S/file")"
done
note 'by every sort of call'
vfsrun "$PYTHON" - "$S" "$V" <<'PYTHON'
import errno, os, stat, sys
here, tree = sys.argv[1:]
os.chdir(here)
fd = os.open(here, os.O_RDONLY)
inode = os.stat(tree + "/f").st_ino
assert os.stat("third").st_ino == inode
assert os.stat("third", dir_fd=fd).st_ino == inode
assert stat.S_ISLNK(os.lstat("file").st_mode)
assert stat.S_ISLNK(os.stat("file", dir_fd=fd, follow_symlinks=False).st_mode)
assert os.access("file", os.R_OK) and os.access("d/sub", os.X_OK)
assert os.path.exists("d/g") and not os.path.exists("d/gone")
assert sorted(os.listdir("d")) == ["g", "sub"]
assert os.listdir("second") == ["h"]
def fails(error, call, *arguments, **more):
    try:
        call(*arguments, **more)
    except OSError as problem:
        assert problem.errno == error, (call, arguments, problem)
    else:
        raise AssertionError((call, arguments))
fails(errno.ELOOP, os.open, "file", os.O_RDONLY | os.O_NOFOLLOW)
fails(errno.ENOENT, os.stat, "d/gone")
fails(errno.ENOTDIR, os.stat, "file/x")
fails(errno.EROFS, os.open, "d/new", os.O_CREAT | os.O_WRONLY)
fails(errno.EROFS, os.truncate, "file", 0)
fails(errno.EEXIST, os.mkdir, "file")
fails(errno.EEXIST, os.symlink, "x", "file")
os.symlink("x", "loop1"), os.rename("loop1", "x")
fails(errno.ELOOP, os.stat, "x")
os.rename("third", "renamed")
assert open("renamed").read() == "this is f\n"
os.rename("renamed", "third")
os.link("file", "hard", follow_symlinks=False)
assert os.readlink("hard") == tree + "/f"
os.unlink("hard")
os.unlink("d")
fails(errno.ENOENT, os.stat, "d/g")
os.mkdir("d")
fails(errno.ENOENT, os.stat, "d/g")
os.rmdir("d")
os.symlink(tree + "/dir/sub", "d")
assert os.listdir("d") == ["h"]
PYTHON
note 'programs and scripts through links'
ln -s "$V/bin/show_self" "$S/program"
vfsrun "$S/program" >got
expect_match "exe=$V/bin/show_self" "$(cat got)"
expect_match "argv0=$S/program" "$(cat got)"
ln -s "$V/bin" "$S/bin"
expect_equal 42 "$(vfsrun "$S/bin/origin_program")"
expect_equal 42 "$(vfsrun env PATH="$S/bin:$PATH" origin_program)"
note 'chains of links, as those that lead to java'
ln -s "$V/bin/show_self" "$S/alternative"
mkdir "$S/etc" "$S/usr"
ln -s "$S/alternative" "$S/etc/program"
ln -s ../etc/program "$S/usr/program"
vfsrun "$S/usr/program" >got
expect_match "argv0=$S/usr/program" "$(cat got)"
expect_match "exe=$V/bin/show_self" "$(cat got)"
expect_equal "$V/bin/show_self" "$(vfsrun readlink -f "$S/usr/program")"
vfsrun env PATH="$S/usr:$PATH" program | grep -qx "exe=$V/bin/show_self"
note 'links that lead elsewhere stay what they are'
ln -s /no/such/place "$S/dangling"
expect_status 1 vfsrun cat "$S/dangling" 2>err
ln -s loop "$S/loop"
expect_status 1 vfsrun cat "$S/loop" 2>err
expect_match 'Too many levels' "$(cat err)"
expect_clean
