#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 38: an interactive shell with job control inside vfsrun.
# timeout: 120
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
ulimit -c 0
cat >"$S/jobs.py" <<'PYTHON'
import os, re, sys
sys.path.insert(0, os.environ["E2E"])
from pty_session import Session

inner, path = sys.argv[1:]
shell = Session()
if inner:
    shell.send(inner + " bash --norc --noprofile --noediting -i\n")
    shell.expect("PROMPT> ")
print(repr(shell.command("cat " + path)))
shell.send("sleep 100\n")
shell.foreground("sleep")
shell.interrupt("\x1a")
print("stopped", shell.status())
print(re.sub(r"\s+", " ", shell.command("jobs")))
shell.command("bg")
print(re.sub(r"\s+", " ", shell.command("jobs -r")))
shell.send("fg\n")
shell.foreground("sleep")
shell.interrupt()
print("interrupted", shell.status())
shell.send("sleep 100 | cat\n")
shell.foreground("sleep")
shell.interrupt()
print("pipeline", shell.status())
print(shell.command("sleep 100 & kill -STOP %1; until jobs -s | grep -q sleep; do :; done; kill -CONT %1; kill %1; wait %1; echo $?")[-20:])
print(shell.command("jobs"))
if inner:
    shell.send("exit 6\n")
    shell.expect("PROMPT> ")
    assert str(shell.status()) == "6", shell.status()
shell.close()
PYTHON
"$PYTHON" "$S/jobs.py" '' "$L/f" >"$S/native"
E2E_RUN=$E2E_ID "$PYTHON" "$S/jobs.py" "$VFSRUN" "$L/f" >"$S/traced"
diff "$S/native" "$S/traced"
E2E_RUN=$E2E_ID "$PYTHON" "$S/jobs.py" "$VFSRUN" "$V/f" >"$S/traced"
diff "$S/native" "$S/traced"
wait_until 5 is_clean
