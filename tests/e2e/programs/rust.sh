#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rust: its compiler on a source in the tree, and a program with threads.
# timeout: 180
. "$E2E/programs/common"
need rustc
more() {
  echo 'pub fn double(n: u64) -> u64 { n * 2 }' >"$1/src/helper.rs"
  cat >"$1/src/main.rs" <<'RS'
mod helper;
use std::{env, fs, process::Command, thread};

fn walk(path: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        let name = entry.path().to_str().unwrap().to_string();
        if entry.file_type().unwrap().is_dir() { walk(&name, found) } else { found.push(name) }
    }
}

fn main() {
    let tree = env::args().nth(1).unwrap();
    let mut found = vec![];
    walk(&tree, &mut found);
    found.sort();
    let readers: Vec<_> = found.iter().cloned()
        .map(|path| thread::spawn(move || fs::read(path).map(|text| text.len())))
        .collect();
    for (path, reader) in found.iter().zip(readers) {
        println!("{} {:?}", path, reader.join().unwrap());
    }
    println!("{:?} {}", fs::canonicalize(tree.clone() + "/lib/../src"), helper::double(21));
    println!("{:?}", fs::read(tree.clone() + "/gone").map_err(|e| e.to_string()));
    let out = Command::new("head").args(["-n1", &(tree + "/text/numbers4.txt")]).output();
    println!("{:?}", String::from_utf8(out.unwrap().stdout));
}
RS
}
start_tree
alike 'rustc and what it made' \
  'rustc -C debuginfo=0 -o program "$T/src/main.rs" && ./program "$T"'
expect_clean
