// The API server of a cluster is away for half a minute in the middle of a publish, an upgrade, a rollback and a deletion.
// Each waits and says why, goes on by itself when the API server is back, and leaves nothing doubled or behind. Longshore
// itself answers meanwhile.
//
// It is a lab of its own, for nothing else could go on in it. What runs on its nodes is simulated: images matter to nobody here.
import assert from "node:assert/strict";
import { after } from "node:test";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { kubectl } from "../support/kubectl.mjs";
import { lab as labCommand } from "../support/lab.mjs";
import { namesIn, objectsOf } from "../support/objects.mjs";
import { live, settle } from "../support/rest.mjs";
import { suite } from "../support/suite.mjs";
import { until } from "../support/until.mjs";
import { signIn } from "../pages/session.mjs";

const LAB = "outage";
const NAMESPACE = "outage";
const NODES = 4;
/** How long nobody answers, in milliseconds. */
const AWAY = 30_000;
/**
 * What works by the API server. On machines of its own it ends when it cannot renew its lease, and is started anew; one that
 * went on would not try again for up to a minute, and would take nodes for lost of which it has heard nothing.
 */
const WITH_IT = ["controller-manager", "scheduler", "kwok"];
/** What keeps an object from going until a person says so. */
const HOLD = "tests.longshore.dev/hold";
const options = { timeout: 540_000 };
const seen = {};

async function ownLab() {
  await labCommand("up", "--name", LAB, "--no-hosts", "--simulated", String(NODES));
  const file = await labCommand("kubeconfig", "--name", LAB);
  const { registry } = JSON.parse(await labCommand("status", "--json", "--name", LAB));
  seen.lab = { name: LAB, path: file, kubeconfig: await readFile(file, "utf8"), registry };
  return seen.lab;
}

after(() => labCommand("down", "--name", LAB));

const it = suite({
  journey: true,
  lab: ownLab,
  server: () => ({ args: ["--insecure-registry", seen.lab.registry] }),
  signIn: async ({ page, server }) => {
    Object.assign(seen, await settle(server, seen.lab, { name: NAMESPACE }));
    await signIn(page, "admin", "a harbour of its own");
    // What Kubernetes itself puts into each namespace is there before anything is counted.
    await until("the namespace is not made", () => kubectl(seen.lab, "get", "serviceaccount", "default", "-n", NAMESPACE).catch(() => ""), Boolean);
    seen.before = await names();
  },
});

const spec = (word, { proven, deadline, secrets }) => ({
  source: "document",
  document: JSON.stringify({
    replicas: 2,
    containers: [
      {
        image: `${seen.lab.registry}/demo:1.0.0`,
        ports: [{ port: 8080 }],
        resources: { cpu: "50m", memory: "64Mi" },
        env: { GREETING: `hello from ${word}` },
        secrets: ["TOKEN"],
        files: [{ path: "/etc/demo/config.yaml", content: `mode: ${word}\n` }],
        readiness: { http: { path: "/readyz" } },
      },
    ],
    update: { max_surge: 1, max_unavailable: 0, min_ready_seconds: proven, deadline_seconds: deadline },
  }),
  secrets,
});

/** What the namespace holds, but for the accounts at registries, which it is handed at its own time. */
const names = async () => (await namesIn(seen.lab, NAMESPACE)).filter((name) => name !== "Secret longshore-pull");
const detail = () => seen.owner.get(`/apps/${seen.app}`);
const operation = (id) => seen.owner.get(`/operations/${id}`);
const running = ({ steps }) => steps.find((step) => step.state === "running");
const cluster = async () => (await seen.admin.get(`/clusters/${seen.cluster}`)).cluster;
const objects = () => objectsOf(seen.lab, NAMESPACE, seen.app);

/** Waits until an operation says that it waits in a step, and why; it has not ended. */
async function waits(id, step, words) {
  const said = (whole) => running(whole)?.name === step && words.test(running(whole).note?.en ?? "");
  const whole = await until(`it does not say in ${step} why it waits`, () => operation(id), said, 90);
  assert.deepEqual([whole.row.state, whole.row.ended_at], ["running", null]);
}

/** Takes the API server away, for half a minute at least; `meanwhile` is called as soon as Longshore has noticed. */
async function away(meanwhile) {
  const since = Date.now();
  await labCommand("stop-component", "apiserver", ...WITH_IT, "--name", LAB);
  const gone = Date.now();
  try {
    await until("nobody notices", cluster, (row) => row.state === "stale", 60);
    await meanwhile();
    assert.equal((await cluster()).state, "stale");
    await sleep(Math.max(0, gone + AWAY - Date.now()));
  } finally {
    await labCommand("start-component", "apiserver", ...WITH_IT, "--name", LAB);
  }
  console.log(`# away for ${Math.round((Date.now() - since) / 1000)} s`);
}

/** Waits until an operation has ended well and the cluster is watched again. */
async function endsWell(id, steps) {
  const ended = await seen.owner.ended(id, 300);
  assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
  assert.deepEqual(ended.steps.map((step) => [step.name, step.state]), steps.map((name) => [name, "succeeded"]));
  await live(seen.admin, seen.cluster, 90);
}

const RELEASE_STEPS = ["configure", "apply", "roll_out", "collect"];

/** That there is one of everything, as many of what releases keep as given, and no pods but the newest release's. */
async function isThereOnce({ generation, configurations, secrets }) {
  const pods = async () => {
    const found = await objects();
    return { ...found, Pod: (found.Pod ?? []).filter((pod) => !pod.metadata.deletionTimestamp) };
  };
  const found = await until("old pods stay", pods, ({ Pod }) => Pod.length === 2, 60);
  const { Deployment: [deployment, ...more], Service, ConfigMap, Secret, ReplicaSet, Pod } = found;
  assert.deepEqual([more.length, Service.length, ConfigMap.length, Secret.length], [0, 1, configurations, secrets]);
  assert.equal(deployment.metadata.generation, generation, "one change for each release");
  for (const set of ReplicaSet) assert.equal(set.metadata.ownerReferences[0].uid, deployment.metadata.uid, "a ReplicaSet of another");
  const sets = new Set(Pod.map((pod) => pod.metadata.ownerReferences[0].uid));
  assert.equal(sets.size, 1, "the pods are of one release");
  const { releases } = await detail();
  assert.deepEqual(releases.filter((r) => r.state === "live").map((r) => [r.number, r.problem]), [[releases[0].number, null]]);
  assert.deepEqual((await seen.owner.get(`/apps/${seen.app}/drift`)).differs, []);
  assert.equal((await seen.owner.get(`/operations?app=${seen.app}`)).rows.length, releases.length, "each was done by one operation");
}

it("publishes through it, and everything else answers meanwhile", options, async ({ page, open, server }) => {
  const form = { namespace: seen.namespace, name: "web", spec: spec("one", { proven: 30, deadline: 150, secrets: "TOKEN=first" }), reason: "" };
  const started = await seen.owner.post("/apps", form);
  seen.app = started.app;
  await until("no pods come", detail, ({ rollout }) => rollout.ready === 2 && rollout.operation && running(rollout.operation)?.name === "roll_out", 90);
  await away(async () => {
    await waits(started.operation, "roll_out", /cannot be watched at the moment/);
    const { row } = await detail();
    assert.deepEqual([row.state, row.ready], ["unknown", 2], "the last that was known");
    assert.equal((await seen.admin.get(`/clusters/${seen.cluster}/nodes`)).total, NODES);
    const ready = await fetch(`${server.url}/readyz`);
    assert.deepEqual([ready.status, await ready.text()], [200, "ok\n"]);

    const stale = (of) => of.getByText("The cluster does not answer. What you see is the last that was known of it.").waitFor({ timeout: 30_000 });
    await page.goto(`/apps/${seen.app}`);
    await page.getByText("The cluster cannot be watched at the moment.").first().waitFor({ timeout: 30_000 });
    await stale(page);
    await page.goto(`/clusters/${seen.cluster}/nodes`);
    await page.getByText("simulated-00001").first().waitFor({ timeout: 30_000 });
    await page.getByText("Stale", { exact: true }).first().waitFor({ timeout: 30_000 });
    await stale(page);

    const { page: theirs } = await open({ storageState: undefined });
    await signIn(theirs, "keeper", "ships at dawn, twice");
    await theirs.goto(`/apps/${seen.app}`);
    await theirs.getByText("The cluster cannot be reached just now.").first().waitFor({ timeout: 30_000 });
  });
  await endsWell(started.operation, RELEASE_STEPS);
  await isThereOnce({ generation: 1, configurations: 1, secrets: 1 });
});

it("upgrades when that is asked for meanwhile, also when the release's deadline has passed until then", options, async () => {
  const deadline = 30;
  let started;
  await away(async () => {
    const asked = Date.now();
    const change = { spec: spec("two", { proven: 2, deadline, secrets: "TOKEN=second" }), reason: "", based_on: "1" };
    started = await seen.owner.put(`/apps/${seen.app}`, change);
    await waits(started.operation, "configure", /The cluster does not answer/);
    // It is tried again half a minute after it was begun, and then knows that the deadline has passed.
    await until("time stands still", () => Math.round((Date.now() - asked) / 1000), (seconds) => seconds > deadline + 20);
    await waits(started.operation, "configure", /The cluster does not answer/);
  });
  await endsWell(started.operation, RELEASE_STEPS);
  await isThereOnce({ generation: 2, configurations: 2, secrets: 2 });
});

it("rolls back through it, to what there was", options, async () => {
  const { operation: id } = await seen.owner.post(`/apps/${seen.app}/releases/1/rollback`, { reason: "two was slow" });
  const begun = ({ rollout }) => rollout.release === 3 && rollout.updated > 0 && rollout.operation && running(rollout.operation)?.name === "roll_out";
  await until("no new pod comes", detail, begun, 90);
  await away(() => waits(id, "roll_out", /cannot be watched at the moment/));
  await endsWell(id, RELEASE_STEPS);
  await isThereOnce({ generation: 3, configurations: 2, secrets: 2 });
  const { releases } = await detail();
  assert.deepEqual(releases.map((r) => [r.number, r.state, r.rollback_of]), [[3, "live", 1], [2, "superseded", null], [1, "superseded", null]]);
});

it("deletes through it, and leaves nothing", options, async () => {
  const finalizers = (list) => JSON.stringify({ metadata: { finalizers: list } });
  const held = (await objects()).ConfigMap[0].metadata.name;
  const hold = (list) => kubectl(seen.lab, "patch", "configmap", held, "-n", NAMESPACE, "--type=merge", "-p", finalizers(list));
  await hold([HOLD]);
  const { operation: id } = await seen.owner.delete(`/apps/${seen.app}?confirm=web`);
  await waits(id, "vanish", new RegExp(`Still there: .*ConfigMap ${held}`));
  await away(() => waits(id, "vanish", /The cluster does not answer/));
  await waits(id, "vanish", new RegExp(`Still there: .*ConfigMap ${held}`));
  await hold(null);
  await endsWell(id, ["withdraw", "vanish", "forget"]);
  assert.deepEqual(await objects(), {});
  assert.deepEqual(await names(), seen.before);
  await assert.rejects(detail(), { status: 404 });
});
