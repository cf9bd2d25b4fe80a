#!/usr/bin/env node
// Every library that is built in, and every tool and asset from npm, has a licence that goes with Longshore's own.
//
//   node .ci/check-licences.mjs
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** By their SPDX names (https://spdx.org/licenses/). MPL-2.0 asks that changed files of a library be published: we change none. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "Apache-2.0 WITH LLVM-exception",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BSL-1.0",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "CC-BY-4.0",
  "CDLA-Permissive-2.0",
  "ISC",
  "MIT",
  "MIT-0",
  "MPL-2.0",
  "OFL-1.1",
  "Python-2.0",
  "Unicode-3.0",
  "Unlicense",
  "Zlib",
]);

/** What Longshore is built for. */
const TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "wasm32-unknown-unknown"];

/** Whether an SPDX expression can be met by allowed licences alone. Rust's older `A/B` means `A OR B`. */
export function isAllowed(expression, allowed = ALLOWED) {
  const tokens = expression.replaceAll("/", " OR ").match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const one = () => {
    if (tokens[at] === "(") {
      at += 1;
      const inner = any();
      if (tokens[at] !== ")") throw new SyntaxError(expression);
      at += 1;
      return inner;
    }
    let name = tokens[at++];
    if (name === undefined || ["AND", "OR", "WITH", ")"].includes(name)) throw new SyntaxError(expression);
    if (tokens[at] === "WITH") {
      name = `${name} WITH ${tokens[at + 1]}`;
      at += 2;
    }
    return allowed.has(name);
  };
  const all = () => {
    let met = one();
    while (tokens[at] === "AND") {
      at += 1;
      met = one() && met;
    }
    return met;
  };
  const any = () => {
    let met = all();
    while (tokens[at] === "OR") {
      at += 1;
      met = all() || met;
    }
    return met;
  };
  try {
    const met = any();
    return met && at === tokens.length;
  } catch {
    return false;
  }
}

/** The packages of others, as `{ name, licence }`: what cargo knows, and what npm has locked. */
export function packagesOf(metadata, lock) {
  const rust = metadata.packages.filter((p) => p.source !== null).map((p) => ({ name: `${p.name} ${p.version}`, licence: p.license }));
  const node = Object.entries(lock.packages)
    .filter(([folder]) => folder !== "")
    .map(([folder, p]) => ({ name: `${folder.replace(/^.*node_modules\//, "")} ${p.version}`, licence: p.license }));
  return [...rust, ...node];
}

/** What is wrong with them, a sentence each. */
export function licenceProblems(packages) {
  return packages
    .filter(({ licence }) => !licence || !isAllowed(licence))
    .map(({ name, licence }) => `${name} is licensed as ${licence ?? "nothing that it says"}, which .ci/check-licences.mjs does not allow.`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const root = path.resolve(import.meta.dirname, "..");
  const metadata = execFileSync("cargo", ["metadata", "--locked", "--format-version", "1", ...TARGETS.flatMap((target) => ["--filter-platform", target])], { cwd: root, maxBuffer: 256 << 20 });
  const lock = JSON.parse(readFileSync(path.join(root, "end2end/package-lock.json"), "utf8"));
  const packages = packagesOf(JSON.parse(metadata), lock);
  const problems = licenceProblems(packages);
  for (const problem of problems) console.error(problem);
  console.log(`${packages.length} packages of others.`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
