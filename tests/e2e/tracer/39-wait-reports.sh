#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 39: what a parent learns of its children.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
S=$WORK/look
native wait_reports
traced wait_reports
expect_clean
# The traced program's own parent is no different.
cat >"$S.py" <<'PYTHON'
import os, signal, sys
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    os.execv(sys.argv[1], sys.argv[1:])
try:
    os.setpgid(pid, pid)
except PermissionError:
    pass  # it has done so itself and executes already
while open("/proc/%d/comm" % pid).read().strip() not in ("sleep", "sh"):
    os.sched_yield()
for signal_number in (signal.SIGSTOP, signal.SIGTSTP):
    os.kill(pid, signal_number)
    got, status = os.waitpid(pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal_number, status
    assert os.waitpid(pid, os.WUNTRACED | os.WNOHANG) == (0, 0)
    os.kill(pid, signal.SIGCONT)
    got, status = os.waitpid(pid, os.WCONTINUED)
    assert os.WIFCONTINUED(status), status
os.kill(pid, signal.SIGTERM)
got, status = os.waitpid(pid, 0)
assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGTERM, status
PYTHON
"$PYTHON" "$S.py" /bin/sleep 20
E2E_RUN=$E2E_ID "$PYTHON" "$S.py" "$VFSRUN" sleep 20
E2E_RUN=$E2E_ID "$PYTHON" "$S.py" "$VFSRUN" sh -c 'while :; do test -e /x; done'
wait_until 5 is_clean
