# SPDX-License-Identifier: GPL-2.0-or-later
"""nginx, the relay, a server that hangs, and rclone's mount, as contexts."""
import contextlib
import os
import signal
import socket
import subprocess
import threading

from measure import wait_for

CONF = """
{user}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/t1;
  proxy_temp_path {folder}/t2;
  fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4;
  scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {root}; autoindex on; }}
}}
"""


def answers(port):
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end(process, by=signal.SIGTERM):
    process.send_signal(by)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def nginx(folder, root):
    """Serves root; gives its port."""
    folder.mkdir(parents=True)
    port = free_port()
    conf = folder / "nginx.conf"
    conf.write_text(CONF.format(
        folder=folder, root=root, port=port,
        user="user root;" if os.geteuid() == 0 else ""))
    server = subprocess.Popen(["nginx", "-e", str(folder / "error.log"),
                               "-p", str(folder), "-c", str(conf)])
    try:
        wait_for(lambda: answers(port), "nginx answers")
        yield port
    finally:
        end(server)


@contextlib.contextmanager
def relay(settings, port, *more):
    """20 ms of round trip before a port; gives the relay's port."""
    process = subprocess.Popen(
        [settings.relay, "127.0.0.1:%d" % port, "--delay-ms", "10", *more],
        stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        end(process)


@contextlib.contextmanager
def hanging_server():
    """Accepts, reads, never answers; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    held = []

    def accept():
        with contextlib.suppress(OSError):
            while True:
                held.append(listener.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        for connection in held:
            connection.close()


@contextlib.contextmanager
def rclone_mount(settings, port):
    """A fresh mount with rclone's own defaults; gives its folder."""
    folder = settings.work / "rclone"
    folder.mkdir(exist_ok=True)
    environment = dict(os.environ, RCLONE_CONFIG="/dev/null")
    process = subprocess.Popen(
        [settings.rclone, "mount", ":http:", str(folder), "--read-only",
         "--http-url", "http://127.0.0.1:%d/" % port],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: os.path.ismount(folder), "rclone's mount")
        yield str(folder)
    finally:
        subprocess.run(["fusermount3", "-uz", str(folder)],
                       stderr=subprocess.DEVNULL, check=False)
        end(process)


@contextlib.contextmanager
def gateway_mount(settings, port):
    """vfsrun-gateway alone; gives its folder and process."""
    folder = settings.work / "mounted"
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [settings.gateway, "mount", "-f", "--mount",
         "/web=http://127.0.0.1:%d/" % port, str(folder)])
    try:
        wait_for(lambda: os.path.ismount(folder), "the gateway's mount")
        yield str(folder / "web"), process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
