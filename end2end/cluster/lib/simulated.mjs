// Nodes that kwok pretends to be: they have no machine, but the API server,
// scheduler and controllers treat them and their pods as any others.
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KUBERNETES_VERSION } from './settings.mjs';
import { LabError } from './failure.mjs';
import { binary, moduleSource } from './binaries.mjs';
import { Api } from './api.mjs';
import { daemonRuns, requireDaemon, stopDaemon } from './daemons.mjs';
import { startComponent } from './control-plane.mjs';
import { MANY_NODES } from './simulated-settings.mjs';
import { until } from './shell.mjs';
import { step } from './progress.mjs';
import { inParallel } from './parallel.mjs';

const STAGES = [
  'node/fast/node-initialize.yaml',
  'node/heartbeat-with-lease/node-heartbeat-with-lease.yaml',
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
];

// Shapes as a mixed fleet has them, so that lists have something to sort and filter by.
const SHAPES = [
  { type: 'general-8', cpu: '8', memory: '32Gi', pods: '110' },
  { type: 'general-16', cpu: '16', memory: '64Gi', pods: '110' },
  { type: 'memory-16', cpu: '16', memory: '128Gi', pods: '110' },
  { type: 'compute-32', cpu: '32', memory: '64Gi', pods: '250' },
];

/** The name of a simulated node by its number, from 1 on. */
export const simulatedName = (number) => `simulated-${String(number).padStart(5, '0')}`;

/** A simulated node as it is posted; kwok fills in the rest of its status. */
export function simulatedNode(number) {
  const shape = SHAPES[number % SHAPES.length];
  const name = simulatedName(number);
  const zone = `zone-${'abc'[number % 3]}`;
  const size = { cpu: shape.cpu, memory: shape.memory, pods: shape.pods, 'ephemeral-storage': '200Gi' };
  const hex = number.toString(16).padStart(12, '0');
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake', 'node.alpha.kubernetes.io/ttl': '0' },
      labels: {
        type: 'kwok',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': name,
        'node.kubernetes.io/instance-type': shape.type,
        'node-role.kubernetes.io/worker': '',
        'topology.kubernetes.io/region': 'lab',
        'topology.kubernetes.io/zone': zone,
      },
    },
    status: {
      capacity: size,
      allocatable: size,
      addresses: [
        { type: 'InternalIP', address: `10.${96 - 32 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}` },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        architecture: 'amd64',
        bootID: `00000000-0000-4000-8000-${hex}`,
        containerRuntimeVersion: 'containerd://1.7.27',
        kernelVersion: '6.1.0-40-amd64',
        kubeProxyVersion: KUBERNETES_VERSION,
        kubeletVersion: KUBERNETES_VERSION,
        // A letter first: kwok's templates take a text of digits for a number.
        machineID: `f${number.toString(16).padStart(31, '0')}`,
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        systemUUID: `00000000-0000-4000-9000-${hex}`,
      },
    },
  };
}

/** kwok's configuration, taken from its own module into the cache, so that a later run needs no sources. */
export async function kwokStages() {
  const path = join(dirname(binary('kwok')), 'stages.yaml');
  if (!existsSync(path)) {
    const source = await moduleSource('kwok', 'sigs.k8s.io/kwok');
    const texts = STAGES.map((file) => readFileSync(join(source, 'kustomize', 'stage', file), 'utf8'));
    writeFileSync(`${path}.${process.pid}`, texts.join('\n---\n'));
    renameSync(`${path}.${process.pid}`, path);
  }
  return path;
}

async function restart(lab, name) {
  if (daemonRuns(lab, name)) await stopDaemon(lab, name);
  startComponent(lab, name);
}

async function readyCount(api) {
  const list = await api.json('/api/v1/nodes?labelSelector=type%3Dkwok');
  return list.items.filter((node) => node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')).length;
}

/** Raises the number of simulated nodes to `count`; returns when all of them are Ready. */
export async function simulateNodes(lab, api = Api.fromKubeconfig(lab.kubeconfig), count) {
  const before = lab.record.simulated;
  lab.record.simulated = count;
  lab.save();
  copyFileSync(await kwokStages(), lab.path('conf', 'kwok.yaml'));
  const becomesMany = count > MANY_NODES && before <= MANY_NODES;
  if (becomesMany && daemonRuns(lab, 'kube-controller-manager')) await restart(lab, 'kube-controller-manager');
  if (becomesMany || !daemonRuns(lab, 'kwok')) await restart(lab, 'kwok');
  await step(`${count} simulated nodes`, async (detail) => {
    let made = 0;
    // Beside real hosts, pods come to simulated nodes only when they tolerate it.
    const spec = lab.record.hosts.length ? { taints: [{ key: 'kwok.x-k8s.io/node', value: 'fake', effect: 'NoSchedule' }] } : {};
    await inParallel(count, 16, async (at) => {
      const { status, text } = await api.send('POST', '/api/v1/nodes', { ...simulatedNode(at + 1), spec });
      if (status !== 201 && status !== 409) throw new LabError(`a simulated node was refused: ${text.slice(0, 300)}`);
      made += 1;
      detail(`${made} made`);
    });
    await until('every simulated node is Ready', async () => {
      requireDaemon(lab, 'kwok');
      const ready = await readyCount(api);
      detail(`${ready} ready`);
      return ready >= count;
    }, { timeout: 60_000 + count * 60, every: count > 1000 ? 3000 : 500, log: lab.log('kwok') });
  });
}
