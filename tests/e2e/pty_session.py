# SPDX-License-Identifier: GPL-2.0-or-later
"""An interactive shell on a terminal of its own, for tests of job control."""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

PROMPT = "PROMPT> "


class Session:
    """A bash on a pty. Everything waits for what it expects, at most `limit`
    seconds; nothing sleeps and hopes."""

    limit = 20

    def __init__(self):
        self.text = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.environ["PS1"] = PROMPT
            os.environ["TERM"] = "dumb"
            os.execv("/bin/bash", ["bash", "--norc", "--noprofile",
                                   "--noediting", "-i"])
        self.expect(re.escape(PROMPT))
        # What is typed does not come back: the text is the programs'.
        self.send("stty -echo\n")
        self.expect(re.escape(PROMPT))
        self.command("true")
        self.text = ""

    def send(self, text):
        os.write(self.terminal, text.encode())

    def expect(self, regex):
        """Reads until regex matches; gives and forgets all up to its end."""
        end = time.monotonic() + self.limit
        while True:
            match = re.search(regex, self.text)
            if match:
                seen = self.text[:match.end()]
                self.text = self.text[match.end():]
                return seen
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.terminal], [], [], left)[0]:
                raise AssertionError("no /%s/ in %r" % (regex, self.text))
            self.text += os.read(self.terminal, 65536).decode(errors="replace")

    def command(self, line):
        """Runs a line to the next prompt; gives what it printed."""
        self.send(line + "\n")
        seen = self.expect(re.escape(PROMPT))[:-len(PROMPT)]
        return seen.replace("\r\n", "\n")

    def status(self):
        return int(re.search("=([0-9]+)=", self.command("echo =$?=")).group(1))

    def foreground(self, name):
        """Waits until a program of that name leads the foreground group."""
        end = time.monotonic() + self.limit
        while time.monotonic() < end:
            group = os.tcgetpgrp(self.terminal)
            try:
                with open("/proc/%d/comm" % group) as file:
                    if file.read().strip() == name:
                        return group
            except OSError:
                pass
            time.sleep(0.01)
        raise AssertionError("%s is not in the foreground" % name)

    def member(self, name):
        """Waits until a program of that name runs in the foreground group.
        A signal between a shell's fork and its child's exec would be caught
        by the shell's handler in the child, and be lost."""
        group = os.tcgetpgrp(self.terminal)

        def runs():
            done = subprocess.run(["pgrep", "-g", str(group), "-x", name],
                                  stdout=subprocess.DEVNULL)
            return done.returncode == 0

        wait_for(runs, name + " runs")

    def interrupt(self, key="\x03"):
        """Sends ^C (or another key); gives the seconds until the prompt."""
        start = time.monotonic()
        self.send(key)
        self.expect(re.escape(PROMPT))
        return time.monotonic() - start

    def close(self):
        self.send("exit\n")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return status


def wait_for(condition, what, limit=20):
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("still not: " + what)
        time.sleep(0.01)


def note(text):
    print("# " + text)
    sys.stdout.flush()
