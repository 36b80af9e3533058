#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An HTTP server that misbehaves to order.

usage: fault_server.py PORT_FILE LOG_FILE DIRECTORY

The first component of a path is what to do, the rest is a name:

  /file/NAME            the file, with ranges, ETag, If-Range, conditionals
  /flip=K/NAME          NAME.a for the first K requests of this path, then NAME.b
  /status=N/NAME        answer N
  /stall/NAME           read the request, never answer
  /stallafter=N/NAME    announce the file's whole size, send N bytes of it, stall
  /rst=N/NAME           the same, then reset the connection
  /short=N/NAME         the same, then close as if that were all
  /drip=N/NAME          the same, then byte by byte, one a second
  /chunked/NAME         chunked, without a length; ranges are not understood
  /norange/NAME         200 and everything, whatever was asked
  /loop/NAME            redirect to itself, with a growing query
  /to=HEX/NAME          redirect to the URL that these hex digits spell + NAME
  /slow=MS/NAME         the file, MS milliseconds late
  /echo/...             the request line and headers as body
  /rstonce=N/NAME       rst for the first request of this path, then the file
  /shortonce=N/NAME     short for the first request of this path, then the file
  /dirless/a/b/NAME     the file NAME; 404 for the directories on the way
  /with=HEX/NAME        the file, with the header fields that these hex digits
                        spell, one a line
  /busy=SECONDS/NAME    503, and Retry-After with so many seconds
  /liar/NAME            the file, but HEAD tells a length 1000 bytes too large;
                        a directory is an index page without sizes
  /busiest/             the most requests that were under way at once so far

LOG_FILE gets a line a request: METHOD TARGET STATUS "RANGE".
"""
import http.server
import os
import socket
import struct
import sys
import threading
import time
import urllib.parse

port_file, log_file, root = sys.argv[1:4]
lock = threading.Lock()
log = open(log_file, "a", buffering=1)
seen = {}
under_way = busiest = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def note(self, status):
        with lock:
            log.write('%s %s %s "%s"\n' % (self.command, self.path, status,
                                           self.headers.get("Range", "")))

    def answer(self, status, body=b"", headers=()):
        self.note(status)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def load(self, name):
        path = os.path.join(root, urllib.parse.unquote(name.split("?")[0]))
        try:
            with open(path, "rb") as file:
                data = file.read()
                info = os.fstat(file.fileno())
        except OSError:
            return None, None, None
        tag = '"%x-%x"' % (info.st_mtime_ns, info.st_size)
        return data, tag, self.date_time_string(info.st_mtime)

    def serve(self, name, ranges=True, more=()):
        data, tag, modified = self.load(name)
        if data is None:
            return self.answer(404, b"no such file\n")
        headers = [("ETag", tag), ("Last-Modified", modified), *more]
        if self.headers.get("If-None-Match") == tag:
            return self.answer(304, b"", headers)
        if self.headers.get("If-Match") not in (None, "*", tag):
            return self.answer(412, b"", headers)
        wanted = self.headers.get("Range")
        if self.headers.get("If-Range") not in (None, tag, modified):
            wanted = None
        if not ranges or not wanted:
            return self.answer(200, data, headers)
        first, last = wanted.split("=")[1].split("-")
        first = int(first)
        last = min(int(last) if last else len(data) - 1, len(data) - 1)
        if first >= len(data):
            headers.append(("Content-Range", "bytes */%d" % len(data)))
            return self.answer(416, b"", headers)
        headers.append(("Content-Range",
                        "bytes %d-%d/%d" % (first, last, len(data))))
        self.answer(206, data[first:last + 1], headers)

    def lie(self, name):
        if os.path.isdir(os.path.join(root, name)):
            if not self.path.endswith("/"):
                return self.answer(301, b"", [("Location", self.path + "/")])
            page = "<title>Index of /</title><h1>Index of /</h1>" + "".join(
                '<a href="%s">%s</a><br>' % (each, each)
                for each in sorted(os.listdir(os.path.join(root, name))))
            return self.answer(200, page.encode(), [("Content-Type", "text/html")])
        if self.command != "HEAD":
            return self.serve(name)
        data, _, modified = self.load(name)
        if data is None:
            return self.answer(404)
        return self.answer(200, data + bytes(1000), [("Last-Modified", modified)])

    def partly(self, count, name, end):
        data, tag, _ = self.load(name)
        if data is None:
            return self.answer(404, b"")
        self.note("partly")
        first, last, status = 0, len(data) - 1, 200
        wanted = self.headers.get("Range")
        if wanted:
            a, b = wanted.split("=")[1].split("-")
            first, status = int(a), 206
            last = min(int(b) if b else last, last)
        self.send_response(status)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(last - first + 1))
        if status == 206:
            self.send_header("Content-Range",
                             "bytes %d-%d/%d" % (first, last, len(data)))
        self.end_headers()
        self.wfile.write(data[first:min(last + 1, count)])
        self.wfile.flush()
        if end == "stall":
            self.stall()
        if end == "drip":
            for at in range(count, last + 1):
                time.sleep(1)
                self.wfile.write(data[at:at + 1])
        if end == "rst":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            # close() by way of the plain socket, so that the RST goes now
            self.connection.close()
        self.close_connection = True

    def stall(self):
        # Until the client has gone, and then a little: it must not matter.
        try:
            while self.connection.recv(4096):
                pass
        except OSError:
            pass
        self.close_connection = True

    def do_GET(self):
        global under_way, busiest
        with lock:
            under_way += 1
            busiest = max(busiest, under_way)
        try:
            self.obey()
        finally:
            with lock:
                under_way -= 1

    def obey(self):
        parts = self.path.lstrip("/").split("/", 1)
        verb, _, argument = parts[0].partition("=")
        name = parts[1] if len(parts) > 1 else ""
        with lock:
            seen[self.path] = seen.get(self.path, 0) + 1
            count = seen[self.path]
        if verb == "file":
            self.serve(name)
        elif verb == "flip":
            suffix = ".a" if count <= int(argument) else ".b"
            self.serve(name + suffix)
        elif verb == "status":
            self.answer(int(argument), b"status %s\n" % argument.encode())
        elif verb == "stall":
            self.note("stall")
            self.stall()
        elif verb in ("stallafter", "rst", "short", "drip"):
            self.partly(int(argument), name,
                        {"stallafter": "stall"}.get(verb, verb))
        elif verb in ("rstonce", "shortonce"):
            if count == 1:
                self.partly(int(argument), name, verb[:-4])
            else:
                self.serve(name)
        elif verb == "chunked":
            self.chunked(name)
        elif verb == "norange":
            self.serve(name, ranges=False)
        elif verb == "loop":
            base, _, query = self.path.partition("?")
            self.answer(302, b"", [("Location", "%s?%d" % (
                base, int(query or 0) + 1))])
        elif verb == "to":
            target = bytes.fromhex(argument).decode() + name
            self.answer(302, b"", [("Location", target)])
        elif verb == "slow":
            time.sleep(int(argument) / 1000)
            self.serve(name)
        elif verb == "echo":
            self.answer(200, (self.requestline + "\n" +
                              str(self.headers)).encode("latin-1"))
        elif verb == "with":
            lines = bytes.fromhex(argument).decode().splitlines()
            self.serve(name, more=[tuple(line.split(": ", 1)) for line in lines])
        elif verb == "busy":
            self.answer(503, b"busy\n", [("Retry-After", argument)])
        elif verb == "liar":
            self.lie(name)
        elif verb == "busiest":
            self.answer(200, b"%d\n" % busiest)
        elif verb == "dirless":
            if os.path.isfile(os.path.join(root, os.path.basename(name))):
                self.serve(os.path.basename(name))
            else:
                self.answer(404, b"nothing here\n")
        else:
            self.answer(404, b"unknown verb\n")

    do_HEAD = do_GET

    def chunked(self, name):
        data, _, _ = self.load(name)
        if data is None:
            return self.answer(404, b"")
        self.note(200)
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.command == "HEAD":
            return None
        for start in range(0, len(data), 10000):
            piece = data[start:start + 10000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")
        return None


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        pass  # clients that leave in the middle are what this is for


server = Server(("127.0.0.1", 0), Handler)
with open(port_file + ".new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
