// What the list of applications costs when there are thousands: its first page, filtered, and page 40, by many sessions that
// ask without pause. The applications are written into the database by the functions that publishing uses, and no cluster runs
// them. Prints Markdown and fails when a target is missed; docs/benchmarks.md keeps what it printed.
//
//   node end2end/load/apps.mjs [--apps 5000] [--namespaces 50] [--sessions 20] [--rounds 10] [--no-targets]
//
// The server is LONGSHORE_BINARY. LONGSHORE_SEED_APPS is the example seed_apps built beside it (by default in `examples/` of the
// binary's folder): cargo build --release -p longshore-server --bin longshore --example seed_apps
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { binary, startServer } from "../support/server.mjs";
import { cpu, memory } from "./lib/memory.mjs";
import { kb, median, mib, ms, percentile, table } from "./lib/numbers.mjs";
import { Session, hammer } from "./lib/session.mjs";

const { values: options } = parseArgs({
  options: {
    apps: { type: "string", default: "5000" },
    namespaces: { type: "string", default: "50" },
    sessions: { type: "string", default: "20" },
    rounds: { type: "string", default: "10" },
    "no-targets": { type: "boolean", default: false },
  },
});
const PASSWORD = "a harbour of its own";
/** Milliseconds for a whole answer, at the 95th percentile. */
const TARGET = 100;
const FILTER = "q=orders";
const note = (text) => console.error(`apps: ${text}`);
const missed = [];

/** The program that writes applications into a database. */
function seeder() {
  const file = process.env.LONGSHORE_SEED_APPS ?? path.join(path.dirname(binary()), "examples/seed_apps");
  if (!existsSync(file)) throw new Error(`${file} is missing; build it with: cargo build -p longshore-server --example seed_apps`);
  return file;
}

/** A tenant's owner, and the tenant with so many applications; gives back how to sign in. */
async function prepare(server) {
  const admin = new Session(server.url);
  await admin.json("POST", "/session", { username: "admin", password: server.password });
  await admin.json("PUT", "/session/password", { current: server.password, new: PASSWORD, repeat: PASSWORD });
  const keeper = { username: "keeper", display_name: "Keeper", password: "first-owner-pass" };
  const tenant = await admin.json("POST", "/tenants", { name: "shop", display_name: "Shop", owner: keeper });
  const owner = new Session(server.url);
  await owner.json("POST", "/session", { username: keeper.username, password: keeper.password });
  await owner.json("PUT", "/session/password", { current: keeper.password, new: PASSWORD, repeat: PASSWORD });
  await server.stop();
  const began = performance.now();
  const database = path.join(server.dataDir, "longshore.db");
  const { stdout } = await promisify(execFile)(seeder(), [database, tenant.id, options.apps, options.namespaces]);
  note(`${stdout.trim()} after ${ms(performance.now() - began)}`);
  await server.start();
  return { username: keeper.username, password: PASSWORD };
}

const scenes = [
  ["apps page", "/apps"],
  ["apps page, filtered", `/apps?${FILTER}`],
  ["apps page, page 40", "/apps?page=40"],
  ["apps, API", "/api/v1/apps"],
  ["apps, API, filtered", `/api/v1/apps?${FILTER}`],
  ["apps, API, page 40", "/api/v1/apps?page=40"],
  ["apps, API, 200 rows", "/api/v1/apps?per_page=200"],
];

/** Times every scene; gives the rows of a table. */
async function times(server, sessions) {
  const rows = [];
  for (const [name, where] of scenes) {
    await sessions[0].get(where);
    const before = cpu(server.pid);
    const { first, full, bytes, perSecond } = await hammer(sessions, where, Number(options.rounds));
    const each = ((cpu(server.pid) - before) * 1000) / full.length;
    const cell = (values) => `${ms(median(values))} / ${ms(percentile(values, 0.95))}`;
    rows.push([name, cell(first), cell(full), kb(bytes), perSecond.toFixed(0), ms(each), `${TARGET} ms`]);
    if (percentile(full, 0.95) > TARGET) missed.push(`${name}: ${ms(percentile(full, 0.95))}, not ${TARGET} ms`);
    note(rows.at(-1).join("  "));
  }
  return rows;
}

async function main() {
  seeder();
  const server = await startServer({});
  try {
    const credentials = await prepare(server);
    const sessions = [];
    for (let n = 0; n < Number(options.sessions); n += 1) {
      const session = new Session(server.url);
      await session.json("POST", "/session", credentials);
      sessions.push(session);
    }
    const all = await sessions[0].json("GET", "/apps?page=40");
    if (all.total !== Number(options.apps)) throw new Error(`the list has ${all.total} applications, not ${options.apps}`);
    if (all.rows.length === 0) throw new Error("page 40 is empty; ask for more than 1950 applications");
    const { total: found } = await sessions[0].json("GET", `/apps?${FILTER}`);
    const before = memory(server.pid).now;
    const rows = await times(server, sessions);
    const after = memory(server.pid).now;
    console.log(`${options.apps} apps in ${options.namespaces} namespaces, the filter finds ${found}, ${options.sessions} sessions asking without pause;`);
    console.log(`${os.cpus().length} × ${os.cpus()[0].model}, load average at the end ${os.loadavg()[0].toFixed(1)}; ${path.basename(path.dirname(binary()))} build;`);
    console.log(`memory of the server ${mib(before)} → ${mib(after)}\n`);
    const head = ["answer", "first byte, median / 95 %", "whole, median / 95 %", "size", "answers a second", "CPU each", "target at 95 %"];
    console.log(table(head, rows));
  } finally {
    await server.remove();
  }
  if (missed.length > 0 && !options["no-targets"]) {
    console.error(missed.join("\n"));
    process.exitCode = 1;
  }
}

await main();
