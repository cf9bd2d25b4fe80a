#!/usr/bin/env node
// What a browser's first visit costs: the page's assets as they cross the wire (brotli), and its scripts unpacked; the
// same with the room of each page that people land on by signing in; and what each room's code and the editor cost, which
// are fetched later.
//
//   node check-size.mjs [SITE_FOLDER]     Default: target/site. Fails above the limits.
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

// On the wire it is the limit of docs/architecture.md; the unpacked scripts are what a browser has to compile.
const WIRE_LIMIT = 600_000;
const SCRIPT_LIMIT = 2_500_000;
const ROOM_LIMIT = 150_000;
// Of a first load together with the room of the page that one lands on, and the pages which those are: what signing in
// shows and asks for, and where it leads in the end.
const LANDING_LIMIT = 680_000;
const LANDINGS = ["/sign-in", "/sign-in/code", "/password", "/second-factor", "/apps", "/clusters"];
// Of each script that pages load by themselves when they need it, by its name in the manifest.
const LATER_LIMITS = { editor: 170_000 };
const FIRST_LOAD = ["wasm", "js", "css", "icons", "font"];
const SCRIPTS = ["wasm", "js"];

const site = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, "../target/site"));
if (!existsSync(path.join(site, "manifest.json"))) {
  console.error(`${site} holds no site; .ci/web.sh builds it.`);
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(path.join(site, "manifest.json"), "utf8"));
const missing = [...FIRST_LOAD, "rooms", ...Object.keys(LATER_LIMITS)].filter((name) => !manifest[name]);
if (missing.length > 0) {
  console.error(`manifest.json does not name: ${missing.join(", ")}.`);
  process.exit(1);
}

const root = path.join(import.meta.dirname, "..");
const routes = readFileSync(path.join(root, "app/src/routes.rs"), "utf8");
/** The room that a page is in, as the router has it; null for one of the first load, undefined for no page. */
function roomOf(page) {
  const route = new RegExp(`path!\\("${page}"\\)\\s+view=(?:Lazy\\((\\w+)::)?`).exec(routes);
  return route ? (route[1]?.toLowerCase() ?? null) : undefined;
}
const home = readFileSync(path.join(root, "app/src/pages/home.rs"), "utf8");
const forgotten = [...home.matchAll(/"(\/[\w/-]*)"/g)].map(([, page]) => page).filter((page) => !LANDINGS.includes(page));
if (forgotten.length > 0) {
  console.error(`app/src/pages/home.rs leads to ${forgotten.join(", ")}: name it in LANDINGS of .ci/check-size.mjs.`);
  process.exit(1);
}

function measure(name, address) {
  const file = path.join(site, address);
  const raw = statSync(file).size;
  return { name, raw, wire: existsSync(`${file}.br`) ? statSync(`${file}.br`).size : raw };
}
const total = (rows, what) => rows.reduce((sum, row) => sum + row[what], 0);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const print = ({ name, raw, wire }) =>
  console.log(`${name.padEnd(16)}${kilobytes(raw).padStart(11)} raw${kilobytes(wire).padStart(11)} on the wire`);

const first = FIRST_LOAD.map((name) => measure(name, manifest[name]));
const modules = [...new Set(Object.values(manifest.rooms).flat())]
  .map((address) => measure(path.basename(address).split(".")[0], address))
  .sort((one, other) => one.name.localeCompare(other.name));
const later = Object.keys(LATER_LIMITS).map((name) => measure(name, manifest[name]));
const wire = total(first, "wire");
const scripts = total(first.filter((row) => SCRIPTS.includes(row.name)), "raw");

const landings = LANDINGS.map((page) => {
  const room = roomOf(page);
  if (room === undefined || (room && !manifest.rooms[room])) {
    console.error(`${page} is no page of app/src/routes.rs, or in no room of the site; see LANDINGS of .ci/check-size.mjs.`);
    process.exit(1);
  }
  const needed = room ? manifest.rooms[room].map((address) => measure(room, address)) : [];
  return { page, room, wire: wire + total(needed, "wire"), modules: needed.length };
});

first.forEach(print);
console.log(`first load: ${kilobytes(wire)} on the wire (at most ${kilobytes(WIRE_LIMIT)})`);
console.log(`scripts:    ${kilobytes(scripts)} unpacked (at most ${kilobytes(SCRIPT_LIMIT)})`);
for (const { page, room, wire, modules } of landings) {
  const what = room ? `with the room ${room} (${modules} modules; at most ${kilobytes(LANDING_LIMIT)})` : "with nothing more";
  console.log(`${page.padEnd(16)}${kilobytes(wire).padStart(11)} on the wire ${what}`);
}
modules.forEach(print);
console.log(`rooms:      ${kilobytes(total(modules, "wire"))} on the wire in ${modules.length} modules (each at most ${kilobytes(ROOM_LIMIT)})`);
for (const row of later) {
  print(row);
  console.log(`${`${row.name}:`.padEnd(12)}loaded where it is needed (at most ${kilobytes(LATER_LIMITS[row.name])} on the wire)`);
}

let refused = false;
function refuse(sentence) {
  console.error(sentence);
  refused = true;
}
if (wire > WIRE_LIMIT || scripts > SCRIPT_LIMIT) {
  refuse("The first load is too big: move pages that are not for every day to a room (app/src/pages/rooms.rs), or drop a dependency.");
}
for (const { page, room } of landings.filter((landing) => landing.wire > LANDING_LIMIT)) {
  refuse(`Landing on ${page} costs too much: move what else is in the room ${room} elsewhere (app/src/pages/rooms.rs), or make the first load smaller.`);
}
for (const { name } of modules.filter((row) => row.wire > ROOM_LIMIT)) {
  refuse(`The module ${name} is too big: divide its room by what people do there (app/src/pages/rooms.rs).`);
}
for (const { name } of later.filter((row) => row.wire > LATER_LIMITS[row.name])) {
  refuse(`The script ${name} is too big: leave out of it what few need, or drop a dependency (end2end/build).`);
}
process.exit(refused ? 1 : 0);
