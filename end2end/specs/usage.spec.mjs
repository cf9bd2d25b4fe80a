// CPU and memory over time, by a real Prometheus in the cluster that Longshore asks through the API server: who names it, what
// becomes of a name that leads nowhere, and what an application's releases used.
import assert from "node:assert/strict";
import { after } from "node:test";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts, lab as labCommand } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { settle } from "../support/rest.mjs";
import { inspectAll } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { until } from "../support/until.mjs";
import { signIn } from "../pages/session.mjs";

const NAMESPACE = `usage-${Date.now().toString(36)}`;
/** What the lab's Prometheus is called in its cluster. */
const SERVICE = "monitoring/prometheus:web";
const options = { skip: !hasRealHosts };
const seen = {};

const it = suite({
  lab: hasRealHosts && { prometheus: true },
  journey: true,
  server: ({ lab }) => ({ args: lab ? ["--insecure-registry", lab.registry] : [] }),
  signIn: async ({ page, server, lab }) => {
    if (!lab) return;
    Object.assign(seen, await settle(server, lab, { name: NAMESPACE }), { lab });
    await signIn(page, "admin", "a harbour of its own");
  },
});

after(async () => {
  if (seen.lab) await kubectl(seen.lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

const spec = (image) => ({
  image: `${seen.lab.registry}/${image}`, replicas: "2", port: "8080", cpu: "50m", memory: "64Mi", health_path: "/readyz", deadline: "90",
});
const end = async ({ operation }) => assert.equal((await seen.owner.ended(operation)).row.state, "succeeded");
const usageOf = (range) => seen.owner.get(`/apps/${seen.app}/usage?range=${range}`);
const usage = () => usageOf("1h");
const source = () => `/clusters/${seen.cluster}/metrics`;

it("says that a cluster without a source keeps no figures, and to whom that is to be told", options, async ({ page, open }) => {
  const started = await seen.owner.post("/apps", { namespace: seen.namespace, name: "web", spec: spec("demo:1.0.0"), reason: "" });
  seen.app = started.app;
  await end(started);
  assert.equal((await usage()).measured, false);
  await page.goto(`/apps/${seen.app}?tab=releases`);
  await hydrated(page);
  await page.getByRole("link", { name: "CPU and memory by release" }).click();
  await page.waitForURL(/\/usage$/);
  await page.getByText("This cluster has no metrics over time").waitFor();
  await page.getByRole("link", { name: "Set a source" }).click();
  await page.waitForURL(new RegExp(`${source()}$`));
  seen.storageState = await page.context().storageState();
  const { page: theirs } = await open({ storageState: undefined });
  await signIn(theirs, "keeper", "ships at dawn, twice");
  await theirs.goto(`/apps/${seen.app}/usage`);
  await theirs.getByText("The platform's administrators can set a Prometheus").waitFor();
  assert.equal(await theirs.getByRole("link", { name: "Set a source" }).count(), 0);
});

it("takes a source only when it knows containers, and says what else is the matter", options, async ({ page, server, complaints }) => {
  complaints.expect(/status of 422/);
  await page.goto(source());
  await hydrated(page);
  const field = page.locator('[name="form[service]"]');
  const keep = async (service) => {
    await field.fill(service);
    await page.getByRole("button", { name: "Check and keep" }).click();
  };
  for (const [service, words] of [
    ["prometheus", /namespace\/service:port/],
    ["monitoring/nobody:9090", /no such service/],
    // An application, which answers anything in its own way.
    [`${NAMESPACE}/web:8080`, /is not Prometheus/],
    [`${NAMESPACE}/web:81`, /no such service|does not answer/],
  ]) {
    await keep(service);
    await page.locator(".field", { has: field }).getByText(words).waitFor();
  }
  assert.equal((await seen.admin.get(source())).service, "", "nothing was kept");
  await inspectAll([{ name: "cluster-metrics", address: `/clusters/${seen.cluster}/metrics`, storageState: seen.storageState }], { baseURL: server.url });

  await keep(SERVICE);
  await page.waitForURL(new RegExp(`/clusters/${seen.cluster}$`));
  assert.equal((await seen.admin.get(source())).service, SERVICE);
  const { rows } = await seen.admin.get("/audit?action=cluster.set_metrics&outcome=ok");
  assert.equal(rows.length, 1);
});

it("tells what each release used", options, async () => {
  const told = (release) => release.memory_per_pod > 0 && release.cpu_per_pod !== null;
  const first = await until("figures of the first release", usage, ({ releases }) => told(releases[0]), 120);
  assert.equal(first.pods.at(-1), 2);
  assert.ok(first.memory.at(-1) > 1 << 20, `two pods take ${first.memory.at(-1)} bytes`);
  const { row } = await seen.owner.get(`/apps/${seen.app}`);
  await end(await seen.owner.put(`/apps/${seen.app}`, { spec: spec("demo:2.0.0"), reason: "the second", based_on: String(row.release) }));
  const both = await until("figures of the second release", usage, ({ releases }) => releases[0].number === 2 && told(releases[0]), 120);
  assert.deepEqual(both.releases.map((release) => release.number), [2, 1]);
  const [second, before] = both.releases;
  assert.ok(before.memory_per_pod > 0 && second.memory_most >= second.memory_per_pod, JSON.stringify(both.releases));
  // What the source counts is what the pods' own limits are about: below the 64 MiB that each may have.
  assert.ok(second.memory_per_pod < 64 << 20, `${second.memory_per_pod}`);
  assert.equal((await usageOf("30d")).cpu.length, both.cpu.length);
});

it("shows it, marked by releases", options, async ({ page, server }) => {
  const address = `/apps/${seen.app}/usage?range=1h`;
  await page.goto(address);
  await hydrated(page);
  for (const title of ["CPU, cores", "Memory", "Pods"]) await page.getByRole("img", { name: new RegExp(`^${title}: `) }).waitFor();
  assert.ok((await page.locator(".chart-mark").count()) >= 6, "two releases in three charts");
  const row = page.getByRole("row", { name: /Release 2/ });
  await row.getByText(/MiB|KiB/).first().waitFor();
  const memory = page.locator("figure.chart").nth(1);
  const plot = memory.locator(".chart-plot");
  const { x, y, width, height } = await plot.boundingBox();
  await page.mouse.move(x + width - 2, y + height / 2);
  await memory.getByText(/MiB · just now/).waitFor();
  await page.getByRole("link", { name: "7 days" }).click();
  await page.waitForURL(/range=7d$/);
  await page.getByText("Nothing was measured in this time").waitFor();
  await page.goBack();
  await row.getByRole("link", { name: "Release 2" }).click();
  await page.waitForURL(/\/releases\/2$/);
  await inspectAll([{ name: "app-usage", address: `/apps/${seen.app}/usage?range=1h`, storageState: seen.storageState }], { baseURL: server.url });
});

it("follows what is released while somebody looks", options, async ({ page }) => {
  await page.goto(`/apps/${seen.app}/usage?range=1h`);
  await hydrated(page);
  await page.getByRole("row", { name: /Release 2/ }).waitFor();
  const { row } = await seen.owner.get(`/apps/${seen.app}`);
  await end(await seen.owner.put(`/apps/${seen.app}`, { spec: spec("demo:1.0.0"), reason: "the third", based_on: String(row.release) }));
  await page.getByRole("row", { name: /Release 3/ }).waitFor();
});

it("says so when the source does not answer, and nothing else is held up", options, async ({ page, complaints }) => {
  complaints.expect(/502|status of 422/);
  await labCommand("stop-component", "prometheus", "--name", seen.lab.name);
  try {
    const refusal = () => usage().then(() => undefined, (error) => error);
    const error = await until("a refusal", refusal, (error) => error !== undefined, 70);
    assert.ok(error.status === 502 && !error.message.includes("monitoring"), String(error));
    assert.equal((await seen.owner.get(`/apps/${seen.app}`)).row.state, "serving");
    await page.goto(`/apps/${seen.app}/usage`);
    await page.getByText(/metrics source does not answer/).first().waitFor();
    await page.goto(source());
    await hydrated(page);
    await page.getByRole("button", { name: "Check and keep" }).click();
    await page.locator(".field", { hasText: "Service" }).getByText(/does not answer/).waitFor();
  } finally {
    await labCommand("start-component", "prometheus", "--name", seen.lab.name);
  }
  await until("the source does not come back", () => usage().catch(() => ({})), ({ measured }) => measured === true, 60);
  await seen.admin.put(source(), { service: "" });
  assert.equal((await usage()).measured, false);
});
