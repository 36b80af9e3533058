#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ^C ends a program at once that waits for a server: in open, in read, in
# readdir. The time is printed; asserted is only that it is no timeout's.
# timeout: 180
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_fault_server
cat >interrupts.py <<'PYTHON'
import os, re, signal, sys, time
sys.path.insert(0, os.environ["E2E"])
from pty_session import Session, note, wait_for

vfsrun, host, log, python = sys.argv[1:5]
top = "/http/" + host

def requests(what):
    with open(log) as file:
        return sum(what in line for line in file)

number = 0
def case(program, path, what, keys=("\x03",), statuses=(130,)):
    """Starts a program that will be stuck on path; ends it by each key."""
    global number
    for key, status in zip(keys, statuses):
        number += 1
        name = path + "?%d" % number
        shell = Session()
        before = requests("?%d " % number)
        shell.send("%s --log %s.log %s\n" % (vfsrun, log, program % name))
        wait_for(lambda: requests("?%d " % number) > before, "request for " + name)
        time.sleep(0.4)  # longer than the gateway waits before it looks
        seconds = shell.interrupt(key)
        got = shell.status()
        note("%-34s %r: %.0f ms, status %d" % (what, key, seconds * 1e3, got))
        assert seconds < 3, "%s took %.1f s" % (what, seconds)
        assert got == status, (what, got)
        shell.close()

case("cat '%s'", top + "/stall/x", "cat, in open", ("\x03", "\x1c"), (130, 131))
case("cat '%s'", top + "/stallafter=200000/large.bin", "cat, in read", ("\x03", "\x1c"), (130, 131))
case("cat '%s'", top + "/stallafter=10/large.bin", "cat, in read at the start")
case("sh -c 'cat \"%s\"; echo never'", top + "/stall/y", "sh and cat")
case("head -c 5 '%s'", top + "/stall/z", "head")
# Piece by piece: Python looks at its signals only between two reads.
case(python + " -c 'import sys; f = open(sys.argv[1], \"rb\", 0)\n"
     "while f.read(65536): pass' '%s'",
     top + "/stallafter=200000/large.bin", "python, which handles INT")
case("ls '%s'", top + "/stall/dir/", "ls")
case("dd of=/dev/null bs=1M if='%s'", top + "/stallafter=3000000/large.bin", "dd")

# By kill from outside: TERM and KILL of each process that waits.
for sig in (signal.SIGTERM, signal.SIGKILL, signal.SIGHUP):
    number += 1
    pid = os.fork()
    if pid == 0:
        os.execv(vfsrun, ["vfsrun", "cat", "%s/stallafter=200000/large.bin?%d" % (top, number)])
    wait_for(lambda: requests("?%d " % number) > 0, "request")
    time.sleep(0.4)
    start = time.monotonic()
    os.kill(pid, sig)
    _, status = os.waitpid(pid, 0)
    seconds = time.monotonic() - start
    note("cat, in read, %s: %.0f ms" % (sig.name, seconds * 1e3))
    assert os.WTERMSIG(status) == sig and seconds < 3, (sig, status, seconds)

# A handled harmless signal ends no read.
number += 1
read, write = os.pipe()
name = "%s/slow=1200/hello.txt?%d" % (top, number)
pid = os.fork()
if pid == 0:
    os.dup2(write, 1)
    os.execv(vfsrun, ["vfsrun", python, "-c", """
import signal, sys
signal.signal(signal.SIGALRM, lambda *a: None)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
print(open(sys.argv[1]).read(), end="", flush=True)
# Python puts the default back when it ends: no alarm must come by then.
signal.setitimer(signal.ITIMER_REAL, 0)
""", name])
os.close(write)
_, status = os.waitpid(pid, 0)
got = os.read(read, 100)
assert status == 0 and got == b"Hello, world.\n", (status, got)
PYTHON
ulimit -c 0
E2E_RUN=$E2E_ID "$PYTHON" interrupts.py "$VFSRUN" "$FAULT_HOST" "$FAULT_LOG" "$PYTHON"
wait_until 5 is_clean
