# SPDX-License-Identifier: GPL-2.0-or-later
"""http: a large file and many small ones, against curl and rclone, directly
and with 20 ms of round trip, once with no more of a connection on its way than
Linux allows. Nothing is cached before a measurement; vfsrun's time includes
its start, the gateway's, and the mount, but where "mounted before" is said;
rclone's does not."""
import os

from measure import Worker, duration, median, ratio, timed
from servers import gateway_mount, nginx, relay, rclone_mount

# tcp(7): the last number of tcp_rmem.
TCP_WINDOW = 6 << 20


def make_tree(settings, root):
    (root / "big").mkdir(parents=True)
    (root / "small").mkdir()
    size = settings.few(256, 4) << 20
    piece = os.urandom(1 << 20)
    with open(root / "big" / "file", "wb") as file:
        for _ in range(size >> 20):
            file.write(piece)
    count = settings.few(200, 5)
    for number in range(count):
        (root / "small" / ("%d.txt" % number)).write_text(
            "small file %d\n" % number * 50)
    return size, ["small/%d.txt" % n for n in range(count)]


def cat_each(top, names):
    """One cat process a file."""
    return ["sh", "-c", 'top=$1; shift; for n; do cat "$top/$n" || exit; done',
            "sh", top, *names]


def measure(settings, table):
    root = settings.work / "www"
    size, names = make_tree(settings, root)
    with nginx(settings.work / "nginx", root) as direct, \
            relay(settings, direct) as late, \
            relay(settings, direct, "--window", str(TCP_WINDOW)) as narrow:
        columns = ["curl", "vfsrun", "of curl's rate"]
        if settings.rclone:
            columns += ["rclone", "of rclone's rate"]
        for way, port in (("directly", direct), ("over 20 ms", late)):
            table.section("http, %s (median of %d)" % (way, settings.rounds),
                          columns)
            large(settings, table, port, size)
            small(settings, table, port, names)
            again(settings, table, port, size, str(root / "big" / "file"))
            virtual_names(settings, table, port)
        table.section("http, over 20 ms, at most %d MiB of a connection on the "
                      "way (median of %d)" % (TCP_WINDOW >> 20,
                                              settings.rounds), columns)
        large(settings, table, narrow, size)


def virtual_names(settings, table, port):
    """What the first virtual name of a run costs (gateway and mount), and one
    that the kernel knows already: nothing natively is quite like them."""
    path = "/http/127.0.0.1:%d/big/file" % port
    count = settings.few(5000, 50)
    local, first, cached = [], [], []
    try:
        for _ in range(settings.rounds):
            local.append(timed([settings.vfsrun, "stat", "/etc/passwd"]) * 1e9)
            first.append(timed([settings.vfsrun, "stat", path]) * 1e9)
        with Worker(settings, [settings.vfsrun]) as worker:
            worker.measure("stat", 1, path)
            for _ in range(settings.rounds):
                cached.append(worker.measure("stat", count, path) / count)
    except RuntimeError as error:
        table.fail("virtual names", error)
        return
    more = median(first) - median(local)
    for name, value in (("first virtual name of a run", more),
                        ("stat of a known virtual name", median(cached))):
        table.row(name, [None, duration(value), None])


def in_turn(settings, table, name, curl, vfsrun, rclone, more=""):
    """Each is a function without arguments that gives seconds."""
    measured = [curl, vfsrun] + ([rclone] if settings.rclone else [])
    taken = [[] for _ in measured]
    try:
        for _ in range(settings.rounds):
            for function, times in zip(measured, taken):
                times.append(function() * 1e9)
    except RuntimeError as error:
        table.fail(name, error)
        return
    medians = list(map(median, taken))
    cells = [duration(medians[0]), duration(medians[1]),
             ratio(medians[0], medians[1])]
    if settings.rclone:
        cells += [duration(medians[2]), ratio(medians[2], medians[1])]
    table.row(name + more, cells)


def large(settings, table, port, size):
    def curl():
        return timed(["curl", "-sf", "-o", "/dev/null",
                      "http://127.0.0.1:%d/big/file" % port])

    def vfsrun():
        settings.fresh_cache()
        return timed([settings.vfsrun, "cat",
                      "/http/127.0.0.1:%d/big/file" % port])

    def mounted():
        settings.fresh_cache()
        with gateway_mount(settings, port) as (top, _):
            return timed(["cat", top + "/big/file"])

    def rclone():
        with rclone_mount(settings, port) as top:
            return timed(["cat", top + "/big/file"])

    name = "sequential, %d MiB" % (size >> 20)
    in_turn(settings, table, name, curl, vfsrun, rclone)
    in_turn(settings, table, name + ", mounted before", curl, mounted, rclone)


def small(settings, table, port, names):
    top = "http://127.0.0.1:%d/" % port

    def curl():
        return timed(["curl", "-sf", *(top + name for name in names)])

    def vfsrun():
        settings.fresh_cache()
        return timed([settings.vfsrun,
                      *cat_each("/http/127.0.0.1:%d" % port, names)])

    def rclone():
        with rclone_mount(settings, port) as folder:
            return timed(cat_each(folder, names))

    in_turn(settings, table, "%d small files, a cat each (curl: one process)"
            % len(names), curl, vfsrun, rclone)

    def curl_each():
        return timed(["sh", "-c", 'for u; do curl -sf "$u" || exit; done',
                      "sh", *(top + name for name in names)])

    in_turn(settings, table, "the same, a curl process each",
            curl_each, vfsrun, rclone)


def again(settings, table, port, size, local):
    """The same file twice in one run: what the second reading takes, and what
    that of a local file does."""
    path = "/http/127.0.0.1:%d/big/file" % port
    script = ("import sys, time\n"
              "def read():\n"
              "    start = time.monotonic()\n"
              "    with open(sys.argv[1], 'rb', buffering=0) as f:\n"
              "        while f.read(1 << 20): pass\n"
              "    return time.monotonic() - start\n"
              "read()\n"
              "open(sys.argv[2], 'w').write(repr(read()))\n")
    result = settings.work / "again"
    times, native = [], []
    try:
        for _ in range(settings.rounds):
            settings.fresh_cache()
            for prefix, file, taken in (([], local, native),
                                        ([settings.vfsrun], path, times)):
                timed([*prefix, "/usr/bin/python3", "-c", script, file,
                       str(result)])
                taken.append(float(result.read_text()) * 1e9)
        # A new run: content from the disk cache, if the server says so.
        renewed = [timed([settings.vfsrun, "cat", path]) * 1e9
                   for _ in range(settings.rounds)]
    except (RuntimeError, OSError) as error:
        table.fail("read again", error)
        return
    for name, value in (("a local file, read again", median(native)),
                        ("read again in the same run", median(times)),
                        ("read again in a new run", median(renewed))):
        table.row(name, [None, duration(value),
                         "%.0f MiB/s" % (size / 2**20 / (value / 1e9))])
