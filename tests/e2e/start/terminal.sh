#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ^Z, bg, fg, ^C, ^\ and end of file through a terminal, as natively.
# timeout: 120
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx
ulimit -c 0
cat >jobs.py <<'PYTHON'
import os, re, signal, sys
sys.path.insert(0, os.environ["E2E"])
from pty_session import Session, note

prefix = sys.argv[1]

def stop_and_continue(shell):
    shell.send(prefix + "sleep 100\n")
    shell.foreground("sleep")
    shell.interrupt("\x1a")
    yield shell.status()
    yield re.sub(r"\s+", " ", shell.command("jobs").replace(prefix, ""))
    shell.send("fg\n")
    shell.foreground("sleep")
    shell.interrupt("\x1a")
    yield shell.status()
    shell.command("bg")
    yield re.sub(r"\s+", " ", shell.command("jobs -r").replace(prefix, ""))
    shell.send("fg\n")
    shell.foreground("sleep")
    shell.interrupt()
    yield shell.status()
    yield shell.command("jobs")

def interrupts(shell):
    for line in ("sleep 100", "sh -c 'echo ready; sleep 100; echo never'",
                 "sh -c 'sleep 100 & trap \"echo trapped; kill $!; exit 5\" INT; echo ready; wait'"):
        shell.send(prefix + line + "\n")
        shell.foreground(line.split()[0])
        if "ready" in line:
            shell.expect("ready\r\n")
            shell.member("sleep")
        shell.interrupt()
        yield shell.status()
    shell.send(prefix + "sleep 100\n")
    shell.foreground("sleep")
    shell.interrupt("\x1c")
    yield shell.status()

def terminal(shell):
    shell.send(prefix + "cat\n")
    shell.foreground("cat")
    shell.send("typed\n")
    yield shell.expect("typed\r\n")
    shell.send("\x04")
    shell.expect("PROMPT> ")
    yield shell.status()
    yield shell.command(prefix + "sh -c 'test -t 0 && test -t 1 && test -t 2 && tty >/dev/null && echo all'")
    yield shell.command(prefix + "stty -a | grep -c echo")
    yield shell.command("%ssleep 0.1 & wait $!; echo $?" % prefix)[-2:]
    yield shell.command("%ssh -c 'exit 3' | cat; echo ${PIPESTATUS[0]}" % prefix)

def stopped_from_outside(shell):
    shell.send(prefix + "sleep 100\n")
    pid = shell.foreground("sleep")
    os.kill(pid, signal.SIGSTOP)
    shell.expect("PROMPT> ")
    yield shell.status()
    os.kill(pid, signal.SIGCONT)
    shell.send("fg\n")
    shell.foreground("sleep")
    os.kill(pid, signal.SIGTERM)
    shell.expect("PROMPT> ")
    yield shell.status()

for scenario in (stop_and_continue, interrupts, terminal, stopped_from_outside):
    shell = Session()
    for result in scenario(shell):
        print(scenario.__name__, repr(result))
    shell.close()
PYTHON
"$PYTHON" jobs.py '' >native
E2E_RUN=$E2E_ID "$PYTHON" jobs.py "$VFSRUN " >traced
diff native traced
grep -q "stop_and_continue 130" native || fail "the scenarios see nothing: $(cat native)"
expect_clean
