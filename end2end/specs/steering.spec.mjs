// Releases that people steer, against a real Kubernetes: more and fewer of the same pods, pods made anew, an upgrade that
// stops after its first batch, goes on or is aborted, and one that fails and stays to be looked at.
import assert from "node:assert/strict";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts, lab as labCommand } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { settle } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { askUntil, startTraffic } from "../support/traffic.mjs";
import { until } from "../support/until.mjs";
import { becomes, upgrade } from "../pages/app.mjs";
import { signIn } from "../pages/session.mjs";

const NAMESPACE = `steering-${Date.now().toString(36)}`;
const RELEASE = "longshore.dev/release";
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
  },
});

after(async () => {
  await seen.traffic?.stop();
  if (seen.lab) await kubectl(seen.lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

const spec = (image, more = {}) => ({
  image: `${seen.lab.registry}/${image}`,
  replicas: "2",
  port: "8080",
  cpu: "50m",
  memory: "64Mi",
  health_path: "/readyz",
  config_path: "/etc/demo/config.yaml",
  config_content: `of: ${image}\n`,
  max_surge: "1",
  deadline: "90",
  ...more,
});

const detail = () => seen.owner.get(`/apps/${seen.app}`);
const ended = async (started) => {
  const { operation } = await started;
  return seen.owner.ended(operation);
};
const act = (what, body = {}) => seen.owner.post(`/apps/${seen.app}/${what}`, body);
const change = async (what) => {
  const { row } = await detail();
  return seen.owner.put(`/apps/${seen.app}`, { spec: what, reason: "another", based_on: String(row.release) });
};
const deployment = async () => (await objectsOf(seen.lab, NAMESPACE, seen.app)).Deployment[0];

/** The names of the pods that stay, by the release that made them: `{ 1: ["web-…"] }`. */
async function pods() {
  const { Pod = [] } = await objectsOf(seen.lab, NAMESPACE, seen.app);
  const found = {};
  for (const { metadata } of Pod.filter((pod) => !pod.metadata.deletionTimestamp)) {
    (found[metadata.labels[RELEASE]] ??= []).push(metadata.name);
  }
  for (const names of Object.values(found)) names.sort();
  return found;
}

it("publishes what is steered", options, async () => {
  const started = await seen.owner.post("/apps", { namespace: seen.namespace, name: "web", spec: spec("demo:1.0.0"), reason: "" });
  seen.app = started.app;
  assert.equal((await ended(started)).row.state, "succeeded");
  seen.url = await labCommand("service-url", NAMESPACE, "web", "--name", seen.lab.name);
  await askUntil(seen.url, (a) => a.version === "1.0.0");
});

it("makes more of the same pods and leaves those there are alone", options, async () => {
  const before = (await pods())[1];
  assert.equal(before.length, 2);
  const operation = await ended(act("scale", { replicas: "4", reason: "the sale begins" }));
  assert.deepEqual([operation.row.kind, operation.row.state], ["scale", "succeeded"], JSON.stringify(operation));
  const all = await pods();
  assert.deepEqual(Object.keys(all), ["1"], "they are pods of the first release");
  assert.equal(all[1].length, 4);
  for (const name of before) assert.ok(all[1].includes(name), `${name} is there no more`);
  assert.equal((await deployment()).metadata.labels[RELEASE], "2");
  const { row, rollout, releases } = await detail();
  assert.deepEqual([row.state, row.ready, row.replicas, row.release], ["serving", 4, 4, 2]);
  assert.deepEqual([rollout.pods_of, rollout.updated_ready, rollout.held], [1, 4, false]);
  assert.deepEqual([releases[0].pods, releases[0].reason, releases[0].changes.map((c) => c.en)], [1, "the sale begins", ["Size and settings"]]);
  assert.equal(releases[0].digest, releases[1].digest);
});

it("refuses numbers that are none, that it has, and that do not fit", options, async () => {
  const refused = (replicas, status, words) => assert.rejects(act("scale", { replicas, reason: "" }), (e) => e.status === status && words.test(e.message));
  await refused("many", 422, /whole number from 0 to 500/);
  await refused("501", 422, /whole number from 0 to 500/);
  await refused("4", 422, /4 pods already/);
  await refused("30", 409, /pods are too many for the quota: 26 more are needed.* It would fit with \d+ instead of 30 pods/);
  assert.equal((await detail()).row.release, 2, "nothing was recorded");
});

it("changes what is not about pods without touching them", options, async () => {
  const before = await pods();
  assert.equal((await ended(change(spec("demo:1.0.0", { replicas: "4", deadline: "80", exposure: "node_port" })))).row.state, "succeeded");
  assert.deepEqual(await pods(), before);
  const { releases } = await detail();
  assert.deepEqual([releases[0].number, releases[0].pods], [3, 1]);
});

it("restarts: every pod is made anew and nobody notices", options, async () => {
  const before = await pods();
  const traffic = startTraffic(seen.url, { rate: 50 });
  const operation = await ended(act("restart", { reason: "it has lost its connections" }));
  await sleep(7000);
  const result = await traffic.stop();
  assert.deepEqual([operation.row.kind, operation.row.state], ["restart", "succeeded"], JSON.stringify(operation));
  assert.deepEqual(result.failures, [], `of ${result.sent} requests`);
  const now = await pods();
  assert.deepEqual(Object.keys(now), ["4"]);
  assert.ok(now[4].every((name) => !before[1].includes(name)));
  const { releases } = await detail();
  assert.deepEqual([releases[0].pods, releases[0].changes, releases[0].digest], [4, [], releases[1].digest]);
});

it("stops after the first batch, and waits for as long as it takes", options, async ({ server }) => {
  seen.traffic = startTraffic(seen.url, { rate: 50, seconds: 280 });
  const before = await pods();
  seen.started = await change(spec("demo:2.0.0", { replicas: "4", first_batch: "wait" }));
  await until("it does not wait", detail, (d) => d.rollout.held);
  const held = async () => {
    const now = await pods();
    assert.deepEqual(now[4], before[4], "the old pods serve on");
    assert.equal(now[5].length, 1, "one batch and no more");
  };
  await held();
  const { row, rollout, releases } = await detail();
  assert.deepEqual([row.state, rollout.updated, rollout.updated_ready, rollout.ready], ["rolling_out", 1, 1, 5]);
  assert.match(rollout.summary.en, /first batch of release 5 serves: one pod\. It waits for a go-ahead/);
  assert.equal(releases[0].state, "rolling_out");
  assert.equal(rollout.operation.steps.find((s) => s.state === "running").name, "go_ahead");
  // The cluster by itself does not go on either, and a server that was away knows where it is.
  await server.stop();
  await sleep(4000);
  await held();
  await server.start();
  await until("it does not wait any more", () => detail().catch(() => ({})), (d) => d.rollout?.held === true && d.row.state === "rolling_out");
  await sleep(3000);
  await held();
});

it("refuses what would come in between, and says who and what is under way", options, async () => {
  const busy = (e) => e.status === 409 && /release that keeper made (just now|\d+ min ago) waits for a go-ahead/.test(e.message);
  await assert.rejects(change(spec("demo:1.0.0")), busy);
  await assert.rejects(act("scale", { replicas: "3", reason: "" }), busy);
  await assert.rejects(act("restart", { reason: "" }), busy);
  await assert.rejects(act("releases/4/continue"), (e) => e.status === 409 && /Release 4 does not wait/.test(e.message));
  await assert.rejects(act("releases/4/abort", { reason: "" }), (e) => e.status === 409 && /Release 4 is not on its way/.test(e.message));
});

it("goes on when a person says so in the browser, without a failed request", options, async ({ page }) => {
  await page.goto(`/apps/${seen.app}`);
  await page.getByText("Release 5 waits for a go-ahead").waitFor();
  await hydrated(page);
  await page.getByRole("button", { name: "Go on with all pods" }).click();
  await page.getByText("Release 5 waits for a go-ahead").waitFor({ state: "detached" });
  await becomes(page, "Serving", 5);
  const operation = await seen.owner.ended(seen.started.operation);
  assert.equal(operation.row.state, "succeeded", JSON.stringify(operation));
  await sleep(7000);
  const result = await seen.traffic.stop();
  assert.deepEqual(result.failures, [], `of ${result.sent} requests`);
  assert.ok(result.versions["1.0.0"] > 0 && result.versions["2.0.0"] > 0, JSON.stringify(result.versions));
  assert.deepEqual(Object.keys(await pods()), ["5"]);
  const { spec: made } = await deployment();
  assert.deepEqual([made.minReadySeconds, made.progressDeadlineSeconds], [2, 90], "as the release was recorded");
  await assert.rejects(act("releases/5/continue"), { status: 409 });
  await assert.rejects(act("releases/5/abort", { reason: "" }), (e) => e.status === 409 && /To leave it, roll back/.test(e.message));
});

it("aborts in the browser: the first batch leaves, and what served was never touched", options, async ({ page, server, storageState }) => {
  const before = await pods();
  await upgrade(page, `/apps/${seen.app}`, { image: `${seen.lab.registry}/demo:1.0.0`, first_batch: "wait", reason: "back to the old look" });
  await page.getByText("Release 6 waits for a go-ahead").waitFor({ timeout: 60_000 });
  const held = { name: "app-held", address: `/apps/${seen.app}`, ready: (p) => p.getByText(/Release 6 waits|发布 6 等待确认/).first().waitFor() };
  const screens = [held, { name: "app-abort", address: `/apps/${seen.app}/abort/6` }];
  await inspectAll(screens.map((screen) => ({ ...screen, storageState })), { baseURL: server.url, views: NARROW_AND_WIDE });
  await page.getByRole("link", { name: "Abort", exact: true }).click();
  await page.waitForURL(/\/abort\/6$/);
  await page.locator('[name="reason"]').fill("too slow");
  await page.getByRole("button", { name: "Abort release 6" }).click();
  await page.waitForURL((url) => url.pathname === `/apps/${seen.app}`);
  await becomes(page, "Serving", 6);
  const now = await until("its pods are left", pods, (p) => Object.keys(p).length === 1);
  assert.deepEqual(now, before);
  const { row, releases } = await detail();
  assert.deepEqual([row.state, row.ready, row.image], ["serving", 4, `${seen.lab.registry}/demo:2.0.0`]);
  assert.deepEqual([releases[0].state, releases[0].problem.en], ["aborted", "Aborted by keeper: too slow"]);
  assert.equal(releases[1].state, "live");
  const { rows } = await seen.owner.get(`/operations?app=${seen.app}`);
  assert.deepEqual([rows[0].state, rows[0].problem.en], ["cancelled", "Aborted by keeper: too slow"]);
  await page.goto("/audit");
  await page.getByText("Abort release").first().waitFor();
});

it("aborts an upgrade that brought autoscaling, and nothing decides on the pods any more", options, async () => {
  const before = await pods();
  await change(spec("demo:1.0.0", { replicas: "5", max_replicas: "6", first_batch: "wait" }));
  const { row } = await until("it does not wait", detail, (d) => d.rollout.held);
  assert.equal((await objectsOf(seen.lab, NAMESPACE, seen.app)).HorizontalPodAutoscaler.length, 1);
  const aborted = await ended(act(`releases/${row.release}/abort`, { reason: "" }));
  assert.equal(aborted.row.state, "cancelled", JSON.stringify(aborted));
  assert.equal((await objectsOf(seen.lab, NAMESPACE, seen.app)).HorizontalPodAutoscaler, undefined);
  await until("its pods are left", pods, (p) => Object.keys(p).length === 1 && p[5]?.length === 4);
  assert.deepEqual(await pods(), before);
  assert.equal((await deployment()).spec.replicas, 4);
});

it("rolls back in the middle of an upgrade without replacing the pods that are there", options, async () => {
  const before = await pods();
  const stuck = await change(spec("never-ready:1.0.0", { replicas: "4", first_batch: "wait" }));
  await until("its first batch does not come", pods, (p) => p[8]?.length === 1);
  const { rollout } = await detail();
  assert.equal(rollout.held, false, "a batch that does not serve asks nobody");
  const back = await ended(act("releases/5/rollback", { reason: "not ready" }));
  assert.equal(back.row.state, "succeeded", JSON.stringify(back));
  assert.equal((await seen.owner.ended(stuck.operation)).row.state, "cancelled");
  assert.deepEqual(await until("its pods are left", pods, (p) => Object.keys(p).length === 1), before);
  const { releases } = await detail();
  assert.deepEqual([releases[0].number, releases[0].pods, releases[0].rollback_of, releases[0].state], [9, 5, 5, "live"]);
});

it("leaves a release that failed as it is, when that was chosen", options, async () => {
  const before = await pods();
  const operation = await ended(change(spec("never-ready:1.0.0", { replicas: "4", deadline: "15", at_deadline: "stay" })));
  assert.equal(operation.row.state, "failed");
  assert.match(operation.row.problem.en, /readiness check fails.*Release 9 keeps serving; the new pods stay as they are/);
  assert.equal(operation.steps.at(-1).name, "freeze");
  await sleep(5000);
  const now = await pods();
  assert.deepEqual([now[5], now[10]?.length], [before[5], 1]);
  assert.equal((await deployment()).spec.paused, true, "it does not go on behind our back");
  await askUntil(seen.url, (a) => a.version === "2.0.0");
  assert.equal((await ended(act("releases/9/rollback", { reason: "seen enough" }))).row.state, "succeeded");
  assert.deepEqual(await until("its pods are left", pods, (p) => Object.keys(p).length === 1), before);
  assert.equal((await deployment()).spec.paused, undefined);
});

it("scales to nothing and back in the browser", options, async ({ page, server, storageState }) => {
  const screens = [
    { name: "app-scale", address: `/apps/${seen.app}/scale`, storageState },
    { name: "app-restart", address: `/apps/${seen.app}/restart`, storageState },
  ];
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
  const scale = async (replicas) => {
    await until("something is under way", detail, (d) => d.rollout.operation === null);
    await page.goto(`/apps/${seen.app}/scale`);
    await hydrated(page);
    await page.locator('[name="form[replicas]"]').fill(replicas);
    await page.getByRole("button", { name: "Will it fit?" }).click();
    await page.getByText(new RegExp(`^Fits: ${replicas} pods`)).first().waitFor();
    await page.locator('[name="form[reason]"]').fill("the night");
    await page.getByRole("button", { name: "Scale", exact: true }).click();
    await page.waitForURL((url) => url.pathname === `/apps/${seen.app}`);
  };
  await page.goto(`/apps/${seen.app}/scale`);
  await hydrated(page);
  const wide = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.locator('[name="form[replicas]"]').fill("30");
  await page.getByRole("button", { name: "Will it fit?" }).click();
  await page.getByText(/^It would fit with \d+ instead of 30 pods/).waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the answer is wider than a phone");
  await page.setViewportSize(wide);
  await scale("0");
  await becomes(page, "Stopped", 12);
  await until("it does not end", detail, (d) => d.rollout.operation === null);
  await assert.rejects(act("restart", { reason: "" }), (e) => e.status === 409 && /no pod to restart/.test(e.message));
  await scale("1");
  await becomes(page, "Serving", 13);
  await askUntil(seen.url, (a) => a.version === "2.0.0");
});

it("tells what was changed by hand in the cluster, and by whom", options, async ({ page, server, storageState }) => {
  assert.deepEqual((await seen.owner.get(`/apps/${seen.app}/drift`)).differs, [], "untouched");
  await assert.rejects(act("drift/reversal", { reason: "" }), (e) => e.status === 409 && /nothing to revert/.test(e.message));
  const by = (...what) => kubectl(seen.lab, "-n", NAMESPACE, ...what);
  await by("set", "env", "deployment/web", "GREETING=by hand");
  await by("scale", "deployment/web", "--replicas=2");
  await by("patch", "service", "web", "--type=json", "-p", '[{"op":"replace","path":"/spec/selector/longshore.dev~1app","value":"nobody"}]');
  const config = (await deployment()).spec.template.spec.volumes.find((volume) => volume.configMap).configMap.name;
  await by("delete", "configmap", config);
  const drift = await seen.owner.get(`/apps/${seen.app}/drift`);
  const told = drift.differs.flatMap((o) =>
    o.missing ? [`${o.kind} is missing`] : o.changes.map((c) => `${o.kind} ${c.path}: ${c.recorded} ${c.live} ${c.manager}`),
  );
  assert.deepEqual(told.sort(), [
    "ConfigMap is missing",
    "Deployment spec.replicas: 1 2 kubectl",
    "Deployment spec.template.spec.containers[app].env[GREETING].value: null by hand kubectl-set",
    `Service spec.selector.longshore.dev/app: ${seen.app} nobody kubectl-patch`,
  ]);
  const screen = { name: "app-drift", address: `/apps/${seen.app}/drift`, storageState };
  await inspectAll([screen], { baseURL: server.url, views: NARROW_AND_WIDE });
  await page.goto(`/apps/${seen.app}`);
  await hydrated(page);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("link", { name: "Compare with the cluster" }).click();
  await page.getByText("kubectl-set").waitFor();
  // What the record does not go together with: two ports of one name.
  await by("patch", "service", "web", "--type=json", "-p", '[{"op":"replace","path":"/spec/ports/0/port","value":8081}]');
  const ports = (await seen.owner.get(`/apps/${seen.app}/drift`)).differs.find((o) => o.kind === "Service").changes;
  assert.ok(ports.some((c) => c.path.startsWith("spec.ports[8080]") && c.live === null), JSON.stringify(ports));
  assert.ok(ports.some((c) => c.path.startsWith("spec.ports[8081]") && c.recorded === null), JSON.stringify(ports));
});

it("does not adopt what no specification can say, and names it", options, async ({ page }) => {
  await assert.rejects(act("drift/adoption", { reason: "" }), (e) => e.status === 409 && /Service web: spec\.selector/.test(e.message));
  await page.goto(`/apps/${seen.app}/drift`);
  await page.getByText("It cannot be adopted as a whole").waitFor();
  await page.getByText("Service web: spec.selector.longshore.dev/app").waitFor();
  assert.equal(await page.getByRole("button", { name: "Adopt" }).count(), 0);
});

it("reverts it: the cluster holds the record again, field by field", options, async ({ page }) => {
  await page.goto(`/apps/${seen.app}/drift`);
  await hydrated(page);
  await page.locator('[name="reason"]').fill("changed during the night");
  await page.getByRole("button", { name: "Revert" }).click();
  await page.waitForURL((url) => url.pathname === `/apps/${seen.app}`);
  await becomes(page, "Serving", 14);
  await until("it does not end", detail, (d) => d.rollout.operation === null);
  assert.deepEqual((await seen.owner.get(`/apps/${seen.app}/drift`)).differs, []);
  const { spec: made } = await deployment();
  assert.equal(made.template.spec.containers[0].env?.some((e) => e.name === "GREETING") ?? false, false, "what was added is gone");
  assert.equal(made.replicas, 1);
  await askUntil(seen.url, (a) => a.version === "2.0.0");
  const { releases } = await detail();
  assert.deepEqual([releases[0].rollback_of, releases[0].reason], [13, "changed during the night"]);
});

it("adopts what was changed by hand: a release says it, and no pod is touched", options, async ({ page, server, storageState }) => {
  const by = (...what) => kubectl(seen.lab, "-n", NAMESPACE, ...what);
  await by("set", "env", "deployment/web", "GREETING=by hand");
  await by("set", "resources", "deployment/web", "--requests=cpu=60m,memory=64Mi", "--limits=memory=96Mi");
  await by("scale", "deployment/web", "--replicas=2");
  await by("patch", "deployment", "web", "--type=json", "-p", JSON.stringify([
    { op: "replace", path: "/spec/template/spec/containers/0/readinessProbe/periodSeconds", value: 4 },
    { op: "replace", path: "/spec/progressDeadlineSeconds", value: 200 },
  ]));
  await by("rollout", "status", "deployment/web", "--timeout=90s");
  await until("a pod still leaves", () => by("get", "pods", "-o", "name"), (names) => names.split("\n").length === 2);
  const before = (await by("get", "pods", "-o", "name")).split("\n").sort();
  assert.deepEqual((await seen.owner.get(`/apps/${seen.app}/drift`)).unsayable, []);

  await inspectAll([{ name: "app-drift-adopt", address: `/apps/${seen.app}/drift`, storageState }], { baseURL: server.url, views: NARROW_AND_WIDE });
  await page.goto(`/apps/${seen.app}/drift`);
  await hydrated(page);
  await page.locator('[name="reason"]').first().fill("it helped last night");
  await page.getByRole("button", { name: "Adopt" }).click();
  await page.waitForURL((url) => url.pathname === `/apps/${seen.app}`);
  await becomes(page, "Serving", 15);
  await until("it does not end", detail, (d) => d.rollout.operation === null);
  assert.deepEqual((await seen.owner.get(`/apps/${seen.app}/drift`)).differs, []);
  assert.deepEqual((await by("get", "pods", "-o", "name")).split("\n").sort(), before, "no pod was touched");
  const { row, spec } = await seen.owner.get(`/apps/${seen.app}/releases/15`);
  assert.deepEqual([row.state, row.reason, row.rollback_of], ["live", "it helped last night", null]);
  const [app] = spec.containers;
  assert.deepEqual(
    [spec.replicas, spec.update.deadline_seconds, app.env.GREETING, app.resources.cpu, app.resources.memory_limit, app.readiness.period_seconds],
    [2, 200, "by hand", "60m", "96Mi", 4],
  );
  await askUntil(seen.url, (a) => a.greeting === "by hand");
  await assert.rejects(act("drift/adoption", { reason: "" }), (e) => e.status === 409 && /nothing to adopt/.test(e.message));
});

it("adopts another image as a release that is pinned to it", options, async () => {
  await kubectl(seen.lab, "-n", NAMESPACE, "set", "image", "deployment/web", `app=${seen.lab.registry}/demo:1.0.0`);
  const { operation } = await act("drift/adoption", { reason: "" });
  // It is an upgrade like any other, and this application's stop after their first batch.
  await until("its first batch does not serve", detail, (d) => d.rollout.held);
  await act("releases/16/continue");
  assert.equal((await seen.owner.ended(operation)).row.state, "succeeded");
  const release = await seen.owner.get(`/apps/${seen.app}/releases/16`);
  assert.equal(release.row.digest, seen.lab.images.get(`${seen.lab.registry}/demo:1.0.0`));
  const { spec: made } = await deployment();
  assert.ok(made.template.spec.containers[0].image.endsWith(release.row.digest), made.template.spec.containers[0].image);
  await askUntil(seen.url, (a) => a.version === "1.0.0" && a.greeting === "by hand");
  assert.deepEqual((await seen.owner.get(`/apps/${seen.app}/drift`)).differs, []);
});
