# SPDX-License-Identifier: GPL-2.0-or-later
"""Local work: native, inside one started vfsrun, inside proot, in turn."""
import contextlib

from measure import Worker, duration, median, ratio

IMPORTS = "import json, os, subprocess, email.message"
SOURCE = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <errno.h>
int main(void) { printf("%s\\n", strerror(errno)); return 0; }
"""


def rows(settings):
    few = settings.few
    source = settings.work / "hello.c"
    source.write_text(SOURCE)
    target = str(settings.work / "hello.o")
    python = "/usr/bin/python3"
    return [
        # name, times in one measurement, words; shown per time
        ("stat", "stat", few(20000, 200), ["/etc/passwd"]),
        ("open + close", "open", few(20000, 200), ["/etc/passwd"]),
        ("read 1 byte", "read", few(100000, 200), ["/etc/passwd"]),
        ("fork + exec of /bin/true", "spawn", few(100, 5), ["/bin/true"]),
        ("100 x /bin/true from sh", "run", 1,
         ["sh", "-c", "for i in $(seq %d); do /bin/true; done" % few(100, 3)]),
        ("find /usr/include -newer", "run", 1,
         ["find", few("/usr/include", "/usr/include/linux"),
          "-newer", "/etc/passwd"]),
        ("gcc -O1 -c", "run", few(2, 1),
         ["gcc", "-O1", "-c", str(source), "-o", target]),
        ("python3 imports", "run", few(2, 1), [python, "-c", IMPORTS]),
        ("tar of /usr/include/linux", "run", 1,
         ["tar", "-C", "/usr/include", "-cf", target, "linux"]),
    ]


def measure(settings, table):
    columns = ["native", "vfsrun", "ratio"]
    if settings.proot:
        columns += ["proot", "ratio"]
    for pinned in (True, False):
        pin = ["taskset", "-c", "0"] if pinned else []
        table.section("Local files, %s (median of %d, per call or program)" % (
            "all on CPU 0" if pinned else "not pinned", settings.rounds),
            columns)
        with contextlib.ExitStack() as stack:
            workers = [stack.enter_context(Worker(settings, pin)),
                       stack.enter_context(
                           Worker(settings, pin + [settings.vfsrun]))]
            if settings.proot:
                workers.append(stack.enter_context(
                    Worker(settings, pin + [settings.proot])))
            for name, what, count, words in rows(settings):
                one_row(settings, table, workers, name, what, count, words)
        start_row(settings, table, pin)


def one_row(settings, table, workers, name, what, count, words):
    taken = [[] for _ in workers]
    try:
        for worker in workers:  # what is read the first time comes from disk
            worker.measure(what, 1, *words)
        for _ in range(settings.rounds):
            for worker, times in zip(workers, taken):
                times.append(worker.measure(what, count, *words) / count)
    except RuntimeError as error:
        table.fail(name, error)
        return
    native, *others = map(median, taken)
    cells = [duration(native)]
    for other in others:
        cells += [duration(other), ratio(other, native)]
    table.row(name, cells)


def start_row(settings, table, pin):
    """Starting vfsrun itself: a program of its own each time."""
    programs = [["true"], [settings.vfsrun, "true"]]
    if settings.proot:
        programs.append([settings.proot, "true"])
    with Worker(settings, pin) as worker:
        taken = [[] for _ in programs]
        try:
            for _ in range(settings.rounds):
                for program, times in zip(programs, taken):
                    count = settings.few(10, 1)
                    times.append(worker.measure("run", count, *program) / count)
        except RuntimeError as error:
            table.fail("start and end: true", error)
            return
    native, *others = map(median, taken)
    cells = [duration(native)]
    for other in others:
        cells += [duration(other), ratio(other, native)]
    table.row("start and end: true", cells)
