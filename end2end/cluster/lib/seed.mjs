// `lab seed` and `lab churn`: a cluster of benchmark size, and its daily unrest.
import { LabError } from './failure.mjs';
import { Api } from './api.mjs';
import { Etcd } from './etcd.mjs';
import { inParallel } from './parallel.mjs';
import { sleep, until } from './shell.mjs';
import { note, step } from './progress.mjs';
import { startComponent } from './control-plane.mjs';
import { daemonRuns, stopDaemon } from './daemons.mjs';
import { MANY_NODES } from './simulated-settings.mjs';
import { REPLICAS, TEAMS, namespaceName, nodeObject, podObject, workloadObjects } from './seed-objects.mjs';

const BATCH = 64;
const WIDTH = 6;

/** Writes `count` groups of pairs, `make(number)` giving each, many to a transaction. */
async function write(etcd, count, make, detail) {
  let done = 0;
  await inParallel(Math.ceil(count / BATCH), WIDTH, async (batch) => {
    const pairs = [];
    for (let number = batch * BATCH; number < Math.min(count, (batch + 1) * BATCH); number += 1) {
      for (const [key, object] of make(number)) pairs.push([key, JSON.stringify(object)]);
    }
    await etcd.putAll(pairs);
    done += Math.min(BATCH, count - batch * BATCH);
    detail(`${done} of ${count}`);
  });
}

async function makeNamespaces(api) {
  await inParallel(TEAMS, 8, (number) => api.apply({
    apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceName(number), labels: { 'longshore.dev/seeded': 'true' } },
  }));
}

/** Seeded nodes send no sign of life: whoever waits for one must be patient. */
async function expectSilence(lab, nodes) {
  const before = lab.record.simulated;
  lab.record.simulated = Math.max(before, nodes);
  lab.save();
  if (nodes > MANY_NODES && before <= MANY_NODES && daemonRuns(lab, 'kube-controller-manager')) {
    await stopDaemon(lab, 'kube-controller-manager');
    startComponent(lab, 'kube-controller-manager');
  }
}

/**
 * Writes nodes, workloads and pods straight into etcd; the same numbers give the
 * same objects. Returns when the API server counts them.
 */
export async function seed(lab, { nodes, pods, podBytes }) {
  if (!nodes || !pods) throw new LabError('lab seed takes --nodes and --pods, both more than 0.');
  if (nodes > 60_000 || pods > 900_000) throw new LabError('lab seed makes at most 60,000 nodes and 900,000 pods.');
  if (daemonRuns(lab, 'kwok')) {
    throw new LabError('This lab runs kwok, which would take every seeded pod in hand; seed a lab made with `up --no-hosts` and without `--simulated`.');
  }
  const api = Api.fromKubeconfig(lab.kubeconfig);
  const etcd = new Etcd(lab);
  try {
    await expectSilence(lab, nodes);
    await step(`${TEAMS} namespaces`, () => makeNamespaces(api));
    await step(`${nodes} nodes`, (detail) => write(etcd, nodes, (number) => [nodeObject(number + 1)], detail));
    const workloads = Math.ceil(pods / REPLICAS);
    await step(`${workloads} Deployments and ReplicaSets`, (detail) => write(
      etcd, workloads, (number) => workloadObjects(number, Math.min(REPLICAS, pods - number * REPLICAS)), detail,
    ));
    await step(`${pods} pods of about ${podBytes} bytes`, (detail) => write(
      etcd, pods, (number) => [podObject(number, nodes, podBytes)], detail,
    ));
    await step('the API server has seen them', () => until('the API server counts the pods', async () => {
      const page = await api.json('/api/v1/pods?limit=1');
      return 1 + (page.metadata.remainingItemCount ?? 0) >= pods;
    }, { timeout: 120_000, every: 1000, log: lab.log('kube-apiserver') }));
  } finally {
    api.close();
    etcd.close();
  }
}

/** Changes a pod as its kubelet would: one more restart, and not ready or ready again. */
function changed(text) {
  const pod = JSON.parse(text);
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const [container] = pod.status.containerStatuses ?? [];
  if (!container) return text;
  container.ready = !container.ready;
  if (!container.ready) container.restartCount += 1;
  container.started = container.ready;
  container.state = container.ready
    ? { running: { startedAt: now } }
    : { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container=app' } };
  for (const condition of pod.status.conditions ?? []) {
    if (condition.type.endsWith('Ready')) {
      condition.status = container.ready ? 'True' : 'False';
      condition.lastTransitionTime = now;
    }
  }
  return JSON.stringify(pod);
}

/** Up to `most` seeded pods of every team; only what is stored as JSON, which what the API server wrote is not. */
async function somePods(etcd, most) {
  const found = [];
  for (let team = 0; team < TEAMS; team += 1) {
    const pairs = await etcd.list(`/registry/pods/${namespaceName(team)}/`, { limit: Math.ceil(most / TEAMS) });
    for (const { key, value } of pairs) {
      if (value[0] === 0x7b) found.push([key, value.toString()]);
    }
  }
  return found;
}

/** Changes pods' status at `rate` a second for `seconds`; prints how many it changed. */
export async function churn(lab, { rate, seconds }) {
  if (!rate || !seconds) throw new LabError('lab churn takes --rate (changes a second) and --seconds.');
  const etcd = new Etcd(lab);
  try {
    const pods = await somePods(etcd, 10_000);
    if (!pods.length) throw new LabError('There are no seeded pods to change; run `lab seed` first.');
    const began = Date.now();
    let done = 0;
    await step(`${rate} changes a second to ${pods.length} pods for ${seconds} s`, async (detail) => {
      while (Date.now() - began < seconds * 1000) {
        const due = Math.min(Math.floor(((Date.now() - began) / 1000) * rate), done + 500);
        const batch = new Map();
        for (; done < due; done += 1) {
          // A stride that is no divisor: neighbours in time are not neighbours in a list.
          const at = (done * 7919) % pods.length;
          pods[at][1] = changed(pods[at][1]);
          batch.set(pods[at][0], pods[at][1]);
        }
        if (batch.size) await etcd.putAll([...batch]);
        detail(`${done} done`);
        await sleep(50);
      }
    });
    note(`${done} changes in ${((Date.now() - began) / 1000).toFixed(1)} s`);
    return done;
  } finally {
    etcd.close();
  }
}
