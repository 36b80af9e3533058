#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bash, dash and busybox (static): the same words in each.
# timeout: 120
. "$E2E/programs/common"
need bash dash busybox
start_tree
words='
  for file in "$T"/text/*.txt; do printf "%s " "${file##*/}"; wc -l <"$file"; done
  for entry in "$T"/*; do echo "$entry"; done
  cd "$T/text/deep" && pwd && cd .. && pwd && cd "$D"
  . "$T/lib/greet.sh"; greet "$(head -n 1 "$T/text/numbers3.txt")"
  while read -r line; do last=$line; done <"$T/text/numbers2.txt"; echo "$last"
  cat "$T/text/numbers1.txt" "$T/text/numbers5.txt" | sort -rn | uniq | tail -n 3
  test -f "$T/text/random.bin" && test -d "$T/lib" && test ! -e "$T/gone" &&
    test "$T/text" -ef "$T/lib/../text" && echo tests
  grep -r needle "$T/text" | sort
  find "$T" -name "*.txt" | sort
  md5sum "$T/text/random.bin" "$T/src/main.c"
  cat "$T/gone" >out 2>/dev/null || echo "no such file"
  cp "$T/text/numbers4.txt" copy && cmp copy "$T/text/numbers4.txt" && echo same
  (exit 3); echo "status $?"
  { sleep 0.1; echo late; } & wait $!; kill -0 $$ && echo alive
  trap "echo trapped" USR1; kill -USR1 $$; sleep 0
  sh "$T/bin/say" one two; echo a "b  c" >out; cat <<END
here $T
END
  ls "$T/text" | sort; set -- "$T"/s*/p*.h; echo "$1"'
for shell in bash dash 'busybox sh'; do
  SHELL_FOR_WORDS=$shell alike "$shell" "$words"
done
SHELL_FOR_WORDS=bash alike 'what only bash has' '
  mapfile -t lines <"$T/text/numbers2.txt"; echo "${#lines[@]} ${lines[7]}"
  shopt -s globstar; for file in "$T"/**/*.txt; do echo "$file"; done
  diff <(sort "$T/text/numbers1.txt") <(sort "$T/text/numbers2.txt") | wc -l
  exec {fd}<"$T/text/numbers5.txt"; read -r -u "$fd" first; echo "$first"
  [[ -r $T/lib/greet.sh && $T/src -ot /proc/self ]] && echo readable
  coproc cat; echo "to and fro" >&"${COPROC[1]}"; read -r -u "${COPROC[0]}" back
  echo "$back"'
SHELL_FOR_WORDS='busybox sh' alike 'applets of busybox' '
  busybox ls "$T/src" | busybox sort; busybox find "$T/lib" -type f
  busybox tar -cf a.tar -C "$T" text && busybox tar -tf a.tar | busybox sort
  busybox sha256sum "$T/text/random.bin"; busybox awk "{ s += \$1 } END { print s }" \
    "$T/text/numbers5.txt"; busybox realpath "$T/lib/../src"'
expect_clean
