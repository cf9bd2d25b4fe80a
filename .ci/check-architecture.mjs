#!/usr/bin/env node
// The arrows of docs/architecture.md, checked. Prints each breach as `place: what and why`, fails when there is one.
//
//   node check-architecture.mjs [ROOT]     Default: this checkout.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { actionProblems } from "./check-actions.mjs";
import { withoutComments } from "./rust-text.mjs";
import { wordProblems } from "./check-words.mjs";

const SKIPPED = new Set(["target", "node_modules", "artifacts", ".git", ".longshore"]);
const SOURCES = /\.(rs|mjs|js|css|sh|go)$/;
const ASK_AFTER = 400;
const SPLIT_AFTER = 600;

/** Which crates only some rooms may use. Tests of the server are outside its rooms and free. */
const CONFINED = [
  { crate: "kube", rooms: ["server/src/kubernetes"], why: "the cluster's client stops at server/src/kubernetes" },
  {
    crate: "k8s_openapi",
    rooms: ["server/src/kubernetes", "server/src/render"],
    why: "Kubernetes' types stop at server/src/kubernetes and server/src/render",
  },
  { crate: "openidconnect", rooms: ["server/src/openid"], why: "OpenID Connect stops at server/src/openid" },
  { crate: "redis", rooms: ["server/src/redis_store"], why: "Redis stops at server/src/redis_store" },
  { crate: "sea_orm", rooms: ["server/src/database", "migrations"], why: "SQL stops at server/src/database and migrations" },
  { crate: "sqlx", rooms: ["server/src/database", "migrations"], why: "SQL stops at server/src/database and migrations" },
  { crate: "sea_orm_migration", rooms: ["server/src/database", "migrations"], why: "SQL stops at server/src/database and migrations" },
];

/** Which rooms of the server must not know each other. */
const STRANGERS = [
  ["database", "kubernetes"],
  ["database", "services"],
  ["database", "http"],
  ["redis_store", "database"],
  ["redis_store", "services"],
  ["redis_store", "http"],
  ["kubernetes", "database"],
  ["kubernetes", "services"],
  ["kubernetes", "http"],
  ["openid", "database"],
  ["openid", "services"],
  ["openid", "http"],
  ["metrics", "kubernetes"],
  ["metrics", "database"],
  ["metrics", "services"],
  ["metrics", "http"],
  ["render", "kubernetes"],
  ["render", "database"],
  ["render", "services"],
  ["render", "http"],
  ["services", "http"],
  ["operations", "http"],
];

const FORBIDDEN_IN_APP = ["kube", "k8s-openapi", "sea-orm", "sea-orm-migration", "longshore-server", "server", "migrations", "longshore-migrations"];
const SERVER_SIDE_IN_APP = ["axum", "leptos_axum", "http", "tokio", "tower", "tower-http"];
const ALLOWED_IN_FRONTEND = ["app", "leptos", "wasm-bindgen", "wasm-bindgen-futures", "console_error_panic_hook"];
const NEVER_IN_THE_BROWSER = ["tokio", "axum", "kube", "sea-orm", "hyper"];

/** All files below `root` as sorted relative paths with forward slashes. */
function walk(root, folder = "") {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => !SKIPPED.has(entry.name))
    .flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) return walk(root, file);
      return entry.isFile() ? [file] : [];
    })
    .sort();
}

const isIn = (file, room) => file === `${room}.rs` || file.startsWith(`${room}/`);

/** Line numbers (from 1) at which `crate` is used as a path or imported. */
function uses(text, crate) {
  const pattern = new RegExp(`(^|[^\\w:])(::)?${crate}\\s*::|\\b(use|extern\\s+crate)\\s+${crate}\\s*(;|as\\b)`);
  return text.split("\n").flatMap((line, index) => (pattern.test(line) ? [index + 1] : []));
}

function confinedCrates(file, text) {
  if (file.startsWith("server/tests/")) return [];
  return CONFINED.filter(({ rooms }) => !rooms.some((room) => isIn(file, room))).flatMap(({ crate, why }) =>
    uses(text, crate).map((line) => `${file}:${line}: uses ${crate}, but ${why}`),
  );
}

function strangers(file, text) {
  return STRANGERS.filter(([room]) => isIn(file, `server/src/${room}`)).flatMap(([room, other]) =>
    text.split("\n").flatMap((line, index) =>
      new RegExp(`\\bcrate::(\\{[^}]*\\b)?${other}\\b`).test(line) ? [`${file}:${index + 1}: ${room} must not know ${other}`] : [],
    ),
  );
}

function shape(file) {
  const problems = [];
  if (path.posix.basename(file) === "mod.rs") problems.push(`${file}: no mod.rs; name it after its folder, beside it`);
  if (file.startsWith("server/src/") && file.split("/").length > 4) {
    problems.push(`${file}: too deep; folders stop at src/room/file.rs`);
  }
  return problems;
}

/** Files that are too long, and reasons in .ci/long-files.txt that nobody needs any more. */
function lengths(root, files) {
  const list = path.join(root, ".ci/long-files.txt");
  const reasons = new Map(
    (existsSync(list) ? readFileSync(list, "utf8") : "")
      .split("\n")
      .filter((line) => line.trim() && !line.startsWith("#"))
      .map((line) => [line.trim().split(/\s+/, 1)[0], line.trim().split(/\s+/).slice(1).join(" ")]),
  );
  const problems = [];
  for (const file of files.filter((name) => SOURCES.test(name))) {
    const count = readFileSync(path.join(root, file), "utf8").split("\n").length - 1;
    const reason = reasons.get(file);
    reasons.delete(file);
    if (count > SPLIT_AFTER) problems.push(`${file}: ${count} lines; split it (at most ${SPLIT_AFTER})`);
    else if (count > ASK_AFTER && !reason) problems.push(`${file}: ${count} lines; split it, or give a reason in .ci/long-files.txt`);
    else if (count <= ASK_AFTER && reason !== undefined) problems.push(`.ci/long-files.txt: ${file} has ${count} lines and needs no reason`);
  }
  for (const file of reasons.keys()) problems.push(`.ci/long-files.txt: ${file} does not exist`);
  return problems;
}

/** Dependencies of a Cargo.toml: name, the rest of its line, whether it is optional. */
function dependencies(text) {
  const found = [];
  let section = "";
  for (const line of text.split("\n")) {
    const header = /^\[(.+)\]\s*$/.exec(line.trim());
    if (header) {
      section = header[1];
      const single = /(^|\.)(dev-|build-)?dependencies\.([\w-]+)$/.exec(section);
      if (single) found.push({ name: single[3], line, optional: false });
      continue;
    }
    const entry = /^([\w-]+)(\.[\w-]+)?\s*=(.*)$/.exec(line.trim());
    if (entry && /(^|\.)(dev-|build-)?dependencies$/.test(section)) {
      const actual = /package\s*=\s*"([^"]+)"/.exec(entry[3])?.[1];
      found.push({ name: entry[1], actual, optional: /optional\s*=\s*true/.test(entry[3]) });
    } else if (found.length > 0 && /dependencies\.[\w-]+$/.test(section) && /^optional\s*=\s*true/.test(line.trim())) {
      found.at(-1).optional = true;
    }
  }
  return found;
}

/** Features of a Cargo.toml that turn an optional dependency on. */
function featuresThatEnable(text, name) {
  return [...text.matchAll(/^([\w-]+)\s*=\s*\[([^\]]*)\]/gm)].filter(([, , list]) => list.includes(`"dep:${name}"`)).map(([, feature]) => feature);
}

function manifests(root) {
  const problems = [];
  const read = (crate) => {
    const file = path.join(root, crate, "Cargo.toml");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  const app = read("app");
  for (const { name, actual, optional } of dependencies(app)) {
    if (FORBIDDEN_IN_APP.includes(name) || FORBIDDEN_IN_APP.includes(actual)) problems.push(`app/Cargo.toml: app must not know ${name}`);
    if (!SERVER_SIDE_IN_APP.includes(name)) continue;
    if (!optional) problems.push(`app/Cargo.toml: ${name} must be optional, behind the feature ssr`);
    for (const feature of featuresThatEnable(app, name).filter((feature) => feature !== "ssr")) {
      problems.push(`app/Cargo.toml: the feature ${feature} brings ${name}; only ssr may`);
    }
  }
  for (const { name } of dependencies(read("frontend")).filter(({ name }) => !ALLOWED_IN_FRONTEND.includes(name))) {
    problems.push(`frontend/Cargo.toml: frontend must not list ${name}; it knows app alone`);
  }
  return problems;
}

/** What the browser's module really contains, by cargo's own account. */
function browserTree(root) {
  if (!existsSync(path.join(root, "Cargo.lock"))) return [];
  const args = ["tree", "-p", "longshore-frontend", "--target", "wasm32-unknown-unknown", "-e", "normal,no-proc-macro", "--prefix", "none", "-f", "{p}"];
  const tree = execFileSync("cargo", args, { cwd: root, encoding: "utf8", maxBuffer: 64 << 20, stdio: ["ignore", "pipe", "inherit"] });
  const names = new Set(tree.split("\n").map((line) => line.split(" ", 1)[0]));
  return NEVER_IN_THE_BROWSER.filter((name) => names.has(name)).map((name) => `frontend: the browser's module contains ${name} (cargo tree -i ${name})`);
}

/** Every breach in the tree at `root`. */
export function problemsIn(root) {
  const files = walk(root);
  const rust = files.filter((file) => file.endsWith(".rs"));
  return [
    ...rust.flatMap((file) => {
      const source = readFileSync(path.join(root, file), "utf8");
      const text = withoutComments(source);
      return [...shape(file), ...confinedCrates(file, text), ...strangers(file, text), ...wordProblems(file, text)];
    }),
    ...actionProblems(root, rust),
    ...lengths(root, files),
    ...manifests(root),
    ...browserTree(root),
  ];
}

if (process.argv[1] && path.resolve(process.argv[1]) === import.meta.filename) {
  const root = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, ".."));
  const problems = problemsIn(root);
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? "The architecture holds." : `${problems.length} breaches of the architecture.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
