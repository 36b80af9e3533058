#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make -j4 and gcc, with the sources in the tree.
# timeout: 120
. "$E2E/programs/common"
need make gcc
start_tree
alike 'make -j4' 'make -s -j4 -f "$T/src/Makefile" CC=gcc && ./program &&
  make -f "$T/src/Makefile" CC=gcc && nm program | grep " T part" | cut -c 18-'
alike 'gcc' 'gcc -O1 -I"$T/src" -o all "$T"/src/*.c && ./all &&
  gcc -M -I"$T/src" "$T/src/part1.c" | tr " " "\n" | grep parts.h &&
  gcc -E "$T/src/main.c" | grep -c "^# .*parts.h" &&
  gcc -shared -fPIC -o libparts.so "$T"/src/part?.c &&
  gcc -o linked "$T/src/main.c" -L. -lparts -Wl,-rpath,"\$ORIGIN" && ./linked &&
  ! gcc -c "$T/src/gone.c" -o x.o'
WHERE=local alike 'a chain of makes' '
  printf "all:\n\t@\$(MAKE) -s -C one\n" >Makefile
  mkdir -p one/two; printf "all:\n\t@\$(MAKE) -s -C two\n" >one/Makefile
  printf "all:\n\t@\$(MAKE) -s -j4 -f $T/src/Makefile CC=gcc\n\t@./program\n" >one/two/Makefile
  make -s'
expect_clean
