#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 3: static programs, with a C library inside and with none, and Go.
# timeout: 120
. "${E2E:-$(dirname "$0")/..}/tracer/common"
start_sample
expect_equal "$(cat "$L/f" "$L/dir/g")" "$("$TRACEES/bare_static" "$L/f" "$L/dir/g")"
expect_equal "$(cat "$L/f" "$L/dir/g")" \
  "$(vfsrun "$TRACEES/bare_static" "$V/f" "$L/dir/g")"
vfsrun "$TRACEES/bare_static" "$V/large" | cmp - "$L/large"
expect_status 2 vfsrun "$TRACEES/bare_static" "$V/gone"
both registers_static
both name_forms_static
if command -v go >/dev/null; then
  cat >"$S/main.go" <<'GO'
package main

import (
	"fmt"
	"os"
	"sync"
)

// A thousand goroutines, each with a small stack in the heap.
func main() {
	var all sync.WaitGroup
	failed := make(chan string, 1000)
	for i := 0; i < 1000; i++ {
		all.Add(1)
		go func(path string) {
			defer all.Done()
			text, err := os.ReadFile(path)
			if err != nil || string(text) != "this is f\n" {
				failed <- fmt.Sprint(path, ": ", err, string(text))
			}
		}(os.Args[1+i%2] + "/f")
	}
	all.Wait()
	close(failed)
	for text := range failed {
		fmt.Println(text)
		os.Exit(1)
	}
}
GO
  (cd "$S" && GOCACHE=$S/cache CGO_ENABLED=0 go build -o "$S/go" main.go)
  "$S/go" "$N" "$L"
  vfsrun "$S/go" "$V" "$L"
else
  fail 'go is not installed: packaging/deps test'
fi
expect_clean
