#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward proxy for tests: absolute-form GET, and CONNECT.

usage: proxy.py PORT_FILE LOG_FILE

Every host name that ends in ".proxied" is reached at 127.0.0.1: a test sees
thereby that it was the proxy, not the client, that looked the name up.
A CONNECT to a name that ends in ".flooded" is answered by header fields
without end, at most 1 GiB.
LOG_FILE gets a line a request: METHOD TARGET.
"""
import http.client
import http.server
import os
import select
import socket
import sys
import threading
import urllib.parse

port_file, log_file = sys.argv[1:3]
lock = threading.Lock()
log = open(log_file, "a", buffering=1)


def address(host, port):
    return ("127.0.0.1" if host.endswith(".proxied") else host, port)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def note(self):
        with lock:
            log.write("%s %s\n" % (self.command, self.path))

    def do_GET(self):
        self.note()
        url = urllib.parse.urlsplit(self.path)
        if url.scheme != "http":
            self.send_error(400)
            return
        upstream = http.client.HTTPConnection(
            *address(url.hostname, url.port or 80), timeout=20)
        target = url.path + ("?" + url.query if url.query else "")
        headers = {name: value for name, value in self.headers.items()
                   if name.lower() not in ("proxy-connection", "connection")}
        upstream.request(self.command, target or "/", headers=headers)
        response = upstream.getresponse()
        body = response.read()
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("transfer-encoding", "connection",
                                    "content-length"):
                self.send_header(name, value)
        length = (response.getheader("Content-Length", "0")
                  if self.command == "HEAD" else str(len(body)))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

    def flood(self):
        self.close_connection = True
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(1 << 20):
                self.wfile.write(b"X-Field: " + b"x" * 1000 + b"\r\n")
        except OSError:
            pass  # the client has had enough

    def do_CONNECT(self):
        self.note()
        host, _, port = self.path.rpartition(":")
        if host.endswith(".flooded"):
            return self.flood()
        try:
            upstream = socket.create_connection(address(host, int(port)))
        except OSError:
            self.send_error(502)
            return
        self.send_response_only(200)
        self.end_headers()
        pair = {self.connection: upstream, upstream: self.connection}
        while True:
            for side in select.select(list(pair), [], [])[0]:
                data = side.recv(65536)
                if not data:
                    self.close_connection = True
                    return
                pair[side].sendall(data)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
with open(port_file + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
