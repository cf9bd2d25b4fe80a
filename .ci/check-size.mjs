#!/usr/bin/env node
// What a browser's first visit costs: the page's assets as they cross the wire (brotli), and its scripts unpacked.
//
//   node check-size.mjs [SITE_FOLDER]     Default: target/site. Fails above the limits.
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

// On the wire it is the limit of docs/architecture.md. Unpacked it is what the scripts cost now, so that they cannot
// grow unseen; the aim is 2.5 MB.
const WIRE_LIMIT = 600_000;
const SCRIPT_LIMIT = 3_000_000;
const FIRST_LOAD = ["wasm", "js", "css", "icons", "font"];
const SCRIPTS = ["wasm", "js"];

const site = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, "../target/site"));
if (!existsSync(path.join(site, "manifest.json"))) {
  console.error(`${site} holds no site; .ci/web.sh builds it.`);
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(path.join(site, "manifest.json"), "utf8"));
const missing = FIRST_LOAD.filter((name) => !manifest[name]);
if (missing.length > 0) {
  console.error(`manifest.json does not name: ${missing.join(", ")}.`);
  process.exit(1);
}

const rows = FIRST_LOAD.map((name) => {
  const file = path.join(site, manifest[name]);
  const raw = statSync(file).size;
  return { name, raw, wire: existsSync(`${file}.br`) ? statSync(`${file}.br`).size : raw };
});
const wire = rows.reduce((sum, row) => sum + row.wire, 0);
const scripts = rows.filter((row) => SCRIPTS.includes(row.name)).reduce((sum, row) => sum + row.raw, 0);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(11);
for (const row of rows) console.log(`${row.name.padEnd(8)}${kilobytes(row.raw)} raw${kilobytes(row.wire)} on the wire`);
console.log(`first load: ${kilobytes(wire).trim()} on the wire (at most ${kilobytes(WIRE_LIMIT).trim()})`);
console.log(`scripts:    ${kilobytes(scripts).trim()} unpacked (at most ${kilobytes(SCRIPT_LIMIT).trim()})`);
if (wire > WIRE_LIMIT || scripts > SCRIPT_LIMIT) {
  console.error("The first load is too big: load what a first page does not need lazily, or drop a dependency.");
  process.exit(1);
}
