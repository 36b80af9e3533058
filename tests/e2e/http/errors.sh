#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the server or the way to it says becomes an errno, and exactly one log
# line with host and cause. The same table stands in the README.
# timeout: 120
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_fault_server
start_tls_nginx
H=$FAULT_HOST
refused=127.0.0.1:$(free_port)

# ERRNO PATH WHAT-THE-LINE-SAYS...
check() {
  local errno=$1 path=$2 word lines
  shift 2
  expect_equal "$errno" "$(errno_of_open "$path")" "errno of $path"
  lines=$(wc -l <said)
  expect_equal 1 "$lines" "log lines for $path ($(cat said))"
  for word; do
    grep -qiE -- "$word" said || fail "no '$word' for $path in: $(cat said)"
  done
}

check EACCES "/http/$H/status=403/x" "$H" 403
check EACCES "/http/$H/status=401/x" "$H" 401
check EIO "/http/$H/status=500/x" "$H" 500
check EIO "/http/$H/status=502/x" "$H" 502
check ECONNREFUSED "/http/$refused/x" "$refused" 'refused|connect'
check EHOSTUNREACH "/http/no-such-host.invalid/x" no-such-host.invalid 'resolve|host'
check ELOOP "/http/$H/loop/x" "$H" redirect
# An untrusted certificate is nobody's permission to read.
check EACCES "/https/$TLS_HOST/x" "$TLS_HOST" 'certificate|ssl|tls'

# A plain 404 is an ordinary answer: a line with -v only.
expect_equal ENOENT "$(errno_of_open "/http/$H/file/none")"
[ ! -s said ] || fail "404 is no news: $(cat said)"
expect_equal ENOENT "$(errno_of_open "/http/$H/file/none" -v)"
expect_equal 1 "$(grep "$H" said | grep -c 404)" "lines for 404 with -v ($(cat said))"
expect_equal ENOENT "$(errno_of_open "/http/$H/status=410/x")"

# A body that ends early is an error, never a short file.
for verb in short rst; do
  got=$(errno_of_open "/http/$H/$verb=70000/large.bin")
  expect_match '^(EIO|ECONNRESET)$' "$got" "errno of a $verb body"
  expect_equal 1 "$(wc -l <said)" "log lines for $verb ($(cat said))"
  grep -q "$H" said || fail "no host in: $(cat said)"
done

# --log takes the lines away from stderr.
expect_equal EACCES "$(errno_of_open "/http/$H/status=403/y" --log "$WORK/lines")"
[ ! -s said ] || fail "on stderr in spite of --log: $(cat said)"
expect_equal 1 "$(grep -c 403 lines)" "lines in the log file ($(cat lines))"

# A name that cannot be a host is not looked up.
for name in .hidden -option 'a b' 'a@b'; do
  expect_equal ENOENT "$(errno_of_open "/http/$name/x")" "host '$name'"
done
expect_clean
