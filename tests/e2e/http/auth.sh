#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Logins of a mount: netrc, environment, helper command, client certificate.
# They go to the mount's server only, and into no log.
# timeout: 60
. "$E2E/lib.sh"
make_tree "$WORK/www"
printf 'me:{PLAIN}hunter2\n' >"$WORK/users"
start_nginx 'location /basic/ { alias '"$WORK"'/www/; auth_basic x; auth_basic_user_file '"$WORK"'/users; }
  location /bearer/ { alias '"$WORK"'/www/; if ($http_authorization != "Bearer t-hunter2") { return 401; } }'
[ "$AS" = user ] || chmod a+r "$WORK/users"
mkdir mounts
mount_file() { # NAME PATH LINES
  printf 'path = "/%s"\nurl = "http://%s/%s/"\n[http]\n%b\n' \
    "$1" "$NGINX_HOST" "$2" "$3" >"mounts/$1.toml"
}
mount_file netrc basic 'netrc = true'
mount_file env bearer 'token_env = "E2E_TOKEN"'
mount_file helper bearer 'token_command = ["sh", "-c", "echo run >>'"$WORK"'/runs; echo t-hunter2"]'
mount_file file basic 'user = "me"\npassword = "hunter2"'
mount_file wrong basic 'user = "me"\npassword_env = "E2E_WRONG"'
mount_file none basic ''
chmod 600 mounts/file.toml
printf 'machine 127.0.0.1 login me password hunter2\n' >"$HOME/.netrc"
chmod 600 "$HOME/.netrc"
export E2E_TOKEN=t-hunter2 E2E_WRONG=nonsense
run() { vfsrun -v --log log --mounts mounts "$@"; }
for mount in netrc env helper file; do
  note "$mount"
  rm -rf "${XDG_CACHE_HOME:?}"/*
  run cat "/$mount/hello.txt" >got
  expect_same_bytes "$WORK/www/hello.txt" got
done
expect_equal 1 "$(wc -l <runs)" 'runs of the helper'

note 'wrong ones are refused once, and then not shown again'
forget_requests
run sh -c 'for i in 1 2 3 4 5; do cat /wrong/hello.txt; done' >got 2>err && fail 'opened'
expect_match 'Permission denied' "$(cat err)"
expect_requests 1 'a storm of 401'
run cat /none/hello.txt >got 2>err && fail 'opened without a login'

note 'a netrc that others can read is not used'
chmod 644 "$HOME/.netrc"
rm -rf "${XDG_CACHE_HOME:?}"/*
run cat /netrc/hello.txt >got 2>err && fail 'used a loose netrc'
expect_match 'chmod 600' "$(cat log)"

note 'a mounts.d file with a secret that others can read is refused'
chmod 644 mounts/file.toml
run cat /http/x 2>err && fail 'took a loose file'
expect_match 'chmod 600' "$(cat err)"
expect_no_match 'hunter2' "$(cat err log)" 'a secret in the log'
rm -f log err
expect_clean
