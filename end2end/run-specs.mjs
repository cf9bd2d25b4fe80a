// Runs spec files, some at the same time, and prints TAP. The largest go first: they last longest, and none is left to run
// alone at the end.
//
//   node end2end/run-specs.mjs [--at-once 2] [--passed LIST] FILE...
//
// LIST is a file: the files of which every test passed, none left out, are added to it, a line each, as they were named.
import { appendFileSync, statSync } from "node:fs";
import path from "node:path";
import { PassThrough } from "node:stream";
import { run } from "node:test";
import { tap } from "node:test/reporters";
import { parseArgs } from "node:util";

const { values: options, positionals } = parseArgs({
  options: { "at-once": { type: "string", default: "2" }, passed: { type: "string" } },
  allowPositionals: true,
});
const atOnce = Number(options["at-once"]);
if (positionals.length === 0 || !Number.isInteger(atOnce) || atOnce < 1) {
  console.error("Name the spec files to run: node end2end/run-specs.mjs [--at-once 2] FILE...");
  process.exit(2);
}
const files = positionals.map((file) => path.resolve(file)).sort((a, b) => statSync(b).size - statSync(a).size);

// One reporter for all of them: each run tells of itself, so what it counts is added up and told once.
const events = new PassThrough({ objectMode: true });
events.compose(tap).pipe(process.stdout);
const counts = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0 };
let told = 0;
function tell({ type, data }) {
  const top = data.nesting === 0;
  if (top && type === "test:plan") return;
  if (top && type === "test:diagnostic") {
    const [, what, many] = /^(\w+) (\d+)/.exec(data.message) ?? [];
    if (what in counts) counts[what] += Number(many);
    if (what in counts || what === "duration_ms") return;
  }
  const numbered = top && ["test:pass", "test:fail"].includes(type);
  events.write({ type, data: numbered ? { ...data, testNumber: (told += 1) } : data });
}

/** Runs one file; gives back whether all of its tests passed, none left out. */
function runOne(file) {
  return new Promise((resolve) => {
    let passed = 0;
    let whole = true;
    run({ files: [file], concurrency: 1 })
      .on("test:pass", (test) => {
        if (test.skip || test.todo) whole = false;
        else passed += 1;
      })
      .on("test:fail", () => {
        whole = false;
        process.exitCode = 1;
      })
      .on("data", tell)
      .on("end", () => resolve(whole && passed > 0));
  });
}

const named = new Map(positionals.map((name) => [path.resolve(name), name]));
async function work() {
  for (let file = files.shift(); file; file = files.shift()) {
    const began = Date.now();
    const well = await runOne(file);
    const seconds = Math.round((Date.now() - began) / 1000);
    events.write({ type: "test:diagnostic", data: { nesting: 0, message: `${seconds} s: ${path.basename(file)}` } });
    if (well && options.passed) appendFileSync(options.passed, `${named.get(file)}\n`);
  }
}
await Promise.all(Array.from({ length: atOnce }, work));
events.write({ type: "test:plan", data: { nesting: 0, count: told } });
for (const [what, many] of Object.entries(counts)) events.write({ type: "test:diagnostic", data: { nesting: 0, message: `${what} ${many}` } });
events.end();
