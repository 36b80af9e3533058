# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes Hello.class, hello.jar and keys.p12 into a folder: there is a java on
the machine, but no compiler for it. The class prints its first argument (Java
Virtual Machine Specification, chapter 4)."""

import struct
import subprocess
import sys
import zipfile

constants = []


def constant(tag, data):
    constants.append(bytes([tag]) + data)
    return len(constants)


def text(value):
    return constant(1, struct.pack(">H", len(value)) + value.encode())


def named_class(name):
    return constant(7, struct.pack(">H", text(name)))


def member(tag, owner, name, kind):
    names = constant(12, struct.pack(">HH", text(name), text(kind)))
    return constant(tag, struct.pack(">HH", named_class(owner), names))


out = member(9, "java/lang/System", "out", "Ljava/io/PrintStream;")
println = member(10, "java/io/PrintStream", "println",
                 "(Ljava/lang/String;)V")
this, parent = named_class("Hello"), named_class("java/lang/Object")
main, kind, code_name = (text(t) for t in
                         ("main", "([Ljava/lang/String;)V", "Code"))
# getstatic out; aload_0; iconst_0; aaload; invokevirtual println; return
code = (b"\xb2" + struct.pack(">H", out) + b"\x2a\x03\x32\xb6" +
        struct.pack(">H", println) + b"\xb1")
body = struct.pack(">HHI", 3, 1, len(code)) + code + struct.pack(">HH", 0, 0)
method = (struct.pack(">HHHH", 0x9, main, kind, 1) +
          struct.pack(">HI", code_name, len(body)) + body)
image = (struct.pack(">IHHH", 0xcafebabe, 0, 49, len(constants) + 1) +
         b"".join(constants) +
         struct.pack(">HHHHHH", 0x21, this, parent, 0, 0, 1) + method +
         struct.pack(">H", 0))

folder = sys.argv[1]
with open(folder + "/Hello.class", "wb") as file:
    file.write(image)
with zipfile.ZipFile(folder + "/hello.jar", "w") as jar:
    jar.writestr("META-INF/MANIFEST.MF",
                 "Manifest-Version: 1.0\nMain-Class: Hello\n\n")
    jar.writestr("Hello.class", image)
subprocess.run(["keytool", "-genkeypair", "-alias", "one", "-keyalg", "EC",
                "-dname", "CN=one", "-storepass", "secret", "-keystore",
                folder + "/keys.p12"], check=True, stderr=subprocess.DEVNULL)
