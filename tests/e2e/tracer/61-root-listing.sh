#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ls / shows the virtual roots beside the real entries, and so do mounts deeper
# down.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
mkdir -p "$S/real/entry" "$S/real/both"
native root_listing / usr bin
native root_listing "$S/real" entry both
real=(--mount "$S/real/both=http://$NGINX_HOST/" --mount "$S/real/deep=http://$NGINX_HOST/"
  --mount "/vfsrun-unreal/a/b=http://$NGINX_HOST/")
traced root_listing / http https usr
vfsrun "${real[@]}" "$TRACEES/root_listing" "$S/real" entry both deep
vfsrun "${real[@]}" "$TRACEES/root_listing" / http vfsrun-unreal
vfsrun "${real[@]}" "$TRACEES/root_listing" /vfsrun-unreal a
expect_equal 'both deep entry' "$(vfsrun "${real[@]}" ls "$S/real" | xargs)"
expect_equal 'b' "$(vfsrun "${real[@]}" ls /vfsrun-unreal/a)"
vfsrun "${real[@]}" cat "$S/real/both/f" "$S/real/deep/f" /vfsrun-unreal/a/b/f \
  >/dev/null
note 'globs on the way down, below real and unreal directories'
expect_equal "$S/real/both $S/real/deep $S/real/entry" \
  "$(vfsrun "${real[@]}" bash -c "echo $S/real/*")"
expect_equal "$S/real/deep/f" "$(vfsrun "${real[@]}" bash -c "echo $S/r*/d*/f")"
expect_equal /vfsrun-unreal/a/b/f \
  "$(vfsrun "${real[@]}" bash -c 'echo /vfsrun-u*/*/*/f')"
expect_equal '/vfsrun-unreal /' \
  "$(vfsrun "${real[@]}" sh -c 'cd /vfsrun-unreal/a/b; cd ../..; pwd; cd ..; pwd' | xargs)"
note 'by those who list'
expect_equal "$(printf '%s\n' / http https)" \
  "$(vfsrun sh -c 'ls -d / ; ls / | grep http')"
expect_equal '/http /https' "$(vfsrun bash -c 'echo /ht*')"
expect_equal $'/http\n/https' "$(vfsrun find / -maxdepth 1 -name 'http*' | sort)"
expect_equal "['http', 'https']" "$(vfsrun "$PYTHON" -c '
import os
print(sorted(name for name in os.listdir("/") if name.startswith("http")))')"
expect_equal 2 "$(vfsrun sh -c 'cd /; ls -a | grep -c ^http')"
expect_equal 0 "$(vfsrun sh -c 'ls /usr | grep -c ^http' || true)"
vfsrun find /usr/include -maxdepth 2 | sort >got
find /usr/include -maxdepth 2 | sort | diff - got
expect_clean
