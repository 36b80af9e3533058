#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 57: thousands of generated calls on a local directory: the same results,
# effects, registers and memory as natively. SEED and COUNT may be set.
# timeout: 120
. "${E2E:-$(dirname "$0")/..}/tracer/common"
S=$WORK/tree
for seed in ${SEED:-1 2 3 4 5}; do
  for how in native traced; do
    mkdir "$S"
    chmod 755 "$WORK" "$S" # as root, nobody makes the calls
    run=()
    [ $how = native ] || run=(vfsrun)
    "${run[@]}" "$TRACEES/differential" "$S" "$seed" "${COUNT:-4000}" >$how ||
      fail "seed $seed, $how: $(tail -n 1 $how)"
    chmod -R u+rwx "$S"
    rm -rf "$S"
  done
  cmp native traced || fail "seed $seed: $(diff native traced | head -n 6)"
  # A log of nothing but errors would prove little.
  [ "$(grep -cE ' = [0-9]+ ' traced)" -gt $((${COUNT:-4000} / 10)) ] ||
    fail "seed $seed: too few calls succeed"
done
expect_clean
