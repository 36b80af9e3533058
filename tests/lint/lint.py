#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules that the source keeps, each a test: lint.py RULE SOURCE_DIR

includes  who may include what: the layers, and each library in its place
length    no file over 400 lines
heads     every file begins with its licence, every header with #pragma once
marks     no mark of unfinished work
format    clang-format-16 has nothing to say
shell     shellcheck has nothing to say
self      the rules above do find what they are for
"""
import pathlib
import re
import subprocess
import sys

LIMIT = 400
MARKS = re.compile(r"\b(TODO|FIXME|TBD|HACK)\b|not implemented")
SPDX = "SPDX-License-Identifier: GPL-2.0-or-later"
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:<([^>]+)>|"([^"]+)")', re.MULTILINE)

# What a folder may include of the project's own.
LAYERS = {
    "gateway/base/": ("gateway/base/",),
    "gateway/config/": ("gateway/config/", "gateway/base/"),
    "backends/": ("backends/", "gateway/base/"),
    "tracer/": ("tracer/", "gateway/base/", "gateway/config/mount_file.hh"),
    "gateway/cache/": ("gateway/cache/", "gateway/base/", "backends/backend.hh"),
    "gateway/": ("gateway/", "backends/"),
}

# Where a library's header may stand.
PLACES = {
    r"fuse_lowlevel\.h|fuse3?/.*\.h": r"gateway/fuse/",
    r"curl/.*\.h": r"backends/curl/",
    r"libssh2.*\.h": r"backends/sftp/",
    r"sys/ptrace\.h": r"tracer/",
    r"toml\+\+/.*": r"gateway/config/mount_file[^/]*\.cc$",
    r"CLI/.*": r".*/cli\.cc$",
    r"spdlog/.*": r"gateway/base/log\.cc$",
    r"gumbo\.h": r"backends/html_listing\.cc$",
    r"sqlite3\.h": r"gateway/cache/index\.cc$",
}


def includes(name, text):
    if name.startswith("tests/"):
        return
    layer = max((l for l in LAYERS if name.startswith(l)), key=len, default=None)
    for match in INCLUDE.finditer(text):
        system, own = match.groups()
        if own and layer and not own.startswith(LAYERS[layer]):
            yield '"%s" may not be included in %s' % (own, layer)
        for header, place in PLACES.items():
            if re.fullmatch(header, system or own) and not re.match(place, name):
                yield "<%s> may be included in %s only" % (system or own, place)


def length(name, text):
    lines = text.count("\n")
    if lines > LIMIT:
        yield "%d lines, %d is the limit" % (lines, LIMIT)


def heads(name, text):
    if SPDX not in "\n".join(text.split("\n")[:2]):
        yield "does not begin with " + SPDX
    if name.endswith(".hh") and "\n#pragma once\n" not in text:
        yield "has no #pragma once"


def marks(name, text):
    for number, line in enumerate(text.split("\n"), 1):
        if MARKS.search(line) and not name.startswith("tests/"):
            yield "line %d: %s" % (number, line.strip())


def is_shell(name, text):
    return name.endswith(".sh") or re.match(r"#!/bin/(ba)?sh\n", text)


def is_code(name):
    return name.endswith((".cc", ".hh", ".c", ".h"))


def source_files(top):
    """Name and text of what is ours, whether committed yet or not."""
    for folder in ("gateway", "tracer", "backends", "tests", "packaging", ".ci"):
        for path in sorted((top / folder).rglob("*")):
            name = str(path.relative_to(top))
            if not path.is_file() or "__pycache__" in name:
                continue
            text = path.read_text(errors="replace")
            if is_code(name) or is_shell(name, text) or name.endswith(
                    (".py", "CMakeLists.txt")):
                yield name, text


def run_tool(top, command, names):
    done = subprocess.run([*command, *names], cwd=top, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(done.stdout)


def check_self():
    """A rule that finds nothing anywhere would look like a clean source."""
    head = "// " + SPDX + "\n#pragma once\n"
    bad = [
        (includes, "tracer/x.cc", '#include "gateway/fs/x.hh"\n'),
        (includes, "backends/x.cc", '#include "gateway/cache/x.hh"\n'),
        (includes, "gateway/base/x.hh", '#include "backends/backend.hh"\n'),
        (includes, "gateway/fs/x.cc", "#include <fuse_lowlevel.h>\n"),
        (includes, "backends/http.cc", "# include <curl/curl.h>\n"),
        (includes, "tracer/main.cc", "#include <CLI/CLI.hpp>\n"),
        (length, "gateway/x.cc", "\n" * (LIMIT + 1)),
        (heads, "gateway/x.hh", "#pragma once\n"),
        (heads, "gateway/x.hh", "// " + SPDX + "\n"),
        (marks, "gateway/x.cc", "int x;  // TODO\n"),
    ]
    good = [
        (includes, "tracer/x.cc", '#include "gateway/config/mount_file.hh"\n'),
        (includes, "backends/curl/x.cc", "#include <curl/curl.h>\n"),
        (length, "gateway/x.cc", "\n" * LIMIT),
        (heads, "gateway/x.hh", head),
        (marks, "gateway/x.cc", "int todos;\n"),
    ]
    for rule, name, text in bad:
        if not list(rule(name, text)):
            sys.exit("%s does not see: %r in %s" % (rule.__name__, text[:60], name))
    for rule, name, text in good:
        if list(rule(name, text)):
            sys.exit("%s is against: %r in %s" % (rule.__name__, text[:60], name))


def main():
    rule, top = sys.argv[1], pathlib.Path(sys.argv[2])
    if rule == "self":
        return check_self()
    files = list(source_files(top))
    if rule == "format":
        return run_tool(top, ["clang-format-16", "--dry-run", "-Werror"],
                        [n for n, _ in files if is_code(n)])
    if rule == "shell":
        # What is sourced stands elsewhere once installed; words of shellcheck's
        # lowest levels are opinions.
        return run_tool(top, ["shellcheck", "-S", "warning", "-e", "SC1090,SC1091",
                              "-s", "bash"], [n for n, t in files if is_shell(n, t)])
    check = {"includes": includes, "length": length, "heads": heads,
             "marks": marks}[rule]
    complaints = ["%s: %s" % (name, words) for name, text in files
                  for words in check(name, text)]
    if complaints or len(files) < 50:
        sys.exit("\n".join(complaints) or "only %d files seen" % len(files))
    print("%d files" % len(files))
    return None


main()
