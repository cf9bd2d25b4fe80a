// Private images against a real Kubernetes and a registry that asks who one is: the account is added in the browser, heals
// what waits for it, pins releases, is handed to the namespaces when it changes, and its registry's tags are picked from.
import assert from "node:assert/strict";
import { after } from "node:test";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts, lab as labCommand } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { settle } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { askUntil } from "../support/traffic.mjs";
import { until } from "../support/until.mjs";
import { becomes } from "../pages/app.mjs";
import { signIn } from "../pages/session.mjs";

const NAMESPACE = `private-${Date.now().toString(36)}`;
const options = { skip: !hasRealHosts };
const seen = {};

const it = suite({
  lab: hasRealHosts,
  journey: true,
  server: ({ lab }) => ({
    args: lab ? [lab.registry, lab.privateRegistry.address].flatMap((host) => ["--insecure-registry", host]) : [],
  }),
  signIn: async ({ page, server, lab }) => {
    if (!lab) return;
    Object.assign(seen, await settle(server, lab, { name: NAMESPACE }), { lab, private: lab.privateRegistry });
    await signIn(page, "keeper", "ships at dawn, twice");
  },
});

after(async () => {
  if (seen.lab) await kubectl(seen.lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

const spec = (image) => ({
  image: `${seen.private.address}/${image}`,
  replicas: "1",
  port: "8080",
  cpu: "50m",
  memory: "64Mi",
  health_path: "/readyz",
  config_path: "/etc/demo/config.yaml",
  config_content: "of: a private image\n",
  deadline: "150",
});

const detail = () => seen.owner.get(`/apps/${seen.app}`);
const fit = async () => {
  const { checks } = await seen.owner.post("/apps/fit", { namespace: seen.namespace, app: "", spec: spec("demo:1.0.0") });
  return checks.find((check) => check.kind === "image");
};

/** The accounts that the namespace's nodes have, by registry. */
async function handed() {
  const secret = JSON.parse(await kubectl(seen.lab, "-n", NAMESPACE, "get", "secret", "longshore-pull", "-o", "json"));
  return JSON.parse(Buffer.from(secret.data[".dockerconfigjson"], "base64").toString()).auths;
}

async function fill(page, values) {
  for (const [field, value] of Object.entries(values)) await page.locator(`[name="form[${field}]"]`).fill(value);
}

it("says of a private image that it cannot be checked, and why its pods do not come", options, async () => {
  assert.match((await fit()).detail.en, /Add an account/);
  seen.started = await seen.owner.post("/apps", { namespace: seen.namespace, name: "web", spec: spec("demo:1.0.0"), reason: "" });
  seen.app = seen.started.app;
  const { rollout } = await until("it does not say why", detail, (d) => /pull/.test(d.rollout.summary.en));
  assert.match(rollout.summary.en, /image/);
  assert.deepEqual(await handed(), {});
});

it("takes no account that the registry does not take", options, async ({ page, complaints }) => {
  complaints.expect(/status of 422/);
  await page.goto("/registries");
  await page.getByText("No registries yet").waitFor();
  await hydrated(page);
  await page.getByRole("link", { name: "Add a registry" }).click();
  await page.waitForURL(/\/registries\/new$/);
  await fill(page, { name: "harbour", host: `http://${seen.private.address}`, username: "puller", password: "wrong" });
  await page.getByRole("button", { name: "Check and add" }).click();
  await page.getByText(/Write the address alone/).first().waitFor();
  await fill(page, { host: seen.private.address });
  await page.getByRole("button", { name: "Check and add" }).click();
  await page.getByText("The registry does not take this account.").first().waitFor();
  await fill(page, { password: seen.private.password });
  await page.getByRole("button", { name: "Check and add" }).click();
  await page.getByRole("heading", { level: 1, name: "harbour" }).waitFor();
  seen.registry = new URL(page.url()).pathname;
});

it("heals what waited for the account, and pins what comes next", options, async ({ page }) => {
  await until("it is not handed out", handed, (auths) => auths[seen.private.address]?.username === "puller");
  const ended = await seen.owner.ended(seen.started.operation, 200);
  assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
  const url = await labCommand("service-url", NAMESPACE, "web", "--name", seen.lab.name);
  await askUntil(url, (a) => a.version === "1.0.0" && a.config === "of: a private image\n");
  assert.equal((await fit()).ok, true);

  await page.goto(`/apps/${seen.app}/upgrade`);
  await hydrated(page);
  await page.getByRole("button", { name: "Show its tags" }).click();
  await page.getByRole("button", { name: "2.0.0", exact: true }).click();
  assert.equal(await page.locator('[name="form[spec][image]"]').inputValue(), `${seen.private.address}/demo:2.0.0`);
  await page.getByRole("button", { name: "Upgrade", exact: true }).click();
  await page.waitForURL((at) => at.pathname === `/apps/${seen.app}`);
  await becomes(page, "Serving", 2);
  await askUntil(url, (a) => a.version === "2.0.0");
  const release = await seen.owner.get(`/apps/${seen.app}/releases/2`);
  assert.equal(release.row.digest, seen.lab.images.get(`${seen.lab.registry}/demo:2.0.0`));
  assert.ok(!JSON.stringify(release).includes(seen.private.password));
});

it("shows registries well, and tags where an image is asked for", options, async ({ page, server, storageState }) => {
  await until("a namespace waits", () => seen.owner.get(seen.registry), (row) => row.waiting === 0);
  const tags = async (page) => {
    await page.locator(".button-small").first().click();
    await page.getByRole("button", { name: "2.0.0", exact: true }).waitFor();
  };
  const screens = [
    { name: "registries", address: "/registries" },
    { name: "registry-new", address: "/registries/new" },
    { name: "registry", address: seen.registry },
    { name: "upgrade-tags", address: `/apps/${seen.app}/upgrade`, ready: tags },
  ];
  await inspectAll(screens.map((screen) => ({ ...screen, storageState })), { baseURL: server.url, views: NARROW_AND_WIDE });
  await page.goto(seen.registry);
  await page.getByText("every namespace has it").waitFor();
});

it("hands the platform's account to every tenant, after the tenant's own", options, async () => {
  const form = { name: "shared", host: seen.private.address, username: "puller", password: seen.private.password };
  const shared = await seen.admin.post("/registries", form);
  await seen.admin.post("/registries", { ...form, name: "twice" }).then(
    () => assert.fail("one address twice"),
    (e) => assert.deepEqual([e.status, e.body.errors[0].field], [409, "host"]),
  );
  const own = seen.registry.split("/").at(-1);
  await seen.owner.delete(`/registries/${own}?confirm=harbour`);
  await until("it waits", () => seen.owner.get(`/registries/${shared.id}`), (row) => row.waiting === 0);
  assert.deepEqual(Object.keys(await handed()), [seen.private.address]);
  assert.equal((await fit()).ok, true, "the platform's account is used");
});

it("deletes an account in the browser, and takes it from the nodes", options, async ({ page, open, server, complaints }) => {
  complaints.expect(/status of 422/);
  const admin = await open({ storageState: undefined });
  await signIn(admin.page, "admin", "a harbour of its own");
  await admin.page.goto("/registries");
  await hydrated(admin.page);
  await admin.page.getByRole("link", { name: "shared" }).click();
  await admin.page.getByText("Delete the registry").click();
  await admin.page.locator('[name="confirm"]').fill("shared");
  await admin.page.getByRole("button", { name: "Delete", exact: true }).click();
  await admin.page.waitForURL(`${server.url}/registries`);
  await until("it is not taken away", handed, (auths) => Object.keys(auths).length === 0);
  assert.match((await fit()).detail.en, /Add an account/);
  const { row } = await detail();
  assert.equal(row.state, "serving", "what runs goes on");
  await page.goto("/registries");
  await page.getByText("No registries yet").waitFor();
});
