// Sends the API thousands of requests made from its own description (docs/openapi.json), right ones and wrong ones, and
// holds each answer against it: status, media type, headers, body, and that nothing wrong is taken and nothing fails
// inside (schemathesis, https://schemathesis.io). Once as a platform administrator, once as a tenant's owner.
//
//   node end2end/contract/run.mjs [--examples N] [--seed N]
//
// The seed is fixed so that the same tree gives the same answer; look further with another one and more examples.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { Rest } from "../support/rest.mjs";
import { startServer } from "../support/server.mjs";

const root = path.resolve(import.meta.dirname, "../..");
const { values: asked } = parseArgs({ options: { examples: { type: "string", default: "6" }, seed: { type: "string", default: "20" } } });
const program = process.env.LONGSHORE_SCHEMATHESIS;
if (!program) throw new Error("LONGSHORE_SCHEMATHESIS is not set: the path of schemathesis' `st`; .ci/test.sh sets it.");

const CALLERS = ["platform administrator", "tenant's owner"];

/** One thing of each kind, so that paths with an id lead somewhere. Gives back the callers, in order, and ids by path. */
async function fill(server) {
  const admin = await new Rest(server).firstSignIn("admin", server.password, "a harbour of its own");
  const tenant = await admin.post("/tenants", {
    name: "shop",
    display_name: "The shop",
    owner: { username: "keeper", display_name: "Keeper", role: "owner", password: "first-owner-pass" },
  });
  const owner = await new Rest(server).firstSignIn("keeper", "first-owner-pass", "ships at dawn, twice");
  const hand = await owner.post("/accounts", { username: "deckhand", display_name: "Deckhand", role: "developer", password: "rope and tar, rope and tar" });
  const robot = await owner.post("/service-accounts", { username: "deployer", display_name: "Deploys" });
  const role = await owner.post("/roles", { name: "reader", description: "Looks.", permissions: ["app.read"] });
  const template = await owner.post("/templates", {
    name: "web",
    description: "A web service.",
    spec: { image: "registry.example.org/web:1", replicas: "1", port: "8080", cpu: "100m", memory: "64Mi" },
  });
  return {
    callers: [admin, owner],
    ids: { accounts: hand.id, "accounts/{id}/tokens": robot.id, roles: role.id, templates: template.id, tenants: tenant.id },
  };
}

/** A token of the caller's for all that it may do. */
async function tokenOf(caller, name) {
  const { permissions } = await caller.get("/tokens/choices");
  return (await caller.post("/tokens", { name, permissions, scopes: [], days: "1" })).token;
}

/** The tool's configuration: what of its rules is not ours, and the ids. What is deleted is an id of its own making. */
function configuration(ids) {
  const lines = [
    "[checks.positive_data_acceptance]",
    "# 422 names the fields whose rules no schema can say: two passwords that must be alike, a place that must exist.",
    'expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 412, 422, 429]',
    "[checks.negative_data_rejection]",
    "# If-Match is looked at before the content (RFC 9110, section 13.2.1).",
    'expected-statuses = ["4xx"]',
  ];
  for (const [noun, id] of Object.entries(ids)) {
    const place = noun.includes("{") ? `^/api/v1/${noun.replaceAll(/[{}]/g, "\\$&")}` : `^/api/v1/${noun}/\\{id\\}`;
    lines.push("", "[[operations]]", `include-path-regex = '${place}'`, 'exclude-method = "DELETE"', `parameters = { "path.id" = "${id}" }`);
  }
  return `${lines.join("\n")}\n`;
}

/** Whether the tool found nothing. */
async function hold(server, folder, who, token) {
  const args = ["--config-file", path.join(folder, "schemathesis.toml"), "run", path.join(root, "docs/openapi.json")];
  args.push("--url", server.url, "--header", `Authorization: Bearer ${token}`, "--checks", "all", "--continue-on-failure");
  args.push("--max-examples", asked.examples, "--seed", asked.seed, "--generation-database", "none", "--no-color");
  // A request carries the token or a session, never both: see docs/api.md.
  args.push("--generation-with-security-parameters", "false", "--request-timeout", "20");
  // An endless stream, which the browser's journeys read.
  args.push("--exclude-path", "/api/v1/live");
  console.log(`# as the ${who}`);
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  const [code] = await once(child, "exit");
  return code === 0;
}

let failed = 0;
for (const [n, who] of CALLERS.entries()) {
  // Each has a server of its own: the requests suspend, disable and delete what they can reach.
  const folder = await mkdtemp(path.join(os.tmpdir(), "longshore-contract-"));
  const server = await startServer({ log: process.env.LONGSHORE_CONTRACT_LOG });
  try {
    const { callers, ids } = await fill(server);
    await writeFile(path.join(folder, "schemathesis.toml"), configuration(ids));
    if (!(await hold(server, folder, who, await tokenOf(callers[n], "contract")))) failed += 1;
    if (!server.isRunning) throw new Error(`The server ended:\n${server.output.slice(-4000)}`);
  } finally {
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  }
}
console.log(`${CALLERS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
