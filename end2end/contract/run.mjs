// Sends the API thousands of requests made from its own description (docs/openapi.json), right ones and wrong ones, and
// holds each answer against it: status, media type, headers, body, and that nothing wrong is taken and nothing fails
// inside (schemathesis, https://schemathesis.io). As a platform administrator and as a tenant's owner, each by a token and,
// for what no token may do, by a session; and as somebody who is not signed in. At its end it says what was reached.
//
//   node end2end/contract/run.mjs [--examples N] [--seed N]
//
// The seed is fixed so that the same tree gives the same answer; look further with another one and more examples.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { startServer } from "../support/server.mjs";
import { configuration, operationsOf, wayOf, withExamples } from "./describe.mjs";
import { ADMIN, NOBODY, OWNER, fill, tokenOf } from "./fill.mjs";
import { Outside } from "./outside.mjs";
import { Finder, tell } from "./reach.mjs";

const root = path.resolve(import.meta.dirname, "../..");
const { values: asked } = parseArgs({ options: { examples: { type: "string", default: "6" }, seed: { type: "string", default: "20" } } });
const program = process.env.LONGSHORE_SCHEMATHESIS;
if (!program) throw new Error("LONGSHORE_SCHEMATHESIS is not set: the path of schemathesis' `st`; .ci/test.sh sets it.");

// The long ones first: two run at a time, for each waits for its own answers.
const PASSES = [
  { who: ADMIN, by: "token" },
  { who: OWNER, by: "token" },
  { who: ADMIN, by: "session" },
  { who: OWNER, by: "session" },
  { who: NOBODY, by: "nothing" },
];
const AT_A_TIME = 2;

const description = JSON.parse(await readFile(path.join(root, "docs/openapi.json"), "utf8"));
// An endless stream, which the browser's journeys read.
const operations = operationsOf(description).filter(({ id }) => id !== "watch");
const operationsBy = (by) => operations.filter((operation) => wayOf(operation, description) === by);
const finder = new Finder(operations);

/** What says who asks: a token or a session, never both, see docs/api.md. */
async function headersOf(by, caller, server) {
  if (by === "token") return { Authorization: `Bearer ${await tokenOf(caller)}` };
  // As a browser says it on the server's own pages.
  return by === "session" ? { Cookie: caller.cookie, Origin: server.url } : { Origin: server.url };
}

/** Runs the tool in a folder with its configuration; gives back whether it found nothing, and what it said. */
async function hold(server, folder, asking) {
  const args = ["--config-file", path.join(folder, "schemathesis.toml"), "run", path.join(folder, "openapi.json")];
  args.push("--url", server.url, "--continue-on-failure");
  args.push("--max-examples", asked.examples, "--seed", asked.seed, "--generation-database", "none", "--no-color");
  args.push("--generation-with-security-parameters", "false", "--request-timeout", "20");
  args.push("--report", "ndjson", "--report-ndjson-path", path.join(folder, "report.ndjson"));
  for (const { id } of asking) args.push("--include-operation-id", id);
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => said.push(part));
  const [code] = await once(child, "close");
  return { good: code === 0, said: Buffer.concat(said).toString() };
}

/** One pass; gives back whether the tool found nothing, what was asked for and what was reached. */
async function pass({ who, by }) {
  const asking = operationsBy(by);
  const folder = await mkdtemp(path.join(os.tmpdir(), "longshore-contract-"));
  const outside = await new Outside().start();
  let server;
  try {
    // Each has a server of its own: the requests suspend, disable and delete what they can reach. Passkeys want a name in
    // its address.
    const args = outside.hosts.flatMap((host) => ["--insecure-registry", host]);
    server = await startServer({ host: "localhost", args, log: process.env.LONGSHORE_CONTRACT_LOG });
    const { caller, tenant, things } = await fill(server, outside, who);
    const headers = await headersOf(by, caller, server);
    await writeFile(path.join(folder, "openapi.json"), JSON.stringify(withExamples(description, things, tenant ? { tenant } : {})));
    await writeFile(path.join(folder, "schemathesis.toml"), configuration(description, things, headers));
    const { good, said } = await hold(server, folder, asking);
    console.log(`# as ${who}, by ${by}\n${said}`);
    if (!server.isRunning) throw new Error(`The server ended:\n${server.output.slice(-4000)}`);
    return { who, good, asking, reached: await finder.reachedIn(path.join(folder, "report.ndjson")) };
  } finally {
    await server?.remove();
    outside.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const waiting = [...PASSES];
const passed = [];
async function work() {
  try {
    for (let next = waiting.shift(); next; next = waiting.shift()) passed.push(await pass(next));
  } catch (error) {
    waiting.length = 0;
    throw error;
  }
}
const ended = await Promise.allSettled(Array.from({ length: AT_A_TIME }, work));
for (const { reason } of ended) if (reason) throw reason;

let complete = true;
for (const who of [ADMIN, OWNER, NOBODY]) {
  const own = passed.filter((one) => one.who === who);
  const reached = new Set(own.flatMap((one) => [...one.reached]));
  if (!tell(who, own.flatMap((one) => one.asking), reached)) complete = false;
}
const failed = passed.filter(({ good }) => !good).length;
console.log(`${PASSES.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && complete ? 0 : 1;
