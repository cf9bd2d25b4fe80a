// A namespace that the cluster had before Longshore becomes a tenant's, and a Deployment in it becomes an app: its pods run
// on, nobody who asks the Service notices, and from then on it is upgraded and rolled back as any other. What cannot be taken
// in is said, and nothing is touched.
import assert from "node:assert/strict";
import { after } from "node:test";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts, lab as labCommand } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { settle } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { askUntil, startTraffic } from "../support/traffic.mjs";
import { applyAll, available, podsOf, unmanaged } from "../support/unmanaged.mjs";
import { becomes } from "../pages/app.mjs";
import { signIn } from "../pages/session.mjs";

const STAMP = Date.now().toString(36);
const OWN = `own-${STAMP}`;
const OLD = `old-${STAMP}`;
const seen = {};

const it = suite({
  lab: true,
  journey: true,
  server: ({ lab }) => ({ args: ["--insecure-registry", lab.registry] }),
  signIn: async ({ page, server, lab }) => {
    seen.lab = lab;
    Object.assign(seen, await settle(server, lab, { name: OWN }));
    await signIn(page, "keeper", "ships at dawn, twice");
  },
});

after(async () => {
  if (!seen.lab) return;
  for (const name of [OWN, OLD]) await kubectl(seen.lab, "delete", "namespace", name, "--ignore-not-found", "--wait=false");
});

const options = { skip: !hasRealHosts };
const existing = async (caller, more = {}) => {
  const { tenant } = await seen.admin.get(`/namespaces/${seen.namespace}`);
  const form = { cluster: seen.cluster, tenant, name: OLD, cpu: "2", memory: "2Gi", pods: "20", existing: "yes", ...more };
  return caller.post("/namespaces", form);
};
/** One that is reached at a port of the nodes, with a port that is nobody's and with an autoscaler of another name. */
function outside(lab) {
  const objects = unmanaged(lab, OLD, "outside").filter((object) => object.kind !== "PodDisruptionBudget");
  const of = (kind) => objects.find((object) => object.kind === kind);
  of("Deployment").spec.template.spec.containers[0].ports.push({ name: "admin", containerPort: 9090 });
  Object.assign(of("Service").spec, { type: "NodePort", ports: [{ port: 80, targetPort: 8080 }] });
  objects.push({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "outside-scaler", namespace: OLD },
    spec: {
      minReplicas: 2,
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "outside" },
      metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 500 } } }],
    },
  });
  return objects;
}
/** Where the nodes answer for a Service. */
async function atNodes(lab, name) {
  const [service, nodes] = await Promise.all([
    kubectl(lab, "-n", OLD, "get", "service", name, "-o", "json"),
    kubectl(lab, "get", "nodes", "-o", "json"),
  ]);
  const real = JSON.parse(nodes).items.filter((node) => node.metadata.name.startsWith("host-"));
  const addresses = real.map((node) => node.status.addresses.find((each) => each.type === "InternalIP").address);
  const [port] = JSON.parse(service).spec.ports;
  return addresses.map((address) => `http://${address}:${port.nodePort}/`);
}
const refused = async (call, status, words) => {
  const error = await call.then(() => assert.fail("it was not refused"), (refusal) => refusal);
  assert.equal(error.status, status, error.message);
  assert.match(error.message, words);
};

it("takes a namespace over only when what runs there can go on running", options, async ({ lab }) => {
  await refused(existing(seen.admin), 422, /has no namespace old-/);
  await kubectl(lab, "create", "namespace", OLD);
  const stubborn = unmanaged(lab, OLD, "stubborn");
  const { template } = stubborn.find((object) => object.kind === "Deployment").spec;
  template.spec.nodeSelector = { "kubernetes.io/os": "linux" };
  delete template.spec.securityContext.runAsNonRoot;
  await applyAll(lab, [...unmanaged(lab, OLD, "web"), ...outside(lab), ...stubborn]);
  await Promise.all(["web", "outside", "stubborn"].map((name) => available(lab, OLD, name)));
  await refused(existing(seen.owner), 403, /platform's administrators/);
  await refused(existing(seen.admin, { pods: "3", memory: "100Mi" }), 422, /have 384Mi already.*have 6 already/);
  await refused(existing(seen.admin), 409, /Pod Security “restricted”.*runAsNonRoot/);
  const labels = JSON.parse(await kubectl(lab, "get", "namespace", OLD, "-o", "json")).metadata.labels;
  assert.deepEqual(Object.keys(labels), ["kubernetes.io/metadata.name"], "nothing was touched");
  template.spec.securityContext.runAsNonRoot = true;
  await applyAll(lab, stubborn);
  await available(lab, OLD, "stubborn");
  // A pod that is still leaving counts.
  for (let tries = 0; ; tries += 1) {
    const made = await existing(seen.admin).catch((error) => error);
    if (made.id) {
      seen.old = made.id;
      break;
    }
    assert.ok(tries < 30 && made.status === 409, made.message);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  // What comes from outside goes on coming in, though a tenant's walls stand now.
  seen.nodes = await atNodes(lab, "outside");
  for (const address of seen.nodes) await askUntil(address, (answer) => answer.version === "1.0.0");
  const policies = JSON.parse(await kubectl(lab, "-n", OLD, "get", "networkpolicies", "-o", "json")).items;
  assert.deepEqual(policies.map((policy) => policy.metadata.name).sort(), ["longshore", "outside"]);
  seen.before = await podsOf(lab, OLD, "app=web");
  assert.equal(seen.before.length, 2);
});

it("shows what would become of a Deployment, and what is in the way", options, async ({ page, server }) => {
  await page.goto(`/namespaces/${seen.old}`);
  await hydrated(page);
  await page.getByRole("heading", { name: "Not run by Longshore" }).waitFor();
  await page.getByRole("link", { name: "stubborn" }).click();
  await page.getByText("It cannot become an app as it is").waitFor();
  await page.getByText(/spec\.template\.spec\.nodeSelector is .*linux/).waitFor();
  assert.equal(await page.getByRole("button", { name: "Import as an app" }).count(), 0);
  await refused(seen.owner.post(`/namespaces/${seen.old}/unmanaged/stubborn/import`, { reason: "" }), 409, /nodeSelector/);
  const plan = await seen.owner.get(`/namespaces/${seen.old}/unmanaged/web`);
  assert.deepEqual(plan.obstacles, []);
  assert.deepEqual([plan.takes, plan.secrets], [["Service web", "PodDisruptionBudget web-budget"], ["TOKEN"]]);
  assert.ok(!JSON.stringify(plan).includes("secret of before"), "values of secrets are in no answer");
  const storageState = await page.context().storageState();
  const screens = [
    { name: "namespace-unmanaged", address: `/namespaces/${seen.old}`, storageState },
    { name: "import", address: `/namespaces/${seen.old}/import/web`, storageState },
    { name: "import-refused", address: `/namespaces/${seen.old}/import/stubborn`, storageState },
  ];
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
});

it("takes the Deployment over without a restart and without a failed request", options, async ({ page, lab }) => {
  seen.url = await labCommand("service-url", OLD, "web", "--name", lab.name);
  await askUntil(seen.url, (answer) => answer.version === "1.0.0");
  const traffic = startTraffic(seen.url);
  await page.goto(`/namespaces/${seen.old}/import/web`);
  await hydrated(page);
  await page.getByText("Service web goes over to the app").waitFor();
  await page.getByLabel("Why").fill("from now on with Longshore");
  await page.getByRole("button", { name: "Import as an app" }).click();
  await page.waitForURL(/\/apps\/[0-9a-f-]+$/);
  seen.app = page.url().split("/").at(-1);
  await becomes(page, "Serving", 1);
  const { failures, answered } = await traffic.stop();
  assert.deepEqual(failures, []);
  assert.ok(answered > 60);
  assert.deepEqual(await podsOf(lab, OLD, `longshore.dev/app=${seen.app}`), seen.before, "the same pods, not started anew");
  const objects = await objectsOf(lab, OLD, seen.app);
  const counts = Object.fromEntries(Object.entries(objects).map(([kind, all]) => [kind, all.length]));
  assert.deepEqual(counts, { Deployment: 1, ReplicaSet: 1, Pod: 2, Service: 1, ConfigMap: 1, Secret: 1, PodDisruptionBudget: 1 });
  assert.equal(objects.PodDisruptionBudget[0].metadata.name, "web", "the old one is gone");
  assert.deepEqual(objects.Service[0].spec.selector, { "longshore.dev/app": seen.app });
  assert.deepEqual((await seen.owner.get(`/apps/${seen.app}/drift`)).differs, []);
  const left = (await seen.owner.get(`/namespaces/${seen.old}/unmanaged`)).map((row) => row.name);
  assert.deepEqual(left, ["outside", "stubborn"]);
});

it("keeps the ports of the nodes, what scales it and what is private", options, async ({ lab }) => {
  const pods = await podsOf(lab, OLD, "app=outside");
  const traffic = startTraffic(seen.nodes[0]);
  const started = await seen.owner.post(`/namespaces/${seen.old}/unmanaged/outside/import`, { reason: "" });
  assert.equal((await seen.owner.ended(started.operation)).row.state, "succeeded");
  assert.deepEqual((await traffic.stop()).failures, []);
  assert.deepEqual(await atNodes(lab, "outside"), seen.nodes);
  assert.deepEqual(await podsOf(lab, OLD, `longshore.dev/app=${started.app}`), pods);
  const objects = await objectsOf(lab, OLD, started.app);
  assert.deepEqual(objects.HorizontalPodAutoscaler.map((object) => object.metadata.name), ["outside"]);
  assert.deepEqual(objects.Service[0].spec.ports.map((port) => [port.name, port.port, port.targetPort]), [["main", 80, 8080]]);
  assert.deepEqual(objects.NetworkPolicy[0].spec.ingress[0].ports, [{ port: 8080, protocol: "TCP" }]);
  assert.deepEqual((await seen.owner.get(`/apps/${started.app}/drift`)).differs, []);
  const { spec, row } = await seen.owner.get(`/apps/${started.app}`);
  const fixed = { ...spec, max_replicas: "" };
  const upgrade = await seen.owner.put(`/apps/${started.app}`, { spec: fixed, reason: "", based_on: String(row.release) });
  assert.equal((await seen.owner.ended(upgrade.operation)).row.state, "succeeded");
  assert.deepEqual(await atNodes(lab, "outside"), seen.nodes, "a release keeps them, too");
  const gone = await seen.owner.delete(`/apps/${started.app}?confirm=outside`);
  assert.equal((await seen.owner.ended(gone.operation)).row.state, "succeeded");
  assert.deepEqual(await objectsOf(lab, OLD, started.app), {});
});

it("upgrades it without a failed request and rolls it back with its configuration", options, async ({ lab }) => {
  const traffic = startTraffic(seen.url);
  const { spec, row } = await seen.owner.get(`/apps/${seen.app}`);
  const upgraded = { ...spec, image: `${lab.registry}/demo:2.0.0`, env: "GREETING=hello from after", config_content: "mode: after\n" };
  const started = await seen.owner.put(`/apps/${seen.app}`, { spec: upgraded, reason: "", based_on: String(row.release) });
  assert.equal((await seen.owner.ended(started.operation)).row.state, "succeeded");
  const answer = await askUntil(seen.url, (now) => now.version === "2.0.0");
  assert.deepEqual([answer.config, answer.greeting], ["mode: after\n", "hello from after"]);
  const back = await seen.owner.post(`/apps/${seen.app}/releases/1/rollback`, { reason: "as it was" });
  assert.equal((await seen.owner.ended(back.operation)).row.state, "succeeded");
  const old = await askUntil(seen.url, (now) => now.version === "1.0.0");
  assert.deepEqual([old.config, old.greeting], ["mode: before\n", "hello from before"]);
  const { failures, versions } = await traffic.stop();
  assert.deepEqual(failures, []);
  assert.ok(versions["1.0.0"] > 0 && versions["2.0.0"] > 0);
});

it("deletes what became the app's, and lets the namespace go only when nothing of others is in it", options, async ({ lab }) => {
  const gone = await seen.owner.delete(`/apps/${seen.app}?confirm=web`);
  assert.equal((await seen.owner.ended(gone.operation)).row.state, "succeeded");
  assert.deepEqual(await objectsOf(lab, OLD, seen.app), {});
  const left = JSON.parse(await kubectl(lab, "-n", OLD, "get", "services,replicasets,pods", "-o", "json")).items;
  assert.deepEqual(left.filter((object) => object.metadata.name.startsWith("web")), []);
  await refused(seen.admin.delete(`/namespaces/${seen.old}?confirm=${OLD}`), 409, /Deployment stubborn/);
});
