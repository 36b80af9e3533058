#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules of the source tree that no compiler keeps.

    tests/lint/lint.py [--root DIR] [CHECK...]

Without a CHECK all are run. Each finding is one line on standard output; the
exit status is 1 when there is one.
"""

import argparse
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True  # leave no folder in the source tree

import self_test  # noqa: E402
import walls  # noqa: E402

TOP_LEVEL = {
    "CMakeLists.txt", "CMakePresets.json", "gateway", "tracer", "backends",
    "mounts.d", "tests", "packaging", "README.md",
}
LINES_MAX = 400
README_LINES_MAX = 60
CODE_SUFFIXES = {".cc", ".hh", ".c", ".h", ".py", ".sh", ".cmake"}
FORMATTED_SUFFIXES = {".cc", ".hh"}
# Folders whose subfolders each explain themselves.
CODE_FOLDERS = ("gateway", "tracer", "backends")


def files_of(root):
    """Every file of the tree but those of builds and of git."""
    for folder, folders, names in os.walk(root):
        here = pathlib.Path(folder)
        if here == root:
            folders[:] = [f for f in folders
                          if f != "build" and not f.startswith(".")]
        folders[:] = sorted(f for f in folders if f != "__pycache__")
        for name in sorted(names):
            path = here / name
            if path.is_file() and not path.is_symlink():
                yield path


def text_of(path):
    return path.read_text(encoding="utf-8", errors="replace")


def first_line(path):
    return (text_of(path).splitlines() or [""])[0]


def is_script(path):
    return first_line(path).startswith("#!")


def is_shell(path):
    if path.suffix == ".sh":
        return True
    words = first_line(path).replace("/", " ").split()
    return is_script(path) and bool({"sh", "bash", "dash"} & set(words))


def check_top(root):
    """The top level holds exactly what a newcomer is told to expect."""
    found = {entry.name for entry in root.iterdir()
             if not entry.name.startswith(".") and entry.name != "build"}
    for name in sorted(found - TOP_LEVEL):
        yield f"{name}: does not belong to the top level"
    for name in sorted(TOP_LEVEL - found):
        yield f"{name}: is missing from the top level"


def check_walls(root):
    """Which folder may include what: the table is in walls.py."""
    for path in files_of(root):
        if path.suffix in {".cc", ".hh"}:
            name = path.relative_to(root).as_posix()
            yield from walls.problems(root, name, text_of(path))


def check_length(root):
    """No file is longer than a reader can hold in mind."""
    for path in files_of(root):
        if path.suffix not in CODE_SUFFIXES | {".md", ".txt"} \
                and not is_script(path):
            continue
        lines = len(text_of(path).splitlines())
        if lines > LINES_MAX:
            yield f"{path.relative_to(root)}: {lines} lines, more than " \
                  f"{LINES_MAX}"


def check_spdx(root):
    """The licence stands first in each file of code."""
    for path in files_of(root):
        is_code = path.suffix in CODE_SUFFIXES or is_script(path) \
            or path.name == "CMakeLists.txt"
        # Before it: what must be first for the shell or for shellcheck.
        head = [line for line in text_of(path).splitlines()[:3]
                if not line.startswith(("#!", "# shellcheck "))]
        if is_code and not (
                head and "SPDX-License-Identifier: GPL-2.0-or-later"
                in head[0]):
            yield f"{path.relative_to(root)}:1: no SPDX line first"


def check_readme(root):
    """Each folder of code has a short map of itself."""
    folders = {path.parent for path in files_of(root)
               if path.suffix in {".cc", ".hh"}
               and path.relative_to(root).parts[0] in CODE_FOLDERS}
    for folder in sorted(folders):
        readme = folder / "README.md"
        name = readme.relative_to(root)
        if not readme.is_file():
            yield f"{name}: is missing"
        elif len(text_of(readme).splitlines()) > README_LINES_MAX:
            yield f"{name}: more than {README_LINES_MAX} lines"


def run_tool(command, root):
    """The lines that a tool prints when it is not content."""
    try:
        done = subprocess.run(command, cwd=root, text=True, check=False,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    except FileNotFoundError:
        yield f"{command[0]}: is not installed (packaging/deps test)"
        return
    if done.returncode != 0:
        yield from done.stdout.splitlines() or [f"{command[0]}: failed"]


def check_shellcheck(root):
    """Shell scripts pass shellcheck."""
    scripts = [str(path.relative_to(root)) for path in files_of(root)
               if is_shell(path)]
    # SC2016: text for an inner shell stands in single quotes on purpose.
    if scripts:
        yield from run_tool(["shellcheck", "-x", "-P", "SCRIPTDIR:tests/e2e",
                             "-e", "SC2016", "-f", "gcc", *scripts], root)


def check_format(root):
    """Source files are as clang-format-16 writes them."""
    sources = [str(path.relative_to(root)) for path in files_of(root)
               if path.suffix in FORMATTED_SUFFIXES]
    if sources:
        yield from run_tool(["clang-format-16", "--dry-run", "-Werror",
                             *sources], root)


CHECKS = {
    "top": check_top,
    "walls": check_walls,
    "length": check_length,
    "spdx": check_spdx,
    "readme": check_readme,
    "shellcheck": check_shellcheck,
    "format": check_format,
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).parents[2])
    parser.add_argument("checks", nargs="*", metavar="CHECK",
                        choices=[[], *CHECKS, "self-test"],
                        help=", ".join([*CHECKS, "self-test"]))
    options = parser.parse_args()
    failed = False
    for name in options.checks or [*CHECKS, "self-test"]:
        if name == "self-test":
            findings = list(self_test.problems(CHECKS))
        else:
            findings = list(CHECKS[name](options.root.resolve()))
        for finding in findings:
            print(f"{name}: {finding}")
        failed = failed or bool(findings)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
