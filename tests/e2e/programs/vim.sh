#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vim in batch mode: reads from the tree, writes beside it.
# timeout: 120
. "$E2E/programs/common"
need vim
start_tree
alike 'vim -es' 'vim -Nu NONE -es -c "%s/1/one/g" -c "r $T/text/deep/needle.txt" -c "wq! $D/out" \
    "$T/text/numbers1.txt"; cat out
  cat "$T/src/main.c" >main.c && vim -Nu NONE -es -c "/main" -c "normal O// above" -c x main.c; cat main.c
  vim -Nu NONE -es -c "redir! > names" -c "echo sort(glob(\"$T/text/*\", 0, 1))" \
    -c "echo filereadable(\"$T/gone\") isdirectory(\"$T/src\")" -c "cd $T/text" -c pwd -c "redir END" -c q
  cat names; ls -A | sort'
expect_clean
