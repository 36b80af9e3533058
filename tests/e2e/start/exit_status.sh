#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The exit status is the program's own, as a shell sees it natively; 125, 126
# and 127 as env(1) and timeout(1) use them.
# expects: Segmentation fault|Aborted|core dumped
# timeout: 180
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx
ulimit -c 0
for code in $(seq 0 255); do
  got=0
  vfsrun sh -c "exit $code" || got=$?
  expect_equal "$code" "$got" 'exit status'
done
expect_clean

# How the shell itself reports deaths: in a shell of its own, both ways.
for signal in TERM KILL SEGV ABRT HUP INT QUIT PIPE USR1; do
  for how in '' "E2E_RUN=$E2E_ID $VFSRUN"; do
    bash -c "env -- $how sh -c 'kill -$signal \$\$'; echo status \$?" \
      >"death.${how:+vfsrun}" 2>&1 || true
  done
  # The shell names script and pid: the word and the status are compared.
  for file in death. death.vfsrun; do
    sed -i 's/^.*line [0-9]*: *[0-9]* *//; s/ *env -- .*//; s/ *$//' $file
  done
  diff death. death.vfsrun || fail "death by $signal"
done
for how in '' "$VFSRUN"; do
  E2E_RUN=$E2E_ID "$PYTHON" -c '
import subprocess, sys
how = [sys.argv[1]] if sys.argv[1] else []
for n in (1, 2, 3, 6, 9, 11, 13, 14, 15):
    p = subprocess.run(how + ["sh", "-c", "kill -%d $$" % n])
    assert p.returncode == -n, (n, p.returncode)
' "$how"
done
expect_clean

# A child that ends later does not decide, and is not waited for.
before=$(date +%s%N)
got=0
vfsrun sh -c '(sleep 1; exit 3) & exit 7' || got=$?
expect_equal 7 "$got" 'main program and a later child'
note "returned after $((($(date +%s%N) - before) / 1000000)) ms"
wait_until 5 is_clean

# Nothing of ours keeps the pipe of a command substitution open.
before=$(date +%s)
x=$(vfsrun sh -c 'sleep 20 >/dev/null 2>&1 & echo hi')
expect_equal hi "$x"
x=$(vfsrun sh -c "cat /http/$NGINX_HOST/hello.txt; sleep 20 >/dev/null 2>&1 &")
expect_equal 'Hello, world.' "$x"
[ $(($(date +%s) - before)) -lt 15 ] || fail 'the command substitution waited'
for pid in $(run_processes); do
  if [ "$(cat "/proc/$pid/comm")" = sleep ]; then kill "$pid"; fi
done
wait_until 5 is_clean

# 125, 126, 127.
expect_status 127 vfsrun no-such-program 2>err
expect_equal 1 "$(wc -l <err)" "lines ($(cat err))"
expect_match no-such-program "$(cat err)"
expect_status 127 vfsrun ./none 2>err
expect_status 127 vfsrun "/http/$NGINX_HOST/none" 2>err
echo text >plain
expect_status 126 vfsrun ./plain 2>err
expect_equal 1 "$(wc -l <err)" "lines ($(cat err))"
expect_status 126 vfsrun "$WORK" 2>err
expect_status 125 vfsrun --no-such-option true 2>err
[ -s err ] || fail 'not a word about an unknown option'
expect_status 125 vfsrun 2>err
[ -s err ] || fail 'not a word without arguments'
expect_status 0 vfsrun -- true
# Options after the program are the program's.
expect_equal '--help -v' "$(quietly vfsrun echo --help -v)"
# A program by a path in the tree.
expect_equal "/http/$NGINX_HOST/bin/script.sh a b" \
  "$(quietly vfsrun "/http/$NGINX_HOST/bin/script.sh" a b)"
expect_equal "/http/$NGINX_HOST/bin/script.py x" \
  "$(quietly vfsrun "/http/$NGINX_HOST/bin/script.py" x)"
expect_clean
