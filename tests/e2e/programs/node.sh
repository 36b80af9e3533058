#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# node: modules of the tree, its thread pool, children, workers.
# timeout: 120
. "$E2E/programs/common"
need node
more() {
  mkdir -p "$1/node_modules/thing"
  echo '{ "main": "main.js", "version": "1.2.3" }' >"$1/node_modules/thing/package.json"
  echo 'exports.where = __filename; exports.version = require("./package.json").version' \
    >"$1/node_modules/thing/main.js"
  cat >"$1/program.js" <<'JS'
const fs = require("fs"), path = require("path"), { Worker } = require("worker_threads");
const { execFileSync, spawn } = require("child_process");
const tree = process.env.T, thing = require("thing");
console.log(JSON.stringify(thing), __dirname, require.resolve("thing"), fs.realpathSync(tree + "/lib/../src"));
const walk = (d) => fs.readdirSync(d, { withFileTypes: true }).sort((a, b) => a.name < b.name ? -1 : 1)
  .flatMap((e) => e.isDirectory() ? walk(path.join(d, e.name)) : [path.join(d, e.name)]);
console.log(walk(tree).join("\n"));
(async () => {
  const texts = await Promise.all(walk(tree + "/text").map((f) => fs.promises.readFile(f)));
  console.log(texts.map((t) => t.length));
  try { await fs.promises.readFile(tree + "/gone"); } catch (e) { console.log(e.code, e.path); }
  console.log((await fs.promises.stat(tree + "/text/random.bin")).size);
  let sum = 0;
  for await (const part of fs.createReadStream(tree + "/text/random.bin")) sum += part.length;
  console.log(sum, execFileSync("head", ["-n1", tree + "/text/numbers4.txt"]).toString());
  await fs.promises.cp(tree + "/src", process.env.D + "/src", { recursive: true });
  console.log(fs.readdirSync("src").sort());
  const worker = new Worker("const fs = require('fs'); require('worker_threads').parentPort.postMessage(" +
    "fs.readFileSync(process.env.T + '/text/deep/needle.txt', 'utf8'))", { eval: true });
  worker.on("message", (text) => console.log(text));
  await new Promise((done) => worker.on("exit", done));
  spawn("sh", ["-c", "exit 5"]).on("exit", (code) => console.log(code));
})();
JS
}
start_tree
alike node 'node "$T/program.js"'
expect_clean
