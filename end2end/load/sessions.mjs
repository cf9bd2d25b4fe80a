// What sessions cost: how much their look-up adds to a request, and how many people can sign in a second against what
// the machine can hash. Prints Markdown and fails when a target is missed.
//
//   node end2end/load/sessions.mjs [--requests 3000] [--seconds 20] [--memory 65536] [--passes 3]
//     [--redis redis://127.0.0.1:6379] [--no-targets]
//
// The server is LONGSHORE_BINARY. LONGSHORE_ARGON2_RATE is the example of that name built beside it (by default in
// `examples/` of the binary's folder): cargo build --release -p longshore-server --bin longshore --example argon2_rate
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import http from "node:http";
import { binary, startServer } from "../support/server.mjs";
import { median, percentile, table } from "./lib/numbers.mjs";
import { Session } from "./lib/session.mjs";

const { values: options } = parseArgs({
  options: {
    requests: { type: "string", default: "3000" },
    seconds: { type: "string", default: "20" },
    redis: { type: "string" },
    memory: { type: "string", default: "65536" },
    passes: { type: "string", default: "3" },
    "no-targets": { type: "boolean", default: false },
  },
});
const PASSWORD = "a harbour of its own";
const MOST_ADDED = 0.2;
const LEAST_SHARE = 0.9;
const seconds = Number(options.seconds);
const missed = [];

/** The program that hashes and does nothing else. */
function hasher() {
  const file = process.env.LONGSHORE_ARGON2_RATE ?? path.join(path.dirname(binary()), "examples/argon2_rate");
  if (!existsSync(file)) throw new Error(`${file} is missing; build it with: cargo build -p longshore-server --example argon2_rate`);
  return file;
}

/** One request on a kept connection; how long it took, in milliseconds. */
function ask(agent, url, cookie) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = http.get(new URL("/api/v1/session", url), { agent, headers: cookie ? { cookie } : {} }, (answer) => {
      answer.resume();
      answer.on("end", () => {
        const expected = cookie ? 200 : 401;
        if (answer.statusCode === expected) resolve(performance.now() - began);
        else reject(new Error(`GET /session: ${answer.statusCode}, not ${expected}`));
      });
    });
    sent.on("error", reject);
  });
}

/** With a session and without, in turns, so that whatever else the machine does slows both alike. */
async function lookUps(server, cookie) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const times = { with: [], without: [] };
  for (let n = 0; n < 200; n++) await ask(agent, server.url, n % 2 ? cookie : undefined);
  for (let n = 0; n < Number(options.requests); n++) {
    times.with.push(await ask(agent, server.url, cookie));
    times.without.push(await ask(agent, server.url));
  }
  agent.destroy();
  return times;
}

/** Ten people with a password of their own: what one account tries at the same time counts against it. */
async function people(server, admin) {
  const names = Array.from({ length: 10 }, (_, n) => `sailor${n}`);
  for (const username of names) {
    const first = "a first password 1";
    const owner = { username, display_name: username, password: first };
    await admin.json("POST", "/tenants", { name: username, display_name: username, owner });
    const session = new Session(server.url);
    await session.json("POST", "/session", { username, password: first });
    await session.json("PUT", "/session/password", { current: first, new: PASSWORD, repeat: PASSWORD });
  }
  return names;
}

/** They sign in again and again, all at the same time; how many a second. */
async function signIns(server, names) {
  const began = performance.now();
  const late = began + seconds * 1000;
  const each = await Promise.all(
    names.map(async (username) => {
      let done = 0;
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      while (performance.now() < late) {
        await new Session(server.url, agent).json("POST", "/session", { username, password: PASSWORD });
        done++;
      }
      agent.destroy();
      return done;
    }),
  );
  return each.reduce((sum, n) => sum + n, 0) / ((performance.now() - began) / 1000);
}

async function bareHashes() {
  const { stdout } = await promisify(execFile)(hasher(), [options.memory, options.passes, String(Math.max(1, Math.round(seconds / 2)))]);
  return Number(stdout);
}

const server = await startServer({
  args: ["--argon2-memory-kib", options.memory, "--argon2-passes", options.passes, "--log", "warn"],
  env: options.redis ? { LONGSHORE_REDIS_URL: options.redis } : {},
});
try {
  const admin = new Session(server.url);
  await admin.json("POST", "/session", { username: "admin", password: server.password });
  await admin.json("PUT", "/session/password", { current: server.password, new: PASSWORD, repeat: PASSWORD });

  const times = await lookUps(server, `${admin.cookie.name}=${admin.cookie.value}`);
  const added = median(times.with) - median(times.without);
  if (added >= MOST_ADDED) missed.push(`a look-up adds ${added.toFixed(3)} ms, not under ${MOST_ADDED} ms`);

  // Before and after, because a machine that gets warm gets slower.
  const names = await people(server, admin);
  const before = await bareHashes();
  const rate = await signIns(server, names);
  const bare = (before + (await bareHashes())) / 2;
  const share = rate / bare;
  if (share < LEAST_SHARE) missed.push(`sign-ins come to ${Math.round(share * 100)} % of the bare hash rate, not ${LEAST_SHARE * 100} %`);

  console.log(`Sessions in ${options.redis ? "Redis" : "the database"}, ${options.requests} requests each way:\n`);
  const row = (name, values) => [name, `${median(values).toFixed(3)} ms`, `${percentile(values, 0.95).toFixed(3)} ms`];
  console.log(table(["request", "median", "95 %"], [row("with a session", times.with), row("without", times.without)]));
  console.log(`\nA look-up adds ${added.toFixed(3)} ms at the median (target: under ${MOST_ADDED} ms).\n`);
  console.log(
    `Argon2id with ${options.memory} KiB and ${options.passes} passes: ${rate.toFixed(1)} sign-ins a second, ` +
      `${bare.toFixed(1)} bare hashes a second: ${Math.round(share * 100)} % (target: ${LEAST_SHARE * 100} %).`,
  );
} finally {
  await server.remove();
}
for (const what of missed) console.error(`missed: ${what}`);
if (missed.length > 0 && !options["no-targets"]) process.exitCode = 1;
