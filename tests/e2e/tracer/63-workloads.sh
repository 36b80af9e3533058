#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How many stops whole programs cost with the fast path. Limits are what was
# counted, and a few for what differs between machines; times are not looked at.
# timeout: 120
. "${E2E:-$(dirname "$0")/..}/tracer/common"
if [ -n "$STUB" ]; then
  note 'the same programs, for their results'
fi
cost() { # LIMIT COMMAND... ; path calls that stop
  local limit=$1
  quiet=$("${@:2}" 2>&1 | cksum)
  got=$(vfsrun --stats "${@:2}" 2>stats | cksum)
  vfsrun "${@:2}" >out 2>&1
  expect_equal "$quiet" "$(cksum <out)" "what it prints: $*"
  [ -n "$got" ]
  local stops
  stops=$(stat_of stats 'stops, path calls')
  note "$stops stops (at most $limit): ${*:2}"
  [ -n "$STUB" ] || [ "$stops" -le "$limit" ] ||
    fail "$stops stops, more than $limit: ${*:2}"$'\n'"$(cat stats)"
}
printf '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n%s\n' \
  'int main(void) { puts("hello"); return 0; }' >hello.c
cost 20 find /usr/include -newer /etc/passwd
cost 25 gcc -O1 -c hello.c -o hello.o
# shellcheck disable=SC2016  # the inner shell's own
cost 15 sh -c 'for i in $(seq 100); do /bin/true; done'
cost 20 "$PYTHON" -c 'import json, os, subprocess, email'
cost 20 tar -C /usr/include -cf /dev/null linux
mkdir -p many
for d in $(seq 20); do mkdir "many/d$d" && (cd "many/d$d" && touch $(seq 100)); done
cost 20 ls -lR many
cost 20 du -s many
printf 'all: %s\n%%.o: %%.c\n\tgcc -O1 -c $< -o $@\n' \
  "$(seq -f 'f%g.o' 8 | xargs)" >Makefile
for i in $(seq 8); do sed "s/main/f$i/" hello.c >"f$i.c"; done
cost 100 sh -c 'make -s -B -j2 && echo done'
if command -v git >/dev/null; then
  git init -q many
  git -C many add .
  cost 40 git -C many status --short
fi
expect_clean
