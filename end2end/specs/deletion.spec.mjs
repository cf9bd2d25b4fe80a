// Deleting an account is one step or none: the server dies between every two statements of it, and is killed with SIGKILL
// at some moments besides. The next one finds the account whole, with its roles, its session and its token, or nothing of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Rest } from "../support/rest.mjs";
import { Server, freePort } from "../support/server.mjs";

/** Where the server dies, in the order of the deletion, and what the next one finds. */
const POINTS = [
  ["sessions", "whole"],
  ["roles", "whole"],
  ["tokens", "whole"],
  ["account", "whole"],
  ["entry", "whole"],
  ["committed", "gone"],
];
/** After so many milliseconds it is killed, wherever it is. */
const MOMENTS = [0, 2, 4, 8, 16, 30];
const seen = { people: [] };

/** A server on the same data and port; it dies at `point`. */
async function start(point) {
  const env = point ? { LONGSHORE_CRASH_AFTER: `delete_account:${point}` } : {};
  seen.server = new Server({ ...seen.place, env, log: process.env.LONGSHORE_DELETION_LOG });
  await seen.server.start();
  for (const caller of [seen.owner, ...seen.people.map((person) => person.session)]) if (caller) caller.server = seen.server;
}

before(async () => {
  seen.place = { dataDir: await mkdtemp(path.join(os.tmpdir(), "longshore-test-")), port: await freePort() };
  await start();
  const admin = await new Rest(seen.server).firstSignIn("admin", seen.server.password, "a harbour of its own");
  const tenant = await admin.post("/tenants", {
    name: "shop",
    display_name: "The shop",
    owner: { username: "keeper", display_name: "Keeper", password: "first-owner-pass" },
  });
  seen.owner = await new Rest(seen.server).firstSignIn("keeper", "first-owner-pass", "ships at dawn, twice");
  for (let n = 0; n < POINTS.length + MOMENTS.length; n += 1) {
    const username = `hand-${n}`;
    const password = `the ${n}th rope of the harbour`;
    const { id } = await seen.owner.post("/accounts", { username, display_name: username, roles: [{ role: "developer" }], password });
    await seen.owner.post(`/accounts/${id}/bindings`, { role: "viewer", scope: `tenant/${tenant.id}` });
    const session = await new Rest(seen.server).firstSignIn(username, password, `${n} knots in the evening tide`);
    const made = await session.post("/tokens", { name: "night", permissions: ["app.read"], scopes: [], days: "30" });
    seen.people.push({ id, username, session, token: made.token });
  }
});

after(() => seen.server?.remove());

const status = (asked) => asked.then(() => 200, (refusal) => refusal.status ?? Promise.reject(refusal));

/** What a script with that token is answered. */
async function byToken(token) {
  const answer = await fetch(`${seen.server.url}/api/v1/session`, { headers: { authorization: `Bearer ${token}` } });
  return answer.status;
}

/** "whole" or "gone"; anything between fails. */
async function stands({ id, username, session, token }) {
  const found = await status(seen.owner.get(`/accounts/${id}`));
  const letIn = [await status(session.get("/session")), await byToken(token)];
  const trail = await seen.owner.get(`/audit?action=account.delete&object=account/${username}`);
  const entries = trail.rows.filter((row) => row.outcome === "ok").length;
  if (found === 200) {
    const { bindings } = await seen.owner.get(`/accounts/${id}`);
    assert.deepEqual([bindings.length, ...letIn, entries], [2, 200, 200, 0], `${username} lost a part of itself`);
    return "whole";
  }
  assert.deepEqual([found, ...letIn, entries], [404, 401, 401, 1], `${username} left a part behind`);
  // Its name is free, and whoever gets it has nothing of the old one's.
  const again = await seen.owner.post("/accounts", { username, display_name: username, password: "another rope, another knot" });
  assert.notEqual(again.id, id);
  assert.equal((await seen.owner.get(`/accounts/${again.id}`)).bindings.length, 0);
  return "gone";
}

const deletion = ({ id, username }) => seen.owner.delete(`/accounts/${id}?confirm=${username}`).catch((error) => error);

test("a server that dies between two statements leaves an account whole, and after the last one gone", { timeout: 240_000 }, async () => {
  for (const [n, [point, expected]] of POINTS.entries()) {
    const person = seen.people[n];
    await seen.server.stop();
    await start(point);
    const answer = await deletion(person);
    assert.ok(answer instanceof Error && answer.status === undefined, `${point}: nobody was left to answer: ${answer}`);
    const end = Date.now() + 30_000;
    while (seen.server.isRunning) {
      assert.ok(Date.now() < end, `the server did not die at ${point}:\n${seen.server.output.slice(-4000)}`);
      await sleep(50);
    }
    await start();
    assert.equal(await stands(person), expected, point);
    if (expected === "whole") {
      await seen.owner.delete(`/accounts/${person.id}?confirm=${person.username}`);
      assert.equal(await stands(person), "gone", `${point}: it is deleted when it is tried again`);
    }
  }
});

test("a server that is killed leaves an account whole or gone", { timeout: 240_000 }, async () => {
  const ends = [];
  for (const [n, moment] of MOMENTS.entries()) {
    const person = seen.people[POINTS.length + n];
    const asked = deletion(person);
    await sleep(moment);
    if (n === MOMENTS.length - 1) await asked;
    await seen.server.kill9();
    await asked;
    await start();
    ends.push(`${moment} ms: ${await stands(person)}`);
  }
  console.log(`# ${ends.join(", ")}`);
  assert.match(ends.at(-1), /gone/, "the last one was answered before the server was killed");
});
