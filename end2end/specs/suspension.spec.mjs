// A tenant is suspended while its application serves: its people and their tokens are out within a second, no caller of the
// application notices and no pod of it is touched; and when the tenant is resumed, they come in again.
import assert from "node:assert/strict";
import { after } from "node:test";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts, lab as labCommand } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { Rest, settle } from "../support/rest.mjs";
import { suite } from "../support/suite.mjs";
import { ask, askUntil, startTraffic } from "../support/traffic.mjs";
import { podsOf } from "../support/unmanaged.mjs";
import { until } from "../support/until.mjs";
import { becomes } from "../pages/app.mjs";
import { fillSignIn, signIn } from "../pages/session.mjs";

const NAMESPACE = `suspension-${Date.now().toString(36)}`;
const PERSON = { username: "keeper", password: "ships at dawn, twice" };
/** How soon everybody has to be out, in milliseconds from the request that suspends. */
const AT_ONCE = 1000;
const options = { skip: !hasRealHosts };
const seen = {};

const it = suite({
  lab: hasRealHosts,
  journey: true,
  server: ({ lab }) => ({ args: lab ? ["--insecure-registry", lab.registry] : [] }),
  signIn: async ({ page, server, lab }) => {
    if (!lab) return;
    seen.lab = lab;
    Object.assign(seen, await settle(server, lab, { name: NAMESPACE }));
    await signIn(page, "admin", "a harbour of its own");
  },
});

after(async () => {
  if (seen.lab) await kubectl(seen.lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

const status = (asked) => asked.then(() => 200, (refusal) => refusal.status ?? Promise.reject(refusal));

/** What the person's session and the person's token are answered. */
const answers = async () => {
  const headers = { authorization: `Bearer ${seen.token}` };
  const byToken = await fetch(`${seen.owner.server.url}/api/v1/apps/${seen.app}`, { headers });
  return [await status(seen.owner.get(`/apps/${seen.app}`)), byToken.status];
};

/** The application as the cluster has it: each pod by its UID and restarts, and the Deployment's generation. */
const stands = async () => {
  const { Deployment } = await objectsOf(seen.lab, NAMESPACE, seen.app);
  const pods = await podsOf(seen.lab, NAMESPACE, `longshore.dev/app=${seen.app}`);
  return { pods, generations: Deployment.map(({ metadata }) => metadata.generation) };
};

it("has an application that serves, a person at work and a token of theirs", options, async ({ lab }) => {
  const spec = {
    image: `${lab.registry}/demo:1.0.0`, replicas: "2", cpu: "50m", memory: "32Mi", port: "8080", health_path: "/readyz", deadline: "120",
  };
  const started = await seen.owner.post("/apps", { namespace: seen.namespace, name: "web", spec, reason: "" });
  const ended = await seen.owner.ended(started.operation);
  assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
  seen.app = started.app;
  seen.url = await labCommand("service-url", NAMESPACE, "web", "--name", lab.name);
  await askUntil(seen.url, (answer) => answer.version === "1.0.0");
  seen.token = (await seen.owner.post("/tokens", { name: "night", permissions: ["app.read"], scopes: [], days: "30" })).token;
  assert.deepEqual(await answers(), [200, 200]);
  const { rows } = await seen.admin.get("/tenants");
  seen.tenant = rows.find((row) => row.name === "shop").id;
});

it("lets its people and tokens in no more within a second, and no caller of the application notices", options, async ({ open, server, test }) => {
  const { page: person, complaints } = await open({ storageState: undefined });
  complaints.expect(/status of 40[13]/);
  await signIn(person, PERSON.username, PERSON.password);
  await person.goto(`/apps/${seen.app}`);
  await hydrated(person);
  await becomes(person, "Serving", 1);

  const before = await stands();
  assert.equal(before.pods.length, 2);
  const traffic = startTraffic(seen.url, { rate: 30 });
  try {
    await sleep(1000);
    const began = performance.now();
    await seen.admin.put(`/tenants/${seen.tenant}/suspended`, { reason: "Unpaid since March" });
    await until("somebody is still let in", answers, (told) => told.every((code) => code === 401), 10);
    const took = performance.now() - began;
    test.diagnostic(`out after ${Math.round(took)} ms`);
    assert.ok(took < AT_ONCE, `they were out after ${Math.round(took)} ms`);

    // What is open says so by itself, and the right password is no way in.
    await person.getByText("You have been signed out.").waitFor();
    assert.equal(await status(new Rest(server).post("/session", PERSON)), 403);
    await person.goto("/apps");
    await person.waitForURL(/\/sign-in/);
    await fillSignIn(person, PERSON.username, PERSON.password);
    await person.getByText(/is suspended\. Its apps run on/).first().waitFor();
    // Long enough for whatever follows the tenants or the cluster to have had its turn.
    await sleep(5000);
  } finally {
    seen.load = await traffic.stop();
  }
  assert.deepEqual(seen.load.failures, [], `of ${seen.load.sent} requests`);
  assert.deepEqual(Object.keys(seen.load.versions), ["1.0.0"]);
  assert.deepEqual(await stands(), before, "the same pods, never started anew, of the same Deployment");
  assert.equal((await ask(seen.url)).version, "1.0.0");
  assert.deepEqual(await answers(), [401, 401], "they stay out");
});

it("lets them in again when it is resumed, to the same pods", options, async ({ page, open, server }) => {
  const before = await stands();
  await page.goto(`/tenants/${seen.tenant}`);
  await hydrated(page);
  await page.getByText("Its people are kept out; its apps run on").first().waitFor();
  await page.getByText("Unpaid since March").first().waitFor();
  await page.getByRole("button", { name: "Resume the tenant" }).click();
  await page.getByText("Suspend the tenant").waitFor();
  assert.deepEqual(await answers(), [401, 200], "a token goes on, and an old session stays over");

  const again = new Rest(server);
  await again.post("/session", PERSON);
  assert.equal((await again.get(`/apps/${seen.app}`)).row.state, "serving");
  const { page: person } = await open({ storageState: undefined });
  await signIn(person, PERSON.username, PERSON.password);
  await person.goto(`/apps/${seen.app}`);
  await becomes(person, "Serving", 1);
  assert.deepEqual(await stands(), before);
  assert.equal((await ask(seen.url)).version, "1.0.0");
});
