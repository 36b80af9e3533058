#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Servers that would wear one out: bytes by the second, a proxy that never
# comes to the point, and more hosts than one can keep in mind.
# timeout: 240
. "$E2E/lib.sh"
make_tree "$WORK/www"
head -c 100 /dev/zero | tr '\0' a >"$WORK/www/slow"
start_fault_server

# MiB of the only gateway's own, when a run has made the file "ready"; the run
# waits for the file "seen".
gateway_memory() {
  local pid
  wait_until "$1" test -e ready
  for pid in $(own_processes); do
    grep -qx vfsrun-gateway "/proc/$pid/comm" || continue
    awk '/^RssAnon/ { print int($2 / 1024) }' "/proc/$pid/status"
  done
  rm ready
  touch seen
}

note 'one byte a second: who waits hears in time that it takes too long, and'
note 'others get their files meanwhile'
mkdir mounts
cat >mounts/drip.toml <<EOF
path = "/drip"
url = "http://$FAULT_HOST/drip=10/"
[http]
connect_timeout = "1s"
stall_timeout = "3s"
EOF
start=$SECONDS
vfsrun --mounts mounts --log said.drip bash -c "
  cat /drip/slow & sleep 0.5
  cat /http/$FAULT_HOST/file/hello.txt; jobs -r
  wait" >got 2>refused
expect_equal 'Hello, world.' "$(head -n 1 got)"
expect_match 'cat /drip/slow' "$(tail -n +2 got)" 'waits no more'
expect_match 'cat: /drip/slow: Connection timed out' "$(cat refused)"
expect_match "$FAULT_HOST did not answer in time" "$(cat said.drip)"
[ $((SECONDS - start)) -le 30 ] || fail "that took $((SECONDS - start)) s"
expect_clean

note 'a proxy that answers CONNECT with header fields for ever'
start_proxy
start_tls_nginx
echo 'behind TLS' >"$TLS_ROOT/f"
https_proxy=$PROXY_URL CURL_CA_BUNDLE=$TLS_CERTIFICATE vfsrun --log said.flood sh -c "
  cat /https/h.flooded:443/f; cat /https/$TLS_HOST/f; touch ready
  until [ -e seen ]; do sleep 0.05; done" >got 2>refused &
memory=$(gateway_memory 60)
wait $!
expect_match 'cat: .*/f.*: Connection reset by peer' "$(cat refused)"
expect_equal 1 "$(wc -l <said.flood)" "log lines ($(cat said.flood))"
expect_match 'h.flooded:443: Too large response headers' "$(cat said.flood)"
expect_equal 'behind TLS' "$(cat got)"
[ "$memory" -le 40 ] || fail "$memory MiB after a long answer"

note 'ten thousand hosts'
start_nginx
# RFC 6761: all names below localhost are this machine.
rm seen
quietly vfsrun "$PYTHON" - "$NGINX_PORT" <<'PY' &
import os, sys, time
def path(n, name="hello.txt"):
    return "/http/h%d.localhost:%s/%s" % (n, sys.argv[1], name)
for n in range(10000):
    assert os.stat(path(n)).st_size == 14
assert open(path(1)).read() == open(path(9999)).read() == "Hello, world.\n"
assert not os.path.exists(path(5000, "missing"))
open("ready", "w").close()
while not os.path.exists("seen"):
    time.sleep(0.05)
PY
memory=$(gateway_memory 180)
wait $!
[ "$memory" -le 100 ] || fail "$memory MiB for ten thousand hosts"
expect_clean
