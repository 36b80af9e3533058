#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `ls /http` shows the hosts used so far.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx 'autoindex on;'
P=$NGINX_PORT
expect_equal '' "$(quietly vfsrun ls /http)"
quietly vfsrun sh -c "cat /http/127.0.0.1:$P/hello.txt >/dev/null; ls /http" >got
expect_equal "127.0.0.1:$P" "$(cat got)"
quietly vfsrun sh -c "cat /http/localhost:$P/hello.txt /http/127.0.0.1:$P/hello.txt \
  >/dev/null; ls /http | sort" >got
expect_equal "127.0.0.1:$P localhost:$P" "$(xargs <got)"
# A host that does not answer is none of them.
refused=127.0.0.1:$(free_port)
vfsrun --log log sh -c "cat /http/$refused/x; ls /http" >got 2>/dev/null
expect_equal '' "$(cat got)"
expect_clean
