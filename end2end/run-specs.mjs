// Runs spec files, some at the same time, and prints TAP. The largest go first: they last longest, and none is left to run
// alone at the end.
//
//   node end2end/run-specs.mjs [--at-once 2] FILE...
import { statSync } from "node:fs";
import path from "node:path";
import { run } from "node:test";
import { tap } from "node:test/reporters";
import { parseArgs } from "node:util";

const { values: options, positionals } = parseArgs({
  options: { "at-once": { type: "string", default: "2" } },
  allowPositionals: true,
});
const atOnce = Number(options["at-once"]);
if (positionals.length === 0 || !Number.isInteger(atOnce) || atOnce < 1) {
  console.error("Name the spec files to run: node end2end/run-specs.mjs [--at-once 2] FILE...");
  process.exit(2);
}
const files = positionals.map((file) => path.resolve(file)).sort((a, b) => statSync(b).size - statSync(a).size);

run({ files, concurrency: atOnce })
  .on("test:fail", () => (process.exitCode = 1))
  .compose(tap)
  .pipe(process.stdout);
