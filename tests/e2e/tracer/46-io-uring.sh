#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 46: io_uring would pass by: it is ENOSYS, or allowed on demand.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
expect_equal ENOSYS "$(vfsrun "$TRACEES/uring_open" "$V/f")"
if [ "$("$TRACEES/uring_open" "$L/f")" = 'ring: this is f' ]; then
  expect_equal 'ring: this is f' \
    "$(vfsrun --allow-io-uring "$TRACEES/uring_open" "$L/f")"
  expect_equal 'ring: ENOENT' \
    "$(vfsrun --allow-io-uring "$TRACEES/uring_open" "$V/f")"
else
  note 'this kernel has no io_uring for us: its part is left out'
fi
note 'fio says what it lacks, and its other engines work'
fio_on() { # ENGINE FILE
  vfsrun "${MOUNT[@]}" fio --name=x --ioengine="$1" --rw=read --bs=64k \
    --size=900k --readonly --allow_file_create=0 --filename="$2"
}
for file in "$L/large" "$M/large"; do
  if fio_on io_uring "$file" >out 2>&1; then fail 'fio found io_uring'; fi
  expect_match 'Function not implemented|engine|io_queue_init' "$(cat out)"
  fio_on psync "$file" >out 2>&1 || fail "fio: $(cat out)"
  expect_match 'READ: bw=' "$(cat out)"
done
note 'node falls back'
expect_equal 'this is f' "$(vfsrun env UV_USE_IO_URING=1 node -e '
  const fs = require("fs");
  fs.readFile(process.argv[1], "utf8", (error, text) => {
    if (error) throw error;
    process.stdout.write(text);
  })' "$V/f")"
expect_clean
