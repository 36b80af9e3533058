# SPDX-License-Identifier: GPL-2.0-or-later
"""http, where it is hard: a line that is slow for each connection, walks,
many programs at once, random reads, listings, and what memory it takes."""
import os
import pathlib
import subprocess
import time

from http_rows import make_tree
from measure import duration, median, ratio, timed
from servers import gateway_mount, nginx, rclone_mount, relay

RANDOM_READS = """
import os, random, sys, time
remote = os.open(sys.argv[1], os.O_RDONLY)
pick = random.Random(int(sys.argv[3]))
size = os.fstat(remote).st_size
start = time.monotonic()
for _ in range(int(sys.argv[2])):
    os.pread(remote, 4096, pick.randrange(size) & ~4095)
print(time.monotonic() - start)
"""
AT_ONCE = """top=$1; shift
for p in 0 1 2 3 4 5 6 7; do
  (i=0; for n; do
    [ $((i % 8)) -ne $p ] || cat "$top/$n" || exit; i=$((i + 1)); done) &
done
wait"""
LISTED = 'for f in "$1"/*; do cat "$f" || exit; done'


def measure(settings, table):
    root = settings.work / "www-depth"
    size, names = make_tree(settings, root)
    many = root / "many"
    many.mkdir()
    for number in range(settings.few(10000, 50)):
        (many / ("%d.txt" % number)).touch()
    middle = settings.few(64, 1) << 20
    with open(root / "big" / "middle", "wb") as file:
        file.write(os.urandom(middle))
    with nginx(settings.work / "nginx-depth", root) as direct, \
            relay(settings, direct) as late, \
            relay(settings, direct, "--rate",
                  str(settings.few(4_000_000, 40_000_000))) as capped:
        columns = ["curl", "vfsrun", "of curl's rate", "rclone"]
        table.section("http in depth (median of %d)" % settings.rounds, columns)
        rows = [
            ("%d MiB, 4 MB/s a connection, 20 ms" % (middle >> 20),
             *fetch(settings, capped, "big/middle")),
            ("%d small files of a listed directory, 20 ms" % len(names),
             None, *shell(settings, late, LISTED, ["small"])),
            ("%d small files, 8 processes, 20 ms" % len(names),
             lambda: timed(["curl", "-sfZ", "--parallel-max", "8", *(
                 "http://127.0.0.1:%d/%s" % (late, n) for n in names)]),
             *shell(settings, late, AT_ONCE, ["."] + names)),
            ("one of 200 random 4 KiB reads, 20 ms", None,
             *random_reads(settings, late, settings.few(200, 3))),
            ("ls -l of %d files, 20 ms" % len(names), None,
             *shell(settings, late, 'ls -l "$1"', ["small"])),
        ]
        for name, curl, vfsrun, rclone in rows:
            row(settings, table, name, curl, vfsrun, rclone)
        listing_alone(settings, table, late, len(names))
        standalone(settings, table, direct, size, len(list(many.iterdir())))


def row(settings, table, name, curl, vfsrun, rclone):
    functions = [curl, vfsrun, rclone if settings.rclone else None]
    taken = [[], [], []]
    try:
        for _ in range(settings.rounds):
            for function, times in zip(functions, taken):
                if function:
                    times.append(function() * 1e9)
    except (RuntimeError, ValueError) as error:
        table.fail(name, error)
        return
    medians = [median(times) if times else None for times in taken]
    table.row(name, [
        medians[0] and duration(medians[0]), duration(medians[1]),
        medians[0] and ratio(medians[0], medians[1]),
        medians[2] and duration(medians[2])])


LISTING = """[ -d /http ] && start=${EPOCHREALTIME/./} &&
ls -l "$1" >/dev/null && echo $((${EPOCHREALTIME/./} - start))"""


def listing_alone(settings, table, port, count):
    """Without vfsrun's and the gateway's start; no connection is up yet."""
    times = []
    for _ in range(settings.rounds):
        settings.fresh_cache()
        done = subprocess.run(
            [settings.vfsrun, "bash", "-c", LISTING, "bash",
             "/http/127.0.0.1:%d/small" % port], capture_output=True, text=True)
        if done.returncode != 0:
            table.fail("ls -l alone", done.stderr.strip()[-200:])
            return
        times.append(int(done.stdout) * 1e3)
    table.row("the ls -l alone, gateway up, %d files" % count,
              [None, duration(median(times)),
               "%.1f round trips" % (median(times) / 20e6), None])


def fetch(settings, port, path):
    def vfsrun():
        settings.fresh_cache()
        return timed([settings.vfsrun, "cat",
                      "/http/127.0.0.1:%d/%s" % (port, path)])

    def rclone():
        with rclone_mount(settings, port) as top:
            return timed(["cat", top + "/" + path])

    return (lambda: timed(["curl", "-sf", "-o", "/dev/null",
                           "http://127.0.0.1:%d/%s" % (port, path)]),
            vfsrun, rclone)


def shell(settings, port, script, words):
    """The same script below vfsrun's path and below rclone's mount."""
    def run(prefix, top):
        first, *rest = words
        return timed([*prefix, "sh", "-c", script, "sh",
                      os.path.normpath(top + "/" + first), *rest])

    def vfsrun():
        settings.fresh_cache()
        return run([settings.vfsrun], "/http/127.0.0.1:%d" % port)

    def rclone():
        with rclone_mount(settings, port) as top:
            return run([], top)

    return vfsrun, rclone


def random_reads(settings, port, count):
    """Seconds a read."""
    seeds = iter(range(1 << 30))

    def run(prefix, path):
        done = subprocess.run(
            [*prefix, "/usr/bin/python3", "-c", RANDOM_READS, path, str(count),
             str(next(seeds))], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip()[-200:])
        return float(done.stdout) / count

    def vfsrun():
        settings.fresh_cache()
        return run([settings.vfsrun], "/http/127.0.0.1:%d/big/file" % port)

    def rclone():
        with rclone_mount(settings, port) as top:
            return run([], top + "/big/file")

    return vfsrun, rclone


def anonymous_memory(process, what):
    """MiB of RssAnon; VmHWM would count mapped files too."""
    status = pathlib.Path("/proc/%d/status" % process.pid).read_text()
    for line in status.splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no %s in /proc/PID/status" % what)


def standalone(settings, table, port, size, many):
    table.section("vfsrun-gateway alone (median of %d)" % settings.rounds,
                  ["vfsrun"])
    times = []
    peak = 0.0
    try:
        for _ in range(settings.rounds):
            settings.fresh_cache()
            with gateway_mount(settings, port) as (top, _):
                os.stat(top + "/small/0.txt")  # the connection is up
                times.append(timed(["ls", "-l", top + "/many"]) * 1e9)
        settings.fresh_cache()
        with gateway_mount(settings, port) as (top, process):
            work = ["sh", "-c", 'cat "$1/big/file" & ls -lR "$1" & '
                    'cat "$1"/small/* & cat "$1/big/middle" & wait', "sh", top]
            running = subprocess.Popen(work, stdout=subprocess.DEVNULL)
            while running.poll() is None:
                peak = max(peak, anonymous_memory(process, "RssAnon"))
                time.sleep(0.01)
            time.sleep(settings.few(8, 1))
            idle = anonymous_memory(process, "RssAnon")
    except (RuntimeError, OSError) as error:
        table.fail("vfsrun-gateway alone", error)
        return
    table.row("ls -l of %d files" % many, [duration(median(times))])
    table.row("RssAnon at the peak of reading all of it", ["%.0f MiB" % peak])
    table.row("RssAnon idle, some seconds after", ["%.0f MiB" % idle])
