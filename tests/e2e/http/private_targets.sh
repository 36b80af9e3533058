#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A public server's redirect to an address of this machine or its network is
# not followed; a private server's is. In a network of the test's own, where
# 203.0.113.1 (RFC 5737) stands for the public server.
# as: root
if [ -z "${OWN_NETWORK-}" ]; then
  OWN_NETWORK=1 exec unshare --net -- bash "$0"
fi
. "$E2E/lib.sh"
ip link set lo up
ip address add 203.0.113.1/32 dev lo
ip address add 198.51.100.1/32 dev lo
make_tree "$WORK/www"
# shellcheck disable=SC2016  # nginx's
start_nginx 'listen 203.0.113.1:8081; listen 198.51.100.1:8081; listen 127.0.0.1:8081;
  location = /in { return 302 http://127.0.0.1:8081/hello.txt?in; }
  location = /twice { return 302 http://198.51.100.1:8081/in; }
  location = /out { return 302 http://198.51.100.1:8081/hello.txt; }'

expect_equal 'Hello, world.' "$(quietly vfsrun cat /http/203.0.113.1:8081/hello.txt)"
expect_equal 'Hello, world.' "$(quietly vfsrun cat /http/203.0.113.1:8081/out)"
for name in in twice; do
  expect_equal EACCES "$(errno_of_open "/http/203.0.113.1:8081/$name")" "$name"
  expect_match 'private address 127.0.0.1' "$(cat said)"
  expect_equal 1 "$(wc -l <said)" "log lines ($(cat said))"
done
requests | grep 'hello.txt?in' && fail 'it was asked all the same'
for name in in twice out; do
  expect_equal 'Hello, world.' "$(quietly vfsrun cat "/http/$NGINX_HOST/$name")"
done
expect_clean
