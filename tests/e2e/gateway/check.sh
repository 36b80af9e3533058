#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `check` names file, line and key, and what was expected; an error anywhere
# means that nothing starts. Precedence and masking of mounts.d files.
. "$E2E/lib.sh"
make_tree "$WORK/www"
mkdir -p "$WORK/www2" "$XDG_CONFIG_HOME/vfsrun/mounts.d" extra
echo 'second server' >"$WORK/www2/hello.txt"
start_nginx
first=$NGINX_HOST
start_nginx_at "$WORK/nginx2" "$WORK/www2" '' ''
second=$NGINX_HOST
user=$XDG_CONFIG_HOME/vfsrun/mounts.d

expect_status 0 gateway check >out 2>&1
expect_match /http "$(cat out)" 'check lists what is mounted'

# path = /data by three roads; the later wins.
printf 'path = "/data"\nurl = "http://%s/"\n' "$first" >"$user/20-data.toml"
expect_equal 'Hello, world.' "$(quietly vfsrun cat /data/hello.txt)"
printf 'path = "/data"\nurl = "http://%s/"\n' "$second" >extra/20-data.toml
expect_equal 'second server' "$(quietly vfsrun --mounts extra cat /data/hello.txt)"
expect_equal 'Hello, world.' "$(quietly vfsrun --mounts extra \
  --mount "/data=http://$first/" cat /data/hello.txt)"
expect_equal 'Hello, world.' "$(quietly vfsrun --mount "/elsewhere/deep=http://$first/" \
  cat /elsewhere/deep/hello.txt)"
# The longest prefix wins.
expect_equal 'second server' "$(quietly vfsrun --mount "/p=http://$first/" \
  --mount "/p/dir=http://$second/" cat /p/dir/hello.txt)"
expect_equal 'line 1 of needle 1' "$(quietly vfsrun --mount "/p=http://$first/" \
  --mount "/p/q=http://$second/" cat /p/dir/file1.txt)"
# An empty file of a built-in's name switches it off.
builtin=$(basename "$PREFIX"/share/vfsrun/mounts.d/*http.toml)
: >"$user/$builtin"
status=0
vfsrun cat "/http/$first/hello.txt" 2>err || status=$?
expect_equal 1 "$status" 'cat of a path that is no mount any more'
expect_match 'No such file' "$(cat err)"
rm "$user/$builtin" "$user/20-data.toml"

# What is wrong, where, and what was expected. FILE-TEXT LINE KEY
complain() {
  local text=$1 line=$2 key=$3 status=0
  printf '%b' "$text" >"$user/50-bad.toml"
  gateway check >out 2>&1 || status=$?
  [ $status -ne 0 ] || fail "check accepts: $text"
  grep -qE "50-bad\.toml:$line:.*$key" out ||
    fail "no '50-bad.toml:$line: …$key' for '$text' in: $(cat out)"
  # Nothing starts: neither program.
  expect_status 125 vfsrun true 2>err
  grep -qE "50-bad\.toml:$line:.*$key" err || fail "vfsrun says: $(cat err)"
  mkdir -p m
  status=0
  gateway mount m 2>err || status=$?
  [ $status -ne 0 ] || fail "mounted in spite of: $text"
  grep -qE "50-bad\.toml:$line:" err || fail "mount says: $(cat err)"
}
good='path = "/bad"\nurl = "http://h/"\n'
complain 'path = "/bad"\nurl = \n' 2 ''
complain "${good}nonsense = 1\n" 3 nonsense
complain 'path = "bad"\nurl = "http://h/"\n' 1 path
complain 'path = "/a/../b"\nurl = "http://h/"\n' 1 path
complain 'path = 7\nurl = "http://h/"\n' 1 path
complain 'path = "/bad"\nurl = "nosuch://h/"\n' 2 url
complain 'path = "/bad"\nurl = "no url"\n' 2 url
complain "${good}mode = \"sometimes\"\n" 3 mode
complain "${good}[cache]\nmax_age = \"soon\"\n" 4 max_age
complain "${good}[cache]\nmin_age = \"5s\"\n" 4 min_age
complain "${good}[http]\nheaders = 5\n" 4 headers
complain 'path = "/bad"\n' '[0-9]*' url
complain 'url = "http://h/"\n' '[0-9]*' path

# All of it at once, not the first only.
printf 'path = "x"\nurl = "y"\nmode = "z"\n' >"$user/50-bad.toml"
gateway check >out 2>&1 || true
for line in 1 2 3; do
  grep -q "50-bad.toml:$line:" out || fail "line $line not named: $(cat out)"
done
rm "$user/50-bad.toml"

# The same for options.
for option in '--mount=nonsense' '--mount=/x' '--mount=x=http://h/' '--mounts=none'; do
  status=0
  vfsrun "$option" true 2>err || status=$?
  expect_equal 125 "$status" "exit status with $option"
  [ -s err ] || fail "not a word about $option"
done
expect_clean
