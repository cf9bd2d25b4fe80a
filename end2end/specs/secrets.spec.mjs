// Secrets that the applications of a namespace share, against a real Kubernetes: one is made and given to two applications,
// another value reaches them when they are released with it, and a rollback brings the old one back.
import assert from "node:assert/strict";
import { after } from "node:test";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { settle } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { until } from "../support/until.mjs";
import { signIn } from "../pages/session.mjs";

const NAMESPACE = `secrets-${Date.now().toString(36)}`;
const options = { skip: !hasRealHosts };
const seen = {};

const it = suite({
  lab: hasRealHosts,
  journey: true,
  server: ({ lab }) => ({ args: lab ? ["--insecure-registry", lab.registry] : [] }),
  signIn: async ({ page, server, lab }) => {
    if (!lab) return;
    Object.assign(seen, await settle(server, lab, { name: NAMESPACE }), { lab });
    await signIn(page, "keeper", "ships at dawn, twice");
    seen.storageState = await page.context().storageState();
  },
});

after(async () => {
  if (seen.lab) await kubectl(seen.lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

const spec = (secrets) => ({
  image: `${seen.lab.registry}/demo:1.0.0`,
  replicas: "1",
  port: "8080",
  cpu: "50m",
  memory: "64Mi",
  health_path: "/readyz",
  secrets,
  deadline: "120",
});

/** What the pods of an application are given as TOKEN, as the cluster has it. */
async function token(app) {
  const { Deployment, Secret } = await objectsOf(seen.lab, NAMESPACE, app);
  const { valueFrom } = Deployment[0].spec.template.spec.containers[0].env.find((one) => one.name === "TOKEN");
  const secret = Secret.find((one) => one.metadata.name === valueFrom.secretKeyRef.name);
  return Buffer.from(secret.data[valueFrom.secretKeyRef.key], "base64").toString();
}

async function ended({ operation }) {
  const end = await seen.owner.ended(operation);
  assert.equal(end.row.state, "succeeded", JSON.stringify(end));
}

it("makes a secret in the browser, from a file", options, async ({ page }) => {
  await page.goto(`/namespaces/${seen.namespace}`);
  await hydrated(page);
  await page.getByRole("link", { name: "Secrets" }).click();
  await page.waitForURL("**/secrets");
  await page.getByText("No secret is shared here yet").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("db-password");
  await page.getByLabel("Value from a file").setInputFiles({ name: "password", mimeType: "text/plain", buffer: Buffer.from("first value") });
  await page.waitForFunction(() => document.querySelector('[name="form[value]"]').value === "first value");
  await page.getByRole("button", { name: "Make the secret" }).click();
  await page.waitForURL(/\/secrets\/[0-9a-f-]{36}$/);
  seen.secret = new URL(page.url()).pathname;
  await page.getByText("No app uses it.").waitFor();
  assert.ok(!(await page.content()).includes("first value"));
});

it("gives it to two applications, and no other namespace's", options, async () => {
  for (const name of ["web", "api"]) {
    const started = await seen.owner.post("/apps", { namespace: seen.namespace, name, spec: spec("TOKEN from db-password"), reason: "" });
    seen[name] = started.app;
    await ended(started);
    assert.equal(await token(started.app), "first value");
  }
  const missing = { namespace: seen.namespace, name: "lost", spec: spec("TOKEN from nobody"), reason: "" };
  await assert.rejects(seen.owner.post("/apps", missing), (e) => e.status === 422 && /The namespace has no secret nobody/.test(e.message));
  const detail = await seen.owner.get(seen.secret);
  assert.deepEqual(detail.uses.map(({ app_name, variable, version, release }) => [app_name, variable, version, release]), [
    ["api", "TOKEN", 1, 1],
    ["web", "TOKEN", 1, 1],
  ]);
  await assert.rejects(seen.owner.delete(`${seen.secret}?confirm=db-password`), (e) => e.status === 409 && /2 apps, api/.test(e.message));
});

it("shows who runs with an older value, and releases them with the newest", options, async ({ page, server }) => {
  await page.goto(seen.secret);
  await hydrated(page);
  await page.locator('[name="form[value]"]').fill("second value");
  await page.getByRole("button", { name: "Keep the new value" }).click();
  await page.getByText("2 apps run with an older value").waitFor();
  assert.equal(await token(seen.web), "first value", "nothing that runs has changed");
  const screens = [
    { name: "secret", address: seen.secret, storageState: seen.storageState },
    { name: "secrets", address: `/namespaces/${seen.namespace}/secrets`, storageState: seen.storageState },
  ];
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
  await page.getByLabel("Why").fill("the password was changed");
  await page.getByRole("button", { name: "Release them anew" }).click();
  await page.getByText("its release was begun").nth(1).waitFor();
  await until("both have the new value", async () => [await token(seen.web), await token(seen.api)], (now) => now.every((value) => value === "second value"), 120);
  const detail = await until("both serve it", () => seen.owner.get(seen.secret), ({ uses }) => uses.every(({ version, state }) => version === 2 && state === "live"), 120);
  assert.deepEqual(detail.versions.map(({ number }) => number), [2, 1]);
  const { releases } = await seen.owner.get(`/apps/${seen.web}`);
  assert.deepEqual([releases[0].number, releases[0].reason], [2, "the password was changed"]);
  assert.deepEqual(await seen.owner.post(`${seen.secret}/releases`, { reason: "" }), [], "nobody is behind any more");
});

it("brings the old value back with a rollback, and says so", options, async () => {
  await ended(await seen.owner.post(`/apps/${seen.web}/releases/1/rollback`, { reason: "the new one is refused" }));
  assert.equal(await token(seen.web), "first value");
  const { uses } = await seen.owner.get(seen.secret);
  assert.deepEqual(uses.map(({ app_name, version }) => [app_name, version]), [["api", 2], ["web", 1]]);
});

it("is forgotten when nobody uses it, and is gone with its namespace", options, async () => {
  for (const name of ["web", "api"]) await ended(await seen.owner.delete(`/apps/${seen[name]}?confirm=${name}`));
  await seen.owner.delete(`${seen.secret}?confirm=db-password`);
  await assert.rejects(seen.owner.get(seen.secret), { status: 404 });
  const other = await seen.owner.post(`/namespaces/${seen.namespace}/secrets`, { name: "left", value: "behind" });
  await ended({ operation: await seen.admin.delete(`/namespaces/${seen.namespace}?confirm=${NAMESPACE}`) });
  await assert.rejects(seen.owner.get(`/secrets/${other.row.id}`), { status: 404 });
});
