// Durable operations: the server is killed with SIGKILL at every boundary between two steps of publish, upgrade, roll back
// and delete, once before a step's end is recorded and once after. The next server goes on, and nothing is done twice.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hasRealHosts, lab as labCommand, startLab } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { live, settle } from "../support/rest.mjs";
import { Server, freePort } from "../support/server.mjs";
import { askUntil } from "../support/traffic.mjs";
import { applyAll, available, podsOf, unmanaged } from "../support/unmanaged.mjs";

const NAMESPACE = `durable-${Date.now().toString(36)}`;
const RELEASE_STEPS = ["configure", "apply", "roll_out", "collect"];
const HELD_STEPS = ["configure", "apply", "first_batch", "go_on", "roll_out", "collect"];
const IMPORT_STEPS = ["configure", "take_over", "apply", "roll_out", "collect"];
const REMOVAL_STEPS = ["withdraw", "vanish", "forget"];
const boundaries = (kind, steps) => steps.flatMap((step) => [`${kind}:${step}`, `${kind}:${step}:recorded`]);

const options = { timeout: 400_000, skip: !hasRealHosts };
const seen = {};
let lab;
let place;

/** A server on the same data; it dies at `point`. */
async function start(point) {
  const env = point ? { LONGSHORE_CRASH_AFTER: point } : {};
  seen.server = new Server({ ...place, args: ["--insecure-registry", lab.registry], env });
  // It may reach its point before it has said that it listens.
  await seen.server.start().catch((error) => {
    if (!point || seen.server.isRunning) throw error;
  });
  for (const caller of [seen.admin, seen.owner]) if (caller) caller.server = seen.server;
  return seen.server;
}

async function died(point) {
  const end = Date.now() + 90_000;
  while (seen.server.isRunning) {
    assert.ok(Date.now() < end, `the server did not reach ${point}:\n${seen.server.output.slice(-4000)}`);
    await sleep(50);
  }
}

/** Starts an operation and kills a server at each boundary of it; gives back the operation at its end. */
async function throughAll(points, begin, between = async () => {}) {
  await seen.server.stop();
  await start(points[0]);
  await live(seen.admin, seen.cluster);
  const { operation } = await begin();
  for (const [index, point] of points.entries()) {
    await died(point);
    await start(points[index + 1]);
    await between(points[index + 1]);
  }
  return seen.owner.ended(operation);
}

const spec = (version, word) => ({
  image: `${lab.registry}/demo:${version}`,
  replicas: "2",
  port: "8080",
  cpu: "50m",
  memory: "64Mi",
  health_path: "/readyz",
  env: `GREETING=hello from ${word}\nDRAIN_SECONDS=0`,
  config_path: "/etc/demo/config.yaml",
  config_content: `mode: ${word}\n`,
  secrets: `TOKEN=secret of ${word}`,
  deadline: "90",
});

before(async () => {
  if (!hasRealHosts) return;
  lab = await startLab();
  place = { dataDir: await mkdtemp(path.join(os.tmpdir(), "longshore-test-")), port: await freePort() };
  const server = await start();
  Object.assign(seen, await settle(server, lab, { name: NAMESPACE }));
});

after(async () => {
  await seen.server?.remove();
  if (lab) await kubectl(lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

function assertSteps(operation, names) {
  assert.equal(operation.row.state, "succeeded", JSON.stringify(operation));
  assert.deepEqual(operation.steps.map((step) => step.state), names.map(() => "succeeded"));
}

test("publish survives a kill at every boundary", options, async () => {
  const form = { namespace: seen.namespace, name: "web", spec: spec("1.0.0", "one"), reason: "first" };
  const points = boundaries("publish", RELEASE_STEPS);
  const operation = await throughAll(points, async () => {
    const started = await seen.owner.post("/apps", form);
    seen.app = started.app;
    return started;
  });
  assertSteps(operation, RELEASE_STEPS);
  const app = await seen.owner.get(`/apps/${seen.app}`);
  assert.deepEqual(app.releases.map((r) => [r.number, r.state]), [[1, "live"]]);
  const objects = await objectsOf(lab, NAMESPACE, seen.app);
  const counts = Object.fromEntries(Object.entries(objects).map(([kind, all]) => [kind, all.length]));
  assert.deepEqual(counts, { Deployment: 1, ReplicaSet: 1, Pod: 2, Service: 1, ConfigMap: 1, Secret: 1 });
  assert.equal(objects.Deployment[0].metadata.generation, 1, "the Deployment was made once and never changed");
  seen.url = await labCommand("service-url", NAMESPACE, "web", "--name", lab.name);
  const answer = await askUntil(seen.url, (a) => a.version === "1.0.0");
  assert.deepEqual([answer.config, answer.greeting], ["mode: one\n", "hello from one"]);
  const { rows } = await seen.owner.get(`/operations?app=${seen.app}`);
  assert.equal(rows.length, 1);
});

test("an upgrade that stops after its first batch survives a kill at every boundary", options, async () => {
  const what = { ...spec("2.0.0", "two"), first_batch: "wait" };
  const operation = await throughAll(
    boundaries("publish", HELD_STEPS),
    () => seen.owner.put(`/apps/${seen.app}`, { spec: what, reason: "second", based_on: "1" }),
    async (next) => {
      if (next !== "publish:go_on") return;
      // A server that has just started shows pods once it has read them.
      for (const end = Date.now() + 60_000; ; await sleep(200)) {
        const { rollout } = await seen.owner.get(`/apps/${seen.app}`);
        if (rollout.held && rollout.updated_ready === 1 && rollout.ready === 3) break;
        assert.ok(Date.now() < end, JSON.stringify(rollout));
      }
      await seen.owner.post(`/apps/${seen.app}/releases/2/continue`, {});
    },
  );
  assertSteps(operation, [...HELD_STEPS, "go_ahead"]);
});

test("a rollback survives a kill at every boundary, and is exact", options, async () => {
  await askUntil(seen.url, (a) => a.version === "2.0.0" && a.greeting === "hello from two");
  const points = boundaries("roll_back", RELEASE_STEPS);
  const operation = await throughAll(points, () =>
    seen.owner.post(`/apps/${seen.app}/releases/1/rollback`, { reason: "two was slow" }),
  );
  assertSteps(operation, RELEASE_STEPS);
  const app = await seen.owner.get(`/apps/${seen.app}`);
  const timeline = app.releases.map((r) => [r.number, r.state, r.rollback_of]);
  assert.deepEqual(timeline, [[3, "live", 1], [2, "superseded", null], [1, "superseded", null]]);
  const objects = await objectsOf(lab, NAMESPACE, seen.app);
  assert.equal(objects.Deployment.length, 1);
  assert.equal(objects.Deployment[0].metadata.generation, 4, "one change for each release, and one to let the second go on");
  assert.equal(objects.ConfigMap.length, 2, "the rollback shares the first release's configuration");
  assert.equal(objects.Secret.length, 2, "and its secrets");
  const answer = await askUntil(seen.url, (a) => a.version === "1.0.0");
  assert.deepEqual([answer.config, answer.greeting], ["mode: one\n", "hello from one"]);
});

test("a deletion survives a kill at every boundary, and leaves nothing", options, async () => {
  const points = boundaries("delete_app", REMOVAL_STEPS);
  // The last boundary is the end itself: after it there is nothing left to do.
  const operation = await throughAll(points, () => seen.owner.delete(`/apps/${seen.app}?confirm=web`));
  assertSteps(operation, REMOVAL_STEPS);
  assert.deepEqual(await objectsOf(lab, NAMESPACE, seen.app), {});
  await assert.rejects(seen.owner.get(`/apps/${seen.app}`), { status: 404 });
});

test("an import survives a kill at every boundary, and its pods run on", options, async () => {
  await applyAll(lab, unmanaged(lab, NAMESPACE, "old"));
  await available(lab, NAMESPACE, "old");
  const pods = await podsOf(lab, NAMESPACE, "app=old");
  const operation = await throughAll(boundaries("import", IMPORT_STEPS), async () => {
    const started = await seen.owner.post(`/namespaces/${seen.namespace}/unmanaged/old/import`, { reason: "killed" });
    seen.app = started.app;
    return started;
  });
  assertSteps(operation, IMPORT_STEPS);
  assert.deepEqual(await podsOf(lab, NAMESPACE, `longshore.dev/app=${seen.app}`), pods);
  const objects = await objectsOf(lab, NAMESPACE, seen.app);
  assert.deepEqual([objects.Deployment.length, objects.ReplicaSet.length, objects.Deployment[0].metadata.generation], [1, 1, 1]);
});

test("what keeps data survives a kill at every boundary, and goes with its disks when that is wished", options, async () => {
  const { secrets, ...form } = spec("1.0.0", "three");
  const what = { ...form, replicas: "1", data_path: "/var/lib/keeper", data_size: "16Mi" };
  const started = await throughAll(boundaries("publish", RELEASE_STEPS), async () => {
    const begun = await seen.owner.post("/apps", { namespace: seen.namespace, name: "keeper", spec: what, reason: "" });
    seen.app = begun.app;
    return begun;
  });
  assertSteps(started, RELEASE_STEPS);
  const { StatefulSet, Pod } = await objectsOf(lab, NAMESPACE, seen.app);
  assert.deepEqual([StatefulSet.length, StatefulSet[0].metadata.generation, Pod.length], [1, 1, 1]);
  const disks = () => kubectl(lab, "-n", NAMESPACE, "get", "persistentvolumeclaims", "-o", "name");
  assert.equal(await disks(), "persistentvolumeclaim/data-keeper-0");
  const gone = await throughAll(boundaries("delete_app", REMOVAL_STEPS), () =>
    seen.owner.delete(`/apps/${seen.app}?confirm=keeper&disks=delete`),
  );
  assertSteps(gone, REMOVAL_STEPS);
  assert.deepEqual(await objectsOf(lab, NAMESPACE, seen.app), {});
  assert.equal(await disks(), "");
});
