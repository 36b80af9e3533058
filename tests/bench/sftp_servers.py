# SPDX-License-Identifier: GPL-2.0-or-later
"""sshd with keys of its own, and mounts of it, as contexts."""
import contextlib
import os
import pathlib
import subprocess

from measure import wait_for
from servers import answers, end, free_port

SSHD = "/usr/sbin/sshd"

SSHD_CONF = """
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/id.pub
PasswordAuthentication no
UsePAM {pam}
StrictModes no
Subsystem sftp internal-sftp
"""

SSH_CONF = """
Host *
  UserKnownHostsFile {folder}/known_hosts
  GlobalKnownHostsFile /dev/null
  IdentityFile {folder}/id
  IdentitiesOnly yes
"""

MOUNT = """
path = "/sftp"
url = "sftp://{{host}}/"
mode = "rw"
[sftp]
config = "{folder}/ssh_config"
"""


def make_key(path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                    str(path)], check=True)


class Ssh:
    """A running sshd and what its clients need. `port` may be a relay's."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        self.config = str(folder / "ssh_config")

    def through(self, port):
        """The same server behind a relay, known under the relay's port."""
        key = (self.folder / "host.pub").read_text()
        with open(self.folder / "known_hosts", "a") as known:
            known.write("[127.0.0.1]:%d %s" % (port, key))
        return Ssh(self.folder, port)

    def sftp(self, *commands):
        """A call of sftp(1), and its input."""
        return (["sftp", "-q", "-b", "-", "-F", self.config, "-P",
                 str(self.port), "127.0.0.1"], "\n".join(commands) + "\n")


@contextlib.contextmanager
def sshd(folder):
    """Lets in whoever runs this; gives an Ssh."""
    folder.mkdir(parents=True)
    port = free_port()
    make_key(folder / "host")
    make_key(folder / "id")
    (folder / "conf").write_text(SSHD_CONF.format(
        folder=folder, port=port, pam="no" if os.geteuid() == 0 else "yes"))
    (folder / "ssh_config").write_text(SSH_CONF.format(folder=folder))
    # The only place that mount files of the user's are looked for in.
    mounts = folder / "config" / "vfsrun" / "mounts.d"
    mounts.mkdir(parents=True)
    (mounts / "50-sftp.toml").write_text(MOUNT.format(folder=folder))
    if os.geteuid() == 0:
        pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = subprocess.Popen([SSHD, "-D", "-f", str(folder / "conf"), "-E",
                               str(folder / "log")])
    try:
        wait_for(lambda: answers(port), "sshd answers")
        yield Ssh(folder, port).through(port)
    finally:
        end(server)


@contextlib.contextmanager
def own_mount(settings, ssh):
    """A fresh standalone mount with an empty cache; gives the server's /."""
    settings.fresh_cache()
    folder = settings.work / "own"
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen([settings.gateway, "mount", "-f", str(folder)])
    try:
        wait_for(lambda: os.path.ismount(folder), "vfsrun-gateway's mount")
        yield "%s/sftp/127.0.0.1:%d" % (folder, ssh.port)
    finally:
        subprocess.run(["fusermount3", "-u", str(folder)], check=False)
        end(process)


@contextlib.contextmanager
def sshfs_mount(settings, ssh):
    """A fresh mount with sshfs's own defaults; gives the server's /."""
    folder = settings.work / "sshfs"
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [settings.sshfs, "-f", "-F", ssh.config, "-p", str(ssh.port),
         "127.0.0.1:/", str(folder)], stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: os.path.ismount(folder), "sshfs's mount")
        yield str(folder)
    finally:
        subprocess.run(["fusermount3", "-u", str(folder)], check=False)
        end(process)
