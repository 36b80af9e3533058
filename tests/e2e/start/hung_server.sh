#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A server that hangs delays nobody but who asked it: local files and other
# servers are as fast as ever under the same vfsrun. Times are reported;
# asserted is that it all ends.
# timeout: 60
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx
start_fault_server
vfsrun "$PYTHON" - "/http/$FAULT_HOST" "/http/$NGINX_HOST" <<'PYTHON'
import os, signal, subprocess, sys, time
dead, alive = sys.argv[1:3]
stuck = [subprocess.Popen(["cat", "%s/stall/%d" % (dead, i)]) for i in range(20)]
stuck += [subprocess.Popen(["cat", "%s/stallafter=1000/large.bin" % dead],
                           stdout=subprocess.DEVNULL) for i in range(5)]
open(alive + "/hello.txt").read()
time.sleep(0.5)
def slowest(what, call, count):
    worst = 0
    for _ in range(count):
        start = time.monotonic()
        call()
        worst = max(worst, time.monotonic() - start)
    print("# slowest of %d %s: %.1f ms" % (count, what, worst * 1e3))
slowest("stats of a local file", lambda: os.stat("/etc/passwd"), 2000)
slowest("opens of a local file", lambda: open("/etc/passwd").close(), 1000)
slowest("stats on another server", lambda: os.stat(alive + "/hello.txt"), 500)
slowest("reads from another server",
        lambda: open(alive + "/dir/medium.bin", "rb").read(), 50)
slowest("starts of a program", lambda: subprocess.run(["true"]), 50)
assert all(p.poll() is None for p in stuck), [p.poll() for p in stuck]
start = time.monotonic()
for p in stuck:
    p.send_signal(signal.SIGTERM)
for p in stuck:
    assert p.wait(timeout=20) == -signal.SIGTERM
print("# 25 stuck readers ended after %.0f ms" % ((time.monotonic() - start) * 1e3))
PYTHON
expect_clean
