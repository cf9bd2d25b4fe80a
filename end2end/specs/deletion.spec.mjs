// Deleting an account is one step or none: the server is killed with SIGKILL at many moments of it, and the next one
// finds the account whole, with its roles and its session, or nothing of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Rest } from "../support/rest.mjs";
import { startServer } from "../support/server.mjs";

const MOMENTS = [0, 1, 2, 3, 4, 6, 8, 10, 13, 16, 20, 30];
const seen = { people: [] };

before(async () => {
  seen.server = await startServer({ log: process.env.LONGSHORE_DELETION_LOG });
  const admin = await new Rest(seen.server).firstSignIn("admin", seen.server.password, "a harbour of its own");
  const tenant = await admin.post("/tenants", {
    name: "shop",
    display_name: "The shop",
    owner: { username: "keeper", display_name: "Keeper", role: "owner", password: "first-owner-pass" },
  });
  seen.owner = await new Rest(seen.server).firstSignIn("keeper", "first-owner-pass", "ships at dawn, twice");
  for (const [n] of MOMENTS.entries()) {
    const username = `hand-${n}`;
    const password = `the ${n}th rope of the harbour`;
    const { id } = await seen.owner.post("/accounts", { username, display_name: username, role: "developer", password });
    await seen.owner.post(`/accounts/${id}/bindings`, { role: "viewer", scope: `tenant/${tenant.id}` });
    const session = new Rest(seen.server);
    await session.post("/session", { username, password });
    seen.people.push({ id, username, session });
  }
});

after(() => seen.server?.remove());

const status = (asked) => asked.then(() => 200, (refusal) => refusal.status ?? Promise.reject(refusal));

/** "whole" or "gone"; anything between fails. */
async function stands({ id, username, session }) {
  const found = await status(seen.owner.get(`/accounts/${id}`));
  const signedIn = await status(session.get("/session"));
  if (found === 200) {
    const { bindings } = await seen.owner.get(`/accounts/${id}`);
    assert.deepEqual([bindings.length, signedIn], [2, 200], `${username} lost a part of itself`);
    return "whole";
  }
  assert.deepEqual([found, signedIn], [404, 401], `${username} left a part behind`);
  // Its name is free, and whoever gets it has nothing of the old one's.
  const again = await seen.owner.post("/accounts", { username, display_name: username, role: "", password: "another rope, another knot" });
  assert.notEqual(again.id, id);
  assert.equal((await seen.owner.get(`/accounts/${again.id}`)).bindings.length, 0);
  return "gone";
}

test("a server that is killed leaves an account whole or gone", { timeout: 240_000 }, async () => {
  const ends = [];
  for (const [n, moment] of MOMENTS.entries()) {
    const person = seen.people[n];
    const asked = seen.owner.delete(`/accounts/${person.id}?confirm=${person.username}`).catch((error) => error);
    await sleep(moment);
    if (n === MOMENTS.length - 1) await asked;
    await seen.server.kill9();
    await asked;
    await seen.server.start();
    ends.push(`${moment} ms: ${await stands(person)}`);
  }
  console.log(`# ${ends.join(", ")}`);
  assert.match(ends.at(-1), /gone/, "the last one was answered before the server was killed");
});
