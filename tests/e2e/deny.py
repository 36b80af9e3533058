#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command in which some system calls fail with EPERM, as under a
container's seccomp profile.

usage: deny.py ptrace|seccomp COMMAND...
"""
import ctypes
import os
import struct
import sys

# x86_64 numbers.
PTRACE, SECCOMP, PRCTL = 101, 317, 157
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, EPERM = 0x7FFF0000, 0x00050001

what, command = sys.argv[1], sys.argv[2:]
load_number, load_first_argument = (LOAD, 0, 0, 0), (LOAD, 0, 0, 16)
if what == "ptrace":
    program = [load_number, (EQUAL, 0, 1, PTRACE),
               (RETURN, 0, 0, EPERM), (RETURN, 0, 0, ALLOW)]
else:
    program = [load_number, (EQUAL, 3, 0, SECCOMP), (EQUAL, 0, 3, PRCTL),
               load_first_argument, (EQUAL, 0, 1, PR_SET_SECCOMP),
               (RETURN, 0, 0, EPERM), (RETURN, 0, 0, ALLOW)]

code = b"".join(struct.pack("HBBI", *line) for line in program)
buffer = ctypes.create_string_buffer(code, len(code))
header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
# Without CAP_SYS_ADMIN a filter needs NO_NEW_PRIVS.
if os.geteuid() != 0:
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, header, 0, 0) != 0:
    sys.exit("deny.py: " + os.strerror(ctypes.get_errno()))
os.execvp(command[0], command)
