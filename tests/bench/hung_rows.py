# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that never answers, and another process on local files under the
same vfsrun: what its slowest call takes."""
import contextlib
import os
import signal
import subprocess

from measure import Worker, duration, median
from servers import hanging_server

READERS = 32
WORKER = """
for i in $(seq {readers}); do cat /http/127.0.0.1:{port}/$i & done >/dev/null 2>&1
exec {worker}
"""


def measure(settings, table):
    table.section("A hung server, %d readers waiting on it (median of %d)" % (
        READERS, settings.rounds), ["alone", "with the readers", "worst of all"])
    count = settings.few(5000, 100)
    name = "slowest of %d stats of a local file" % count
    try:
        with hanging_server() as port, contextlib.ExitStack() as stack:
            alone = stack.enter_context(Worker(settings, [settings.vfsrun]))
            script = WORKER.format(readers=READERS, port=port,
                                   worker=settings.worker)
            beside = Worker.__new__(Worker)
            beside.process = subprocess.Popen(
                [settings.vfsrun, "sh", "-c", script], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                start_new_session=True)
            try:
                beside.measure("stat", 1, "/etc/passwd")
                first, second = [], []
                for _ in range(settings.rounds):
                    first.append(alone.measure("slowest", count, "/etc/passwd"))
                    second.append(beside.measure("slowest", count, "/etc/passwd"))
            finally:
                # The readers too: they would outlive the program.
                os.killpg(beside.process.pid, signal.SIGKILL)
                beside.process.wait()
    except RuntimeError as error:
        table.fail(name, error)
        return
    table.row(name, [duration(median(first)), duration(median(second)),
                     duration(max(second))])
