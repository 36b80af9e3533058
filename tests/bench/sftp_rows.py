# SPDX-License-Identifier: GPL-2.0-or-later
"""sftp: a large file each way against sftp(1), and many small files against
sshfs, directly and with 20 ms of round trip. vfsrun's time for large files
includes its start, the login and the mount, as sftp(1)'s does its own. For
small ones both mounts are fresh, their connections up and nothing cached."""
import contextlib
import os
import shutil
import subprocess
import time

from measure import duration, median, ratio, timed
from servers import relay
from sftp_servers import SSHD, own_mount, sshd, sshfs_mount


def make_tree(settings, root):
    (root / "small").mkdir(parents=True)
    (root / "many").mkdir()
    size = settings.few(256, 4) << 20
    with open(root / "big", "wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
    for number in range(settings.few(200, 5)):
        file = root / "small" / ("%d.txt" % number)
        file.write_text("small file %d\n" % number * 50)
        # As most files of a store: not written just now.
        os.utime(file, (time.time() - 3600,) * 2)
    for number in range(settings.few(2000, 20)):
        (root / "many" / ("%d.txt" % number)).write_text("%d\n" % number)
    archive = root / "archive"
    archive.mkdir()
    for number in range(settings.few(1000, 10)):
        (archive / ("%d.txt" % number)).write_text("file %d\n" % number * 30)
    subprocess.run(["tar", "-C", str(root), "-cf", str(root / "archive.tar"),
                    "archive"], check=True)
    shutil.move(archive, root / "repository")
    for command in (["init", "-q"], ["add", "."],
                    ["-c", "user.name=b", "-c", "user.email=b@localhost",
                     "commit", "-q", "-m", "files"]):
        subprocess.run(["git", "-C", str(root / "repository"), *command],
                       check=True)
    return size


def by_sftp(ssh, *commands):
    command, text = ssh.sftp(*commands)
    return timed(command, input=text.encode())


def large_rows(settings, table, ssh, root, size):
    top = "/sftp/127.0.0.1:%d%s" % (ssh.port, root)
    local = str(root / "big")

    def read():
        settings.fresh_cache()
        return timed([settings.vfsrun, "cat", top + "/big"])

    def write():
        return timed([settings.vfsrun, "dd", "bs=1M", "conv=fsync", "status=none",
                      "if=" + local, "of=" + top + "/copy"])

    rows = ((("read %d MiB", lambda: by_sftp(ssh, "get %s /dev/null" % local),
              read)),
            ("write %d MiB + fsync",
             lambda: by_sftp(ssh, "put -f %s %s/copy" % (local, root)), write))
    for name, peer, own in rows:
        row(settings, table, name % (size >> 20), settings.rounds, peer, own,
            rates=True)
    (root / "copy").unlink(missing_ok=True)


def row(settings, table, name, rounds, peer, own, rates=False):
    peers, owns = [], []
    try:
        for _ in range(rounds):
            if peer:
                peers.append(peer() * 1e9)
            owns.append(own() * 1e9)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        table.fail(name, error)
        return
    cells = [duration(median(owns))]
    if peer:
        base = median(peers)
        share = ratio(base, median(owns)) + " the rate" if rates \
            else ratio(median(owns), base) + " the time"
        cells = [duration(base), cells[0], share]
    else:
        cells = [None, cells[0], None]
    table.row("%s (%d)" % (name, rounds), cells)


def shell(script, top):
    return ["sh", "-c", "cd \"$1\" && " + script, "sh", top]


def on_mount(mount, settings, ssh, root, work, before=None):
    """Seconds of `work`, a script run in the tree, on a fresh mount whose
    connection is up; `before` runs first and is not counted."""
    with mount(settings, ssh) as top:
        os.stat(top + "/usr")
        if before:
            timed(shell(before, top + str(root)))
        start = time.monotonic()
        timed(shell(work, top + str(root)))
        return time.monotonic() - start


def small_rows(settings, table, ssh, root):
    one_each = 'for n in $(seq 0 %d); do cat "small/$n.txt"; done' % (
        settings.few(200, 5) - 1)
    walk = 'for f in small/*; do cat "$f"; done'
    works = (
        ("200 small files, one cat each", one_each, None, settings.rounds),
        ("the same, `for f in small/*`", walk, None, settings.rounds),
        ("ls -l of 2,000 files, path known", "ls -l many", "true",
         settings.rounds),
        ("untar of 1,000 small files", "tar -xf %s/archive.tar" % root, None, 1),
        ("git status, second time", "git -C repository status",
         "git -C repository status", settings.rounds))
    for name, work, before, rounds in works:
        def one(mount, work=work, before=before):
            shutil.rmtree(root / "archive", ignore_errors=True)
            return on_mount(mount, settings, ssh, root, work, before)

        peer = (lambda: one(sshfs_mount)) if settings.sshfs else None
        row(settings, table, name, min(rounds, 3), peer,
            lambda: one(own_mount))


def measure(settings, table):
    if not shutil.which(SSHD):
        table.fail("sftp", "no sshd: packaging/deps bench")
        return
    root = settings.work / "sftp"
    size = make_tree(settings, root)
    with contextlib.ExitStack() as stack:
        ssh = stack.enter_context(sshd(settings.work / "ssh"))
        late = ssh.through(stack.enter_context(relay(settings, ssh.port)))
        stack.callback(os.environ.pop, "XDG_CONFIG_HOME", None)
        os.environ["XDG_CONFIG_HOME"] = str(ssh.folder / "config")
        for way, by in (("directly", ssh), ("over 20 ms", late)):
            table.section("sftp, %s (in brackets: rounds)" % way,
                          ["sftp(1)", "vfsrun", "of sftp(1)"])
            large_rows(settings, table, by, root, size)
        table.section("sftp, small files over 20 ms (in brackets: rounds)",
                      ["sshfs", "vfsrun", "of sshfs"])
        small_rows(settings, table, late, root)
