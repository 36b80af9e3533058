# SPDX-License-Identifier: GPL-2.0-or-later
"""Local work: native, inside one started vfsrun, inside proot, in turn."""
import contextlib
import subprocess

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


def make_sources(settings):
    """A project of C files with a Makefile, and a git work tree."""
    few = settings.few
    project = settings.work / "project"
    project.mkdir()
    names = ["f%d" % i for i in range(few(50, 3))]
    for name in names:
        (project / (name + ".c")).write_text(SOURCE.replace("main", name))
    (project / "Makefile").write_text(
        "all: %s\n%%.o: %%.c\n\tgcc -O1 -c $< -o $@\n" % " ".join(
            name + ".o" for name in names))
    tree = settings.work / "tree"
    for i in range(few(5000, 50)):
        file = tree / ("dir%d" % (i % 50)) / ("sub%d" % (i % 7)) / str(i)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("text %d\n" % i)
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", "-C", str(tree), *words], check=True,
                       capture_output=True)
    return project, tree


def rows(settings):
    few = settings.few
    source = settings.work / "hello.c"
    source.write_text(SOURCE)
    target = str(settings.work / "hello.o")
    scratch = str(settings.work / "written")
    python = "/usr/bin/python3"
    project, tree = make_sources(settings)
    return [
        # name, times in one measurement, words; shown per time
        ("stat", "stat", few(20000, 200), ["/etc/passwd"]),
        ("open + close", "open", few(20000, 200), ["/etc/passwd"]),
        ("read 1 byte", "read", few(100000, 200), ["/etc/passwd"]),
        ("write 1 byte", "write", few(100000, 200), [scratch]),
        ("fstat", "fstat", few(100000, 200), ["/etc/passwd"]),
        ("getppid", "getppid", few(200000, 200), ["-"]),
        ("stat, 1,000 idle threads", "idle", few(20000, 200), ["/etc/passwd"]),
        ("fork + exec of /bin/true", "spawn", few(100, 5), ["/bin/true"]),
        ("100 x /bin/true from sh", "run", 1,
         ["sh", "-c", "for i in $(seq %d); do /bin/true; done" % few(100, 3)]),
        ("find /usr/include -newer", "run", 1,
         ["find", few("/usr/include", "/usr/include/linux"),
          "-newer", "/etc/passwd"]),
        ("gcc -O1 -c", "run", few(2, 1),
         ["gcc", "-O1", "-c", str(source), "-o", target]),
        ("python3 imports", "run", few(2, 1), [python, "-c", IMPORTS]),
        ("git status, %d files" % few(5000, 50), "run", few(2, 1),
         ["git", "-C", str(tree), "status", "--short"]),
        ("make -j2, %d C files" % few(50, 3), "run", 1,
         ["make", "-s", "-B", "-j2", "-C", str(project)]),
        ("tar of /usr/include/linux", "run", 1,
         ["tar", "-C", "/usr/include", "-cf", target, "linux"]),
    ]


def measure(settings, table):
    columns = ["native", "vfsrun", "ratio", "--no-stub", "ratio"]
    prefixes = [[], [settings.vfsrun], [settings.vfsrun, "--no-stub"]]
    if settings.proot:  # Debian's is built without seccomp: it stops always
        columns += ["proot", "ratio"]
        prefixes.append([settings.proot])
    measured = rows(settings)
    for pinned in (True, False):
        pin = ["taskset", "-c", "0"] if pinned else []
        table.section("Local files, %s (median of %d, per call or program)" % (
            "all on CPU 0" if pinned else "not pinned", settings.rounds),
            columns)
        with contextlib.ExitStack() as stack:
            workers = [stack.enter_context(Worker(settings, pin + prefix))
                       for prefix in prefixes]
            for name, what, count, words in measured:
                one_row(settings, table, workers, name, what, count, words)
        busy_row(settings, table, pin, prefixes)
        start_row(settings, table, pin)
    untouched_calls(settings, table, measured)


def untouched_calls(settings, table, measured):
    """Calls that vfsrun does not look at, beside a native program with a
    seccomp filter that allows everything: no tracer with one costs less."""
    table.section("Calls without a path, all on CPU 0 (median of %d)"
                  % settings.rounds,
                  ["native", "any filter", "ratio", "vfsrun", "ratio"])
    pin = ["taskset", "-c", "0"]
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(Worker(settings, pin + prefix))
                   for prefix in ([], [], [settings.vfsrun])]
        workers[1].measure("filter", 1, "-")
        for name, what, count, words in measured:
            if what in ("read", "write", "fstat", "getppid"):
                one_row(settings, table, workers, name, what, count, words)


def busy_row(settings, table, pin, prefixes):
    """Two busy programs of eight threads at once, in the same vfsrun."""
    name = "2 x 8 threads, stat"
    count = settings.few(5000, 50)
    script = 'printf "threads\\t%d\\t/etc/passwd\\n" | "$0" & ' \
             'printf "threads\\t%d\\t/etc/passwd\\n" | "$0"; wait' % (
                 count, count)
    command = ["sh", "-c", script, settings.worker]
    taken = [[] for _ in prefixes]
    try:
        with contextlib.ExitStack() as stack:
            workers = [stack.enter_context(Worker(settings, pin + prefix))
                       for prefix in prefixes]
            for _ in range(settings.rounds):
                for worker, times in zip(workers, taken):
                    times.append(
                        worker.measure("run", 1, *command) / (16 * count))
    except RuntimeError as error:
        table.fail(name, error)
        return
    table.row(name, cells_of(taken))


def cells_of(taken):
    native, *others = map(median, taken)
    cells = [duration(native)]
    for other in others:
        cells += [duration(other), ratio(other, native)]
    return cells


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
    table.row(name, cells_of(taken))


def start_row(settings, table, pin):
    """Starting vfsrun itself: a program of its own each time."""
    programs = [["true"], [settings.vfsrun, "true"],
                [settings.vfsrun, "--no-stub", "true"]]
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
    table.row("start and end: true", cells_of(taken))
