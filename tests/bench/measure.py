# SPDX-License-Identifier: GPL-2.0-or-later
"""Workers, medians and the table."""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


class Settings:
    """What is measured with, and how often."""

    def __init__(self, build, quick, rounds):
        self.build, self.quick, self.rounds = build, quick, rounds
        self.vfsrun = str(build / "vfsrun")
        self.gateway = str(build / "vfsrun-gateway")
        self.relay = str(build / "vfsrun-relay")
        self.worker = str(build / "vfsrun-bench-worker")
        self.proot = shutil.which("proot")
        self.rclone = shutil.which("rclone")
        self.sshfs = shutil.which("sshfs")
        self.work = pathlib.Path("/nonexistent")

    def check(self):
        for program in (self.vfsrun, self.gateway, self.relay, self.worker):
            if not os.access(program, os.X_OK):
                sys.exit("tests/bench/run: %s is missing: build first "
                         "(cmake --build --preset release)" % program)
        for program in ("curl", "nginx", "gcc", "taskset"):
            if not shutil.which(program):
                sys.exit("tests/bench/run: %s is missing: "
                         "packaging/deps bench" % program)

    def few(self, full, quick):
        return quick if self.quick else full

    def fresh_cache(self):
        """The next vfsrun finds nothing on disk. Many files are put aside
        until the end: for minutes after files were deleted ext4 takes
        up to a millisecond to make one, and each small file is one."""
        cache = os.environ["XDG_CACHE_HOME"]
        if sum(len(names) for _, _, names in os.walk(cache)) > 20:
            os.rename(cache, tempfile.mkdtemp(dir=self.work) + "/cache")
        shutil.rmtree(cache, ignore_errors=True)


class Worker:
    """vfsrun-bench-worker, started natively or inside of something."""

    def __init__(self, settings, prefix=()):
        self.process = subprocess.Popen(
            [*prefix, settings.worker], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def measure(self, what, count, *words):
        """Nanoseconds of all `count` times; RuntimeError if one fails."""
        self.process.stdin.write("\t".join([what, str(count), *words]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer.isdigit():
            raise RuntimeError("%s %s: %s" % (what, " ".join(words),
                                              answer or "the worker died"))
        return int(answer)


def timed(command, **kwargs):
    """Seconds that a command takes; RuntimeError if it fails."""
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, **kwargs)
    taken = time.monotonic() - start
    if done.returncode != 0:
        raise RuntimeError("%s: %s" % (
            command[0], done.stderr.decode(errors="replace").strip()))
    return taken


def wait_for(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError("still not so: " + what)
        time.sleep(0.01)


class Table:
    """Prints sections of rows; remembers whether a cell could not be had."""

    def __init__(self, markdown):
        self.markdown, self.failed = markdown, False

    def section(self, title, columns):
        self.widths = [max(12, len(c)) for c in columns]
        print("\n%s%s\n" % ("## " if self.markdown else "", title))
        self.line("", columns)
        if self.markdown:
            print("|---|" + "---:|" * len(columns))

    def line(self, name, cells):
        if self.markdown:
            print("| %s | %s |" % (name, " | ".join(cells)))
        else:
            print("%-44s" % name + "  ".join(
                "%*s" % (w, c) for w, c in zip(self.widths, cells)))
        sys.stdout.flush()

    def row(self, name, cells):
        """Cells are text, or None for what is not there."""
        self.line(name, ["-" if c is None else c for c in cells])

    def fail(self, name, error):
        self.failed = True
        self.line(name, ["FAILED: %s" % error])


def median(values):
    return statistics.median(values)


def duration(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return "%.*f %s" % (2 if ns < 100 * size else 0, ns / size, unit)
    return "%.0f ns" % ns


def ratio(value, base):
    return "%.2fx" % (value / base)
