#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# python3: modules, walks, archives and databases in the tree, processes.
# timeout: 120
. "$E2E/programs/common"
need python3
more() {
  mkdir -p "$1/pkg/inner"
  echo 'from .inner import deep; NAME = __name__' >"$1/pkg/__init__.py"
  echo 'WHERE = __file__' >"$1/pkg/inner/__init__.py"
  echo 'def value(): return 42' >"$1/pkg/inner/deep.py"
  python3 - "$1" <<'PY'
import sqlite3, sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/lib/code.zip", "w") as archive:
    archive.writestr("zipped.py", "TEXT = 'from a zip'\n")
db = sqlite3.connect(sys.argv[1] + "/lib/data.sqlite")
db.execute("create table t (n integer)")
db.executemany("insert into t values (?)", [(n,) for n in range(1000)])
db.commit()
PY
}
start_tree
cat >"$WORK/program.py" <<'PY'
import glob, mmap, multiprocessing, os, pathlib, shutil, sqlite3
import subprocess, sys, tempfile, threading
tree, here = os.environ["T"], os.environ["D"]
sys.path[:0] = [tree, tree + "/lib/code.zip"]
import pkg, zipped
print(pkg.NAME, pkg.deep.value(), pkg.inner.WHERE, zipped.TEXT)
for folder, names, files in sorted(os.walk(tree)):
    print(folder, sorted(names), sorted(files))
print(sorted(glob.glob(tree + "/*/*.txt")))
print(os.path.realpath(tree + "/lib/../text"), pathlib.Path(tree, "src").resolve())
print(sorted(entry.name for entry in os.scandir(tree) if entry.is_dir()))
db = sqlite3.connect("file:" + tree + "/lib/data.sqlite?mode=ro&immutable=1", uri=True)
print(db.execute("select sum(n) from t").fetchone())
with open(tree + "/text/random.bin", "rb") as file:
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        print(len(data), data[:4].hex(), data[-4:].hex())
shutil.copytree(tree + "/text", here + "/copy")
print(subprocess.run(["diff", "-r", tree + "/text", here + "/copy"]).returncode)
print(subprocess.check_output(["cat", "text/numbers1.txt"], cwd=tree)[:4])
def size(path): return os.path.getsize(path)
paths = sorted(glob.glob(tree + "/text/*.txt"))
with multiprocessing.Pool(3) as pool: print(pool.map(size, paths))
found = {}
def read(path): found[path] = len(open(path).read())
threads = [threading.Thread(target=read, args=(path,)) for path in paths]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(found.items()))
os.chdir(tree + "/text")
print(os.getcwd(), os.listdir("deep"), os.path.abspath("x"))
for wrong in (tree + "/gone", tree + "/text/numbers1.txt/x", tree + "/text"):
    try: open(wrong)
    except OSError as error: print(type(error).__name__, error)
with tempfile.TemporaryDirectory() as folder: print(os.listdir(folder))
PY
alike python3 "python3 $WORK/program.py"
alike 'a module of the tree as program' \
  'cd "$T" && python3 -m pkg.inner.deep; python3 "$T/pkg/inner/deep.py"'
expect_clean
