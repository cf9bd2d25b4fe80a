// "Will it fit?" against the real scheduler: random nodes, random load on them, random applications. It never says that
// something fits which the scheduler leaves waiting, and is hardly ever wrong the other way.
//
// LONGSHORE_FIT_CASES and LONGSHORE_FIT_SEED try more, and others.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFile } from "node:fs/promises";
import { Api } from "../cluster/lib/api.mjs";
import { lab as labCommand } from "../support/lab.mjs";
import { settle } from "../support/rest.mjs";
import { startServer } from "../support/server.mjs";
import { until } from "../support/until.mjs";

const LAB = "fit";
const NAMESPACE = "fit";
const NODES = 6;
const CASES = Number(process.env.LONGSHORE_FIT_CASES ?? 40);
const SEED = Number(process.env.LONGSHORE_FIT_SEED ?? 1);
const seen = {};

before(async () => {
  await labCommand("up", "--name", LAB, "--no-hosts", "--simulated", String(NODES));
  const file = await labCommand("kubeconfig", "--name", LAB);
  seen.api = Api.fromKubeconfig(file);
  seen.server = await startServer();
  const lab = { name: LAB, path: file, kubeconfig: await readFile(file, "utf8") };
  Object.assign(seen, await settle(seen.server, lab, { name: NAMESPACE, quota: { cpu: "1000", memory: "1000Gi", pods: "1000" } }));
});

after(async () => {
  seen.api?.close();
  await seen.server?.remove();
  await labCommand("down", "--name", LAB);
});

/** Numbers from 0 to 1 that a seed decides (Park and Miller). */
function numbers(seed) {
  let state = (seed * 48271) % 2147483647;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
const random = numbers(SEED);
const any = (list) => list[Math.floor(random() * list.length)];

const patch = (path, body) => seen.api.json(path, "PATCH", body, "application/merge-patch+json");

/** Gives each node other room, another zone, and sometimes a reason to take no pods. */
async function shuffle() {
  const { items } = await seen.api.json("/api/v1/nodes");
  for (const { metadata } of items) {
    const room = {
      cpu: any(["500m", "1", "2", "4"]),
      memory: any(["512Mi", "1Gi", "2Gi", "4Gi"]),
      pods: any(["2", "4", "10"]),
      "ephemeral-storage": any(["1Gi", "10Gi"]),
    };
    await patch(`/api/v1/nodes/${metadata.name}/status`, { status: { capacity: room, allocatable: room } });
    const zone = any(["a", "b", null]);
    await patch(`/api/v1/nodes/${metadata.name}`, {
      metadata: { labels: { "topology.kubernetes.io/zone": zone } },
      spec: {
        unschedulable: random() < 0.15 ? true : null,
        taints: random() < 0.15 ? [{ key: "kept", value: "yes", effect: any(["NoSchedule", "PreferNoSchedule"]) }] : null,
      },
    });
  }
}

function document({ replicas, cpu, memory, storage, over, strict }) {
  return JSON.stringify({
    kind: "worker",
    replicas,
    containers: [{ name: "app", image: "registry.invalid/web:1", resources: { cpu, memory, ...(storage && { storage }) } }],
    spread: { over, strict },
    update: { max_surge: 0, max_unavailable: 1 },
  });
}

const spec = (wanted) => ({ source: "document", document: document(wanted) });

const wish = () => ({
  replicas: 1 + Math.floor(random() * 8),
  cpu: any(["100m", "300m", "700m", "1500m"]),
  memory: any(["64Mi", "300Mi", "900Mi"]),
  storage: random() < 0.2 ? any(["300Mi", "2Gi"]) : undefined,
  over: any(["nodes", "zones", "one_per_node"]),
  strict: random() < 0.4,
});

/** Whether the scheduler finds a node for every pod. */
async function scheduled(app, replicas) {
  const selector = encodeURIComponent(`longshore.dev/app=${app}`);
  const pods = async () => (await seen.api.json(`/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${selector}`)).items;
  const decided = (pod) => pod.spec.nodeName || pod.status.conditions?.some((c) => c.type === "PodScheduled" && c.reason === "Unschedulable");
  const all = await until("the scheduler does not decide", pods, (found) => found.length === replicas && found.every(decided), 30);
  return all.every((pod) => pod.spec.nodeName);
}

/** What Longshore's watch shows of pods, so that the question is asked of what the scheduler sees. */
async function told() {
  const count = async () => {
    const { items } = await seen.api.json(`/api/v1/namespaces/${NAMESPACE}/pods`);
    const { total } = await seen.admin.get(`/clusters/${seen.cluster}/pods?namespace=${NAMESPACE}`);
    return items.filter((pod) => pod.spec.nodeName).length === total && items.length === total;
  };
  await until("the watch lags behind", count, Boolean, 30);
}

test("what is said to fit is scheduled, and what is said not to is not", { timeout: 600_000 }, async () => {
  const wrong = { optimistic: [], pessimistic: [] };
  const right = { fits: 0, does_not: 0 };
  for (let n = 0; n < CASES; n += 1) {
    if (n % 8 === 0) await shuffle();
    const wanted = wish();
    const { app, operation } = await seen.owner.post("/apps", {
      namespace: seen.namespace,
      name: `app-${n}`,
      spec: spec({ ...wanted, replicas: 0 }),
      reason: "",
    });
    const ended = await seen.owner.ended(operation);
    assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
    await told();
    const answer = await seen.owner.post("/apps/fit", { namespace: seen.namespace, app, spec: spec(wanted) });
    await patch(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/app-${n}`, { spec: { replicas: wanted.replicas } });
    const real = await scheduled(app, wanted.replicas);
    const said = `case ${n} of seed ${SEED}: ${JSON.stringify(wanted)}: ${answer.summary.en}`;
    if (answer.fits && !real) wrong.optimistic.push(said);
    else if (!answer.fits && real) wrong.pessimistic.push(said);
    else right[real ? "fits" : "does_not"] += 1;
    // Some stay as the load for the next ones; what waits would only stand in their way.
    if (!real || random() < 0.5) {
      const { operation: removal } = await seen.owner.delete(`/apps/${app}?confirm=app-${n}`);
      await seen.owner.ended(removal);
    }
  }
  assert.deepEqual(wrong.optimistic, []);
  assert.ok(wrong.pessimistic.length <= CASES * 0.02, wrong.pessimistic.join("\n"));
  assert.ok(right.fits > CASES / 5 && right.does_not > CASES / 10, `the cases are not worth much: ${JSON.stringify(right)}`);
});
