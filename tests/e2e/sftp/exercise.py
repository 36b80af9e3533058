# SPDX-License-Identifier: GPL-2.0-or-later
"""Random reads, writes and truncations of a file, checked against a model.

exercise.py FILE STEPS SEED MODEL [REMOUNT...]: FILE is made; MODEL is where its
bytes are kept locally. REMOUNT is run, with all files closed, every 1,000
steps; the file is compared with the model afterwards."""

import mmap
import os
import random
import subprocess
import sys

LARGEST = 3_000_000


class Exercise:
    def __init__(self, path, seed):
        self.path = path
        self.random = random.Random(seed)
        self.model = bytearray()
        self.fds = []
        self.made = False

    def fd(self):
        """One of up to three opens, so that they see each other's bytes."""
        if len(self.fds) < 3 and (not self.fds or self.random.random() < 0.05):
            flags = os.O_RDWR | (0 if self.made else os.O_CREAT | os.O_EXCL)
            self.fds.append(os.open(self.path, flags, 0o644))
            self.made = True
        return self.random.choice(self.fds)

    def close(self, all_of_them=False):
        while self.fds:
            os.close(self.fds.pop(self.random.randrange(len(self.fds))))
            if not all_of_them:
                return

    def place(self):
        offset = self.random.randrange(LARGEST)
        size = int(self.random.choice([1, 100, 4096, 70_000, 300_000])
                   * self.random.random()) + 1
        return offset, size

    def check(self, got, offset, size):
        want = bytes(self.model[offset:offset + size])
        if got == want:
            return
        at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b),
                  min(len(got), len(want)))
        sys.exit(f"read {size} at {offset}: {len(got)} bytes for {len(want)}, "
                 f"first wrong one at {offset + at}")

    def read(self):
        offset, size = self.place()
        self.check(os.pread(self.fd(), size, offset), offset, size)

    def write(self):
        offset, size = self.place()
        data = self.random.randbytes(size)
        fd = self.fd()
        done = 0
        while done < size:
            done += os.pwrite(fd, data[done:], offset + done)
        if len(self.model) < offset:
            self.model.extend(bytes(offset - len(self.model)))
        self.model[offset:offset + size] = data

    def append(self):
        data = self.random.randbytes(self.random.randrange(1, 5000))
        if len(self.model) + len(data) > LARGEST:
            return
        self.close(all_of_them=True)
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        os.write(fd, data)
        os.close(fd)
        self.model += data

    def truncate(self):
        size = self.random.randrange(LARGEST)
        if self.random.random() < 0.5:
            os.ftruncate(self.fd(), size)
        else:
            os.truncate(self.path, size)
        if size < len(self.model):
            del self.model[size:]
        else:
            self.model.extend(bytes(size - len(self.model)))

    def look(self):
        size = os.fstat(self.fd()).st_size
        if size != len(self.model):
            sys.exit(f"fstat says {size}, should be {len(self.model)}")
        size = os.stat(self.path).st_size
        if size != len(self.model):
            sys.exit(f"stat says {size}, should be {len(self.model)}")

    def map(self):
        if not self.model:
            return
        offset, size = self.place()
        with mmap.mmap(self.fd(), len(self.model)) as view:
            self.check(view[offset:offset + size], offset, size)
            if self.random.random() < 0.5 and offset + 10 < len(self.model):
                view[offset:offset + 10] = b"0123456789"
                self.model[offset:offset + 10] = b"0123456789"

    def step(self):
        self.fd()
        chance = self.random.random()
        for limit, action in ((0.45, self.read), (0.82, self.write),
                              (0.86, self.append), (0.89, self.truncate),
                              (0.93, self.look), (0.95, self.map),
                              (0.97, lambda: os.fsync(self.fd()))):
            if chance < limit:
                return action()
        return self.close()


def main():
    path, steps, seed, model = sys.argv[1:5]
    remount = sys.argv[5:]
    exercise = Exercise(path, int(seed))
    for step in range(1, int(steps) + 1):
        exercise.step()
        if remount and step % 1000 == 0:
            exercise.close(all_of_them=True)
            subprocess.run(remount, check=True)
            with open(path, "rb") as file:
                exercise.check(file.read(), 0, len(exercise.model))
    exercise.close(all_of_them=True)
    with open(model, "wb") as file:
        file.write(exercise.model)


main()
