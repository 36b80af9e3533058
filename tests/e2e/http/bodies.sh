#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bodies without a length, and servers that know no ranges.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_fault_server
start_python_server "$WORK/www"

for source in "$FAULT_HOST/chunked" "$FAULT_HOST/norange" "$PYTHON_HOST"; do
  for file in hello.txt empty dir/medium.bin large.bin; do
    quietly vfsrun cat "/http/$source/$file" >got
    expect_same_bytes "$WORK/www/$file" got
  done
  # Whoever has opened it knows the size, and can seek.
  quietly vfsrun "$PYTHON" -c '
import os, sys
for path in sys.argv[1:]:
    fd = os.open(path, os.O_RDONLY)
    size = os.fstat(fd).st_size
    assert size == 5000000, size
    assert os.stat(path).st_size == size
' "/http/$source/large.bin"
  expect_equal "$(stat -c %s "$WORK/www/hello.txt")" \
    "$(quietly vfsrun stat -c %s "/http/$source/hello.txt")"
  tail -c 777 "$WORK/www/large.bin" >wanted_tail
  quietly vfsrun sh -c "tail -c 777 /http/$source/large.bin" >got
  expect_same_bytes wanted_tail got
done
expect_clean
