# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that never answers, and another process under the same vfsrun: what
its calls take, on local files and on files of a server that is well."""
import contextlib
import os
import signal
import subprocess

from measure import Worker, duration, median, ratio
from servers import hanging_server, nginx

READERS = 256
SCRIPT = """
for i in $(seq {readers}); do cat /http/127.0.0.1:{port}/$i & done >/dev/null 2>&1
exec {worker}
"""


@contextlib.contextmanager
def beside_readers(settings, port):
    """A worker in a vfsrun in which READERS programs wait for a server."""
    script = SCRIPT.format(readers=READERS, port=port, worker=settings.worker)
    worker = Worker.__new__(Worker)
    worker.process = subprocess.Popen(
        [settings.vfsrun, "sh", "-c", script], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True)
    try:
        yield worker
    finally:
        # The readers too: they would outlive the program.
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()


def measure(settings, table):
    table.section("A hung server, %d readers waiting on it (median of %d)" % (
        READERS, settings.rounds),
        ["alone", "with the readers", "ratio", "worst of all"])
    root = settings.work / "www-well"
    root.mkdir()
    (root / "file").write_bytes(os.urandom(16384))
    count = settings.few(5000, 100)
    with nginx(settings.work / "nginx-well", root) as well:
        rows = [("slowest of %d stats of a local file" % count, "slowest",
                 "/etc/passwd"),
                ("stat and read on another server, 99 %%, %d times" % count,
                 "p99", "/http/127.0.0.1:%d/file" % well)]
        try:
            with hanging_server() as port, \
                    Worker(settings, [settings.vfsrun]) as alone, \
                    beside_readers(settings, port) as beside:
                for name, what, path in rows:
                    one_row(settings, table, (alone, beside), name, what,
                            count, path)
        except RuntimeError as error:
            table.fail("a hung server", error)


def one_row(settings, table, workers, name, what, count, path):
    taken = [[], []]
    for worker in workers:
        worker.measure(what, 100, path)
    for _ in range(settings.rounds):
        for worker, times in zip(workers, taken):
            times.append(worker.measure(what, count, path))
    first, second = map(median, taken)
    table.row(name, [duration(first), duration(second), ratio(second, first),
                     duration(max(taken[1]))])
