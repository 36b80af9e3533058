#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Go: its own compiler under vfsrun, and a program with many goroutines.
# timeout: 300
. "$E2E/programs/common"
need go
more() {
  mkdir "$1/go"
  echo 'module sample' >"$1/go/go.mod"
  cat >"$1/go/main.go" <<'GO'
package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"sync"
)

func main() {
	tree := os.Args[1]
	sizes := map[string]int{}
	var lock sync.Mutex
	var all sync.WaitGroup
	err := filepath.WalkDir(tree, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		for i := 0; i < 20; i++ {
			all.Add(1)
			go func() {
				defer all.Done()
				text, err := os.ReadFile(path)
				lock.Lock()
				defer lock.Unlock()
				if err != nil {
					fmt.Println(err)
				}
				sizes[path] += len(text)
			}()
		}
		return nil
	})
	all.Wait()
	paths := []string{}
	for path := range sizes {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		fmt.Println(path, sizes[path])
	}
	text, failed := exec.Command("head", "-n", "1", tree+"/text/numbers2.txt").Output()
	fmt.Print(err, failed, string(text))
	_, err = os.Open(tree + "/gone")
	os.Chdir(tree + "/src")
	here, _ := os.Getwd()
	fmt.Println(err, here)
}
GO
}
start_tree
export GOCACHE=$WORK/gocache CGO_ENABLED=0
alike 'go build and run' 'cat "$T/go/go.mod" >go.mod && cat "$T/go/main.go" >main.go && go vet . && go build -o program . && ./program "$T"'
expect_clean
