# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows that each check passes a good tree and fails a bad one."""

import pathlib
import shutil
import tempfile

SPDX = "// SPDX-License-Identifier: GPL-2.0-or-later\n"
SH = "#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0-or-later\n"

GOOD = {
    "CMakeLists.txt": "# SPDX-License-Identifier: GPL-2.0-or-later\n",
    "CMakePresets.json": "{}\n",
    "README.md": "x\n",
    ".gitignore": "/build/\n",
    ".clang-format": "BasedOnStyle: Google\n",
    "build/anything.cc": "not looked at",
    "mounts.d/10.toml": "path = 1\n",
    "packaging/run": SH + 'echo "$1"\n',
    "tests/unit/a_test.cc": SPDX + "#include <curl/curl.h>\n",
    "gateway/README.md": "x\n",
    "gateway/a.cc": SPDX + '#include "backends/backend.hh"\n',
    "gateway/base/README.md": "x\n",
    "gateway/base/fd.hh": SPDX + "int f();\n",
    "gateway/base/log.cc": SPDX + "#include <spdlog/spdlog.h>\n",
    "gateway/config/README.md": "x\n",
    "gateway/config/mount_file.hh": SPDX,
    "gateway/fs/README.md": "x\n",
    "gateway/fs/node.hh": SPDX,
    "backends/README.md": "x\n",
    "backends/backend.hh": SPDX + '#include "gateway/base/fd.hh"\n',
    "tracer/README.md": "x\n",
    "tracer/a.hh": SPDX + '#include "gateway/config/mount_file.hh"\n',
    "tracer/b.cc": SPDX + '#include <sys/ptrace.h>\n\n#include "tracer/a.hh"\n',
}

# Check, what is changed (None: removed), what the finding must name.
BAD = [
    ("top", {"extra/file": "x"}, "extra"),
    ("top", {"mounts.d/10.toml": None}, "mounts.d"),
    ("walls", {"tracer/b.cc": SPDX + '#include "gateway/fs/node.hh"\n'},
     "tracer/b.cc:2"),
    ("walls", {"tracer/b.cc": SPDX + '#include "backends/backend.hh"\n'},
     "tracer/b.cc:2"),
    ("walls", {"backends/x.cc": SPDX + '#include "gateway/fs/node.hh"\n'},
     "backends/x.cc:2"),
    ("walls", {"gateway/base/fd.hh": SPDX + '#include "gateway/fs/node.hh"\n'},
     "gateway/base/fd.hh:2"),
    ("walls", {"gateway/a.cc": SPDX + '#include "tracer/a.hh"\n'},
     "gateway/a.cc:2"),
    ("walls", {"gateway/cache/x.cc": SPDX + '#include "gateway/fs/node.hh"\n'},
     "gateway/cache/x.cc:2"),
    ("walls", {"gateway/base/x.cc": SPDX + '#include "fd.hh"\n'},
     "top of the tree"),
    ("walls", {"gateway/a.cc": SPDX + "#  include <fuse_lowlevel.h>\n"},
     "gateway/a.cc:2"),
    ("walls", {"gateway/a.cc": SPDX + "#include <fuse3/fuse.h>\n"},
     "gateway/a.cc:2"),
    ("walls", {"backends/x.cc": SPDX + "#include <curl/curl.h>\n"},
     "backends/x.cc:2"),
    ("walls", {"backends/x.cc": SPDX + "#include <libssh2.h>\n"},
     "backends/x.cc:2"),
    ("walls", {"gateway/a.cc": SPDX + "#include <sys/ptrace.h>\n"},
     "gateway/a.cc:2"),
    ("walls", {"gateway/config/x.cc": SPDX + "#include <toml++/toml.h>\n"},
     "gateway/config/x.cc:2"),
    ("walls", {"tracer/b.cc": SPDX + "#include <CLI/CLI.hpp>\n"},
     "tracer/b.cc:2"),
    ("walls", {"gateway/a.cc": SPDX + "#include <spdlog/spdlog.h>\n"},
     "gateway/a.cc:2"),
    ("walls", {"backends/x.cc": SPDX + "#include <gumbo.h>\n"},
     "backends/x.cc:2"),
    ("walls", {"gateway/cache/x.cc": SPDX + "#include <sqlite3.h>\n"},
     "gateway/cache/x.cc:2"),
    ("walls", {"gateway/a.cc": SPDX + "#include <doctest/doctest.h>\n"},
     "gateway/a.cc:2"),
    ("length", {"gateway/a.cc": SPDX + "\n" * 400}, "gateway/a.cc"),
    ("length", {"packaging/run": SH + "\n" * 400}, "packaging/run"),
    ("spdx", {"gateway/a.cc": "int f();\n" + SPDX}, "gateway/a.cc"),
    ("spdx", {"packaging/run": "#!/bin/sh\necho\n"}, "packaging/run"),
    ("spdx", {"tests/CMakeLists.txt": "add_test()\n"}, "tests/CMakeLists"),
    ("readme", {"tracer/README.md": None}, "tracer/README.md"),
    ("readme", {"tracer/README.md": "\n" * 61}, "tracer/README.md"),
    ("shellcheck", {"packaging/run": SH + "echo $1\n"}, "packaging/run"),
    ("shellcheck", {"tests/e2e/x.sh": SH + "cd /x\n"}, "tests/e2e/x.sh"),
    ("format", {"gateway/a.cc": SPDX + "int  f( );\n"}, "gateway/a.cc"),
]


def write_tree(root, changes):
    for name, text in (GOOD | changes).items():
        if text is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def run(check, changes):
    root = pathlib.Path(tempfile.mkdtemp(prefix="vfsrun-lint-")).resolve()
    try:
        write_tree(root, changes)
        return list(check(root))
    finally:
        shutil.rmtree(root)


def problems(checks):
    """One line for each check that passes or fails where it should not."""
    for name, check in checks.items():
        for finding in run(check, {}):
            yield f"{name}: complains about a good tree: {finding}"
        if not any(bad[0] == name for bad in BAD):
            yield f"{name}: no case shows that it can fail"
    for name, changes, part in BAD:
        findings = run(checks[name], changes)
        if not any(part in finding for finding in findings):
            yield f"{name}: finds nothing about {part} in {changes}"
