#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rows 12, 13, 14, 17: the many spellings of a virtual name, and what only looks
# like one.
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
both name_forms
# Directly below /http's mount, and one mount inside another's path.
vfsrun "${MOUNT[@]}" --mount "/http-sample/dir/sub=http://$NGINX_HOST/dir/" \
  sh -ec '
    cmp /http-sample/f "$1/f"
    cmp /http-sample/dir/sub/g "$1/dir/g"
    cmp /http-sample/dir/sub/../g "$1/dir/g"
    cmp /http-sample/./dir//sub/./../../f "$1/f"
    test ! -e /http-samples' - "$L"
expect_equal 'this is f' "$(cd / && vfsrun cat "${V#/}/f")"
expect_status 1 vfsrun cat /httpx/f 2>err
expect_match 'No such file' "$(cat err)"
expect_clean
