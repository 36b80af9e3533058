# SPDX-License-Identifier: GPL-2.0-or-later
"""The same calls on two directories: each result and errno has to agree.

parity.py LOCAL OTHER: LOCAL is any directory of the machine, OTHER the same on
a mount. What the protocol cannot tell is left out: link counts, inode numbers,
fractions of seconds."""

import errno
import fcntl
import mmap
import os
import stat
import sys


def outcome(call):
    try:
        return ("ok", call())
    except OSError as error:
        return ("error", errno.errorcode[error.errno])


def looks(path, follow=True):
    info = os.stat(path, follow_symlinks=follow)
    size = None if stat.S_ISDIR(info.st_mode) else info.st_size
    return (oct(info.st_mode), size)


def text(path):
    with open(path, "rb") as file:
        return file.read()


def with_fd(path, flags, use, mode=0o644):
    fd = os.open(path, flags, mode)
    try:
        return use(fd)
    finally:
        os.close(fd)


def write_at(pieces):
    return lambda fd: [os.pwrite(fd, data, at) for at, data in pieces]


def append_twice(fd):
    return [os.write(fd, b"one\n"), os.write(fd, b"two\n"), os.fstat(fd).st_size]


def unlinked(path):
    fd = os.open(path, os.O_RDWR)
    os.unlink(path)
    os.pwrite(fd, b"still here", 2)
    os.fsync(fd)
    seen = (os.pread(fd, 100, 0), os.fstat(fd).st_size, os.path.exists(path))
    os.ftruncate(fd, 3)
    seen += (os.pread(fd, 100, 0),)
    os.close(fd)
    return seen


def renamed_open(old, new):
    fd = os.open(old, os.O_RDWR)
    os.rename(old, new)
    os.pwrite(fd, b"moved", 0)
    seen = os.fstat(fd).st_ino == os.stat(new).st_ino
    os.close(fd)
    return seen, text(new), os.path.exists(old)


def mapped(path):
    with open(path, "r+b") as file:
        view = mmap.mmap(file.fileno(), 0)
        view[1:3] = b"MM"
        view.flush()
        seen = view[:]
        view.close()
        return seen, text(path)


def locked(path):
    def use(fd):
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return "locked"
    return with_fd(path, os.O_RDWR, use)


def copied(old, new):
    with open(old, "rb") as source, open(new, "wb") as target:
        try:
            os.copy_file_range(source.fileno(), target.fileno(), 100)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
            target.write(source.read())
    return text(new)


def sought(path):
    def use(fd):
        return (os.lseek(fd, 2, os.SEEK_DATA), os.lseek(fd, 0, os.SEEK_HOLE),
                os.lseek(fd, -1, os.SEEK_END))
    return with_fd(path, os.O_RDONLY, use)


def steps(top):
    """(name, call) of each step, in order; the state carries over."""
    p = lambda name: os.path.join(top, name)
    W, RW, C, X, T, A = (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_EXCL,
                         os.O_TRUNC, os.O_APPEND)
    nothing = lambda fd: None
    yield "open what is not there", lambda: with_fd(p("none"), W, nothing)
    yield "create", lambda: with_fd(p("f"), W | C | X, write_at([(0, b"hello")]))
    yield "its looks", lambda: looks(p("f"))
    yield "create what is there", lambda: with_fd(p("f"), W | C | X, nothing)
    yield "open with O_CREAT", lambda: with_fd(p("f"), RW | C, lambda fd: os.read(fd, 9))
    yield "overwrite in the middle", lambda: with_fd(p("f"), W, write_at([(2, b"LL"), (4, b"O world")]))
    yield "its text", lambda: text(p("f"))
    yield "read what is write-only", lambda: with_fd(p("f"), W, lambda fd: os.read(fd, 1))
    yield "write what is read-only", lambda: with_fd(p("f"), os.O_RDONLY, lambda fd: os.write(fd, b"x"))
    yield "write past the end", lambda: with_fd(p("f"), W, write_at([(20, b"far")]))
    yield "its text, with a hole", lambda: text(p("f"))
    yield "append", lambda: with_fd(p("f"), W | A, append_twice)
    yield "its text, appended", lambda: text(p("f"))
    yield "truncate by path", lambda: os.truncate(p("f"), 4)
    yield "truncate beyond", lambda: os.truncate(p("f"), 6)
    yield "its text, cut", lambda: text(p("f"))
    yield "truncate negative", lambda: os.truncate(p("f"), -1)
    yield "open with O_TRUNC", lambda: with_fd(p("f"), W | T, write_at([(0, b"new")]))
    yield "its text, new", lambda: text(p("f"))
    yield "write beyond any length", lambda: with_fd(p("f"), W, write_at([(1 << 63 - 1, b"")]))
    yield "map and change", lambda: mapped(p("f"))
    yield "lock", lambda: locked(p("f"))
    yield "copy_file_range", lambda: copied(p("f"), p("copy"))
    yield "seek", lambda: sought(p("f"))
    yield "fsync", lambda: with_fd(p("f"), RW, os.fsync)
    yield "fdatasync", lambda: with_fd(p("f"), RW, os.fdatasync)
    yield "chmod", lambda: os.chmod(p("f"), 0o640)
    yield "its mode", lambda: looks(p("f"))
    yield "fchmod", lambda: with_fd(p("f"), RW, lambda fd: os.fchmod(fd, 0o755))
    yield "its mode again", lambda: looks(p("f"))
    yield "utime", lambda: os.utime(p("f"), (1_000_000_000, 1_111_111_111))
    yield "its times", lambda: (int(os.stat(p("f")).st_atime), int(os.stat(p("f")).st_mtime))
    yield "futimens", lambda: with_fd(p("f"), RW, lambda fd: os.utime(fd, (5, 6)))
    yield "its times again", lambda: int(os.stat(p("f")).st_mtime)
    yield "chown to oneself", lambda: os.chown(p("f"), os.getuid(), os.getgid())
    yield "chown to nobody in particular", lambda: os.chown(p("f"), -1, -1)
    yield "mkdir", lambda: os.mkdir(p("d"), 0o755)
    yield "mkdir again", lambda: os.mkdir(p("d"))
    yield "mkdir without parent", lambda: os.mkdir(p("none/d"))
    yield "mkdir below a file", lambda: os.mkdir(p("f/d"))
    yield "a directory's looks", lambda: looks(p("d"))
    yield "open a directory for writing", lambda: with_fd(p("d"), W, nothing)
    yield "unlink a directory", lambda: os.unlink(p("d"))
    yield "rmdir a file", lambda: os.rmdir(p("f"))
    yield "create in it", lambda: with_fd(p("d/x"), W | C, write_at([(0, b"x")]))
    yield "rmdir one that is not empty", lambda: os.rmdir(p("d"))
    yield "names", lambda: sorted(os.listdir(top))
    yield "names of a file", lambda: os.listdir(p("f"))
    yield "names of nothing", lambda: os.listdir(p("none"))
    yield "a long name", lambda: os.mkdir(p("n" * 256))
    yield "a name of 255", lambda: os.mkdir(p("n" * 255))
    yield "strange names", lambda: [os.mkdir(os.fsencode(top) + b"/" + name) for name in
                                    (b"a b", b"new\nline", b"\xff\xfe", b"-x", b"*?[", b"'\"\\")]
    yield "their names", lambda: sorted(os.listdir(os.fsencode(top)))
    yield "rename", lambda: os.rename(p("f"), p("g"))
    yield "what was renamed", lambda: (os.path.exists(p("f")), text(p("g")))
    yield "rename over a file", lambda: os.rename(p("copy"), p("g"))
    yield "names after it", lambda: sorted(os.listdir(top))
    yield "rename what is not there", lambda: os.rename(p("none"), p("g"))
    yield "rename a file onto a directory", lambda: os.rename(p("g"), p("d"))
    yield "rename a directory onto a file", lambda: os.rename(p("d"), p("g"))
    yield "rename into itself", lambda: os.rename(p("d"), p("d/e"))
    yield "rename a directory", lambda: os.rename(p("d"), p("e"))
    yield "what is below it", lambda: text(p("e/x"))
    yield "rename an open file", lambda: renamed_open(p("e/x"), p("e/y"))
    yield "symlink", lambda: os.symlink("e/y", p("l"))
    yield "symlink again", lambda: os.symlink("e/y", p("l"))
    yield "readlink", lambda: os.readlink(p("l"))
    yield "through a symlink", lambda: text(p("l"))
    yield "looks of a symlink", lambda: looks(p("l"), False)
    yield "readlink of a file", lambda: os.readlink(p("g"))
    yield "a dangling symlink", lambda: os.symlink("nowhere", p("dangling"))
    yield "through it", lambda: text(p("dangling"))
    yield "a loop", lambda: os.symlink("loop", p("loop"))
    yield "through the loop", lambda: text(p("loop"))
    yield "hard link", lambda: os.link(p("g"), p("h"))
    yield "hard link again", lambda: os.link(p("g"), p("h"))
    yield "hard link of nothing", lambda: os.link(p("none"), p("h2"))
    yield "its text", lambda: text(p("h")) == text(p("g"))
    yield "an open file that is removed", lambda: unlinked(p("h"))
    yield "unlink what is not there", lambda: os.unlink(p("none"))
    yield "unlink a symlink", lambda: os.unlink(p("l"))
    yield "mknod", lambda: os.mknod(p("node"), 0o600 | stat.S_IFREG)
    yield "its looks", lambda: looks(p("node"))
    yield "create without write permission", lambda: with_fd(p("ro"), W | C | X, write_at([(0, b"once")]), 0o444)
    yield "its text and mode", lambda: (text(p("ro")), looks(p("ro")))
    yield "rmdir", lambda: (os.unlink(p("e/y")), os.rmdir(p("e")))
    yield "rmdir again", lambda: os.rmdir(p("e"))
    yield "access", lambda: [os.access(p("g"), mode) for mode in (os.F_OK, os.R_OK, os.W_OK)]
    yield "free space", lambda: os.statvfs(top).f_bavail > 0
    if os.getuid() != 0:
        yield "open without permission", lambda: with_fd(p("ro"), W, nothing)
        yield "chmod to nothing", lambda: os.chmod(p("g"), 0)
        yield "open then", lambda: with_fd(p("g"), os.O_RDONLY, nothing)
        yield "chmod back", lambda: os.chmod(p("g"), 0o644)


def main():
    local, other = sys.argv[1:3]
    wrong = 0
    for (name, here), (_, there) in zip(steps(local), steps(other)):
        want, got = outcome(here), outcome(there)
        if want != got:
            wrong += 1
            print(f"{name}: locally {want}, there {got}")
    sys.exit(f"{wrong} steps differ" if wrong else 0)


main()
