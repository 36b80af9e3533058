# SPDX-License-Identifier: GPL-2.0-or-later
"""Which folder may include what."""

import fnmatch
import re

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# Folder → what of ours its files may include. The longest match counts.
OWN = {
    "gateway/base/": ["gateway/base/*"],
    "gateway/config/": ["gateway/base/*", "gateway/config/*"],
    # The types of a range and a version; never a backend itself.
    "gateway/cache/": ["gateway/base/*", "gateway/cache/*",
                       "backends/backend.hh"],
    "gateway/": ["gateway/*", "backends/*"],
    "backends/": ["backends/*", "gateway/base/*"],
    "tracer/": ["tracer/*", "gateway/base/*",
                "gateway/config/mount_file.hh"],
    "tests/": ["tests/*", "gateway/*", "backends/*", "tracer/*"],
}

# Library header → the only files that may include it. Tests stand outside,
# but for what is named here with them.
FOREIGN = {
    "fuse*.h": ["gateway/fuse/*"],
    "fuse3/*": ["gateway/fuse/*"],
    "curl/*": ["backends/curl/*"],
    "libssh2*": ["backends/sftp/*"],
    "sys/ptrace.h": ["tracer/*"],
    "linux/ptrace.h": ["tracer/*"],
    "toml++/*": ["gateway/config/mount_file*.cc"],
    "CLI/*": ["gateway/cli.cc", "tracer/cli.cc"],
    "spdlog/*": ["gateway/base/log.cc"],
    "gumbo*": ["backends/html_page.cc"],
    "expat*": ["backends/xml.cc"],
    "nlohmann/*": ["backends/json_listing.cc"],
    "sqlite3*": ["gateway/cache/index.cc"],
    "xxhash.h": ["gateway/cache/cached_file_store.cc"],
    "doctest/*": ["tests/*"],
}


def matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def own_problem(root, name, header):
    folder = max((f for f in OWN if name.startswith(f)), key=len, default=None)
    if folder is None:
        return None
    if not (root / header).is_file():
        return "is not given from the top of the tree, or not there"
    if not matches(header, OWN[folder]):
        return f"may not be included by {folder}"
    return None


def foreign_problem(name, header):
    for pattern, places in FOREIGN.items():
        if not fnmatch.fnmatchcase(header, pattern):
            continue
        if matches(name, places) or name.startswith("tests/"):
            return None
        return f"belongs to {', '.join(places)} only"
    return None


def problems(root, name, text):
    """Findings for the file `name`, relative to `root`."""
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        if not include:
            continue
        quote, header = include.groups()
        problem = own_problem(root, name, header) if quote == '"' \
            else foreign_problem(name, header)
        # A library's header in quotes is no way around.
        if quote == '"' and problem is None:
            problem = foreign_problem(name, header)
        if problem:
            yield f"{name}:{number}: {header} {problem}"
