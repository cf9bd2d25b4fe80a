// The objects of a seeded cluster: what a fleet with many teams looks like. A
// number decides an object wholly, so two runs write the same cluster.
import { createHash } from 'node:crypto';
import { KUBERNETES_VERSION } from './settings.mjs';
import { simulatedName, simulatedNode } from './simulated.mjs';

export const TEAMS = 50;
/** How many pods a ReplicaSet has; the last one of all may have fewer. */
export const REPLICAS = 20;

const APPLICATIONS = [
  'accounts', 'billing', 'catalog', 'checkout', 'delivery', 'events', 'gateway', 'identity', 'inventory', 'invoices',
  'ledger', 'mail', 'notifications', 'orders', 'payments', 'pricing', 'profiles', 'recommendations', 'reports', 'search',
];
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const CREATED = Date.UTC(2026, 0, 5, 8, 0, 0);

const digest = (text) => createHash('md5').update(text).digest();
const two = (number) => String(number).padStart(2, '0');
const timestamp = (seconds) => new Date(CREATED + seconds * 1000).toISOString().replace('.000', '');

/** A version 4 UUID that follows from the text. */
function uid(text) {
  const hex = digest(text).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function suffix(text, length) {
  return [...digest(text).subarray(0, length)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

export const namespaceName = (number) => `team-${two((number % TEAMS) + 1)}`;

/** The names and labels that a workload's Deployment, ReplicaSet and pods share. */
function workload(number) {
  const application = APPLICATIONS[Math.floor(number / TEAMS) % APPLICATIONS.length];
  const name = `${application}-${Math.floor(number / TEAMS / APPLICATIONS.length) + 1}`;
  const namespace = namespaceName(number);
  const hash = suffix(`${namespace}/${name}`, 10);
  return {
    name,
    namespace,
    hash,
    image: `registry.lab/${application}:1.${number % 40}.${number % 7}`,
    labels: { 'app.kubernetes.io/name': application, 'app.kubernetes.io/instance': name },
    deploymentUid: uid(`deployment ${namespace}/${name}`),
    replicaSetUid: uid(`replicaset ${namespace}/${name}`),
  };
}

const container = ({ image }) => ({
  name: 'app',
  image,
  ports: [{ containerPort: 8080, protocol: 'TCP' }],
  resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
});

const podSpec = (of) => ({
  containers: [container(of)],
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
});

const template = (of, labels) => ({ metadata: { creationTimestamp: null, labels }, spec: podSpec(of) });

/** Key and object of a workload's Deployment and of its ReplicaSet. */
export function workloadObjects(number, replicas) {
  const of = workload(number);
  const hashed = { ...of.labels, 'pod-template-hash': of.hash };
  const metadata = { namespace: of.namespace, generation: 1, creationTimestamp: timestamp(number) };
  const counts = { replicas, readyReplicas: replicas, availableReplicas: replicas, observedGeneration: 1 };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, name: of.name, uid: of.deploymentUid, labels: of.labels, annotations: { 'deployment.kubernetes.io/revision': '1' } },
    spec: {
      replicas,
      selector: { matchLabels: of.labels },
      template: template(of, of.labels),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    status: {
      ...counts,
      updatedReplicas: replicas,
      conditions: [
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.', lastUpdateTime: timestamp(number + 30), lastTransitionTime: timestamp(number + 30) },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: `ReplicaSet "${of.name}-${of.hash}" has successfully progressed.`, lastUpdateTime: timestamp(number + 30), lastTransitionTime: timestamp(number) },
      ],
    },
  };
  const replicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      ...metadata,
      name: `${of.name}-${of.hash}`,
      uid: of.replicaSetUid,
      labels: hashed,
      annotations: { 'deployment.kubernetes.io/desired-replicas': String(replicas), 'deployment.kubernetes.io/max-replicas': String(Math.ceil(replicas * 1.25)), 'deployment.kubernetes.io/revision': '1' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: of.name, uid: of.deploymentUid, controller: true, blockOwnerDeletion: true }],
    },
    spec: { replicas, selector: { matchLabels: hashed }, template: template(of, hashed) },
    status: { ...counts, fullyLabeledReplicas: replicas },
  };
  return [
    [`/registry/deployments/${of.namespace}/${of.name}`, deployment],
    [`/registry/replicasets/${of.namespace}/${of.name}-${of.hash}`, replicaSet],
  ];
}

/** What a pod's container is doing: most run, some wait, as in any large cluster. */
function condition(number) {
  if (number % 101 === 7) return { ready: false, restarts: 3 + (number % 40), waiting: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=app' };
  if (number % 211 === 11) return { ready: false, restarts: 0, waiting: 'ImagePullBackOff', message: 'Back-off pulling image' };
  return { ready: true, restarts: number % 17 === 0 ? 1 + (number % 3) : 0 };
}

function status(number, of, nodeNumber) {
  const { ready, restarts, waiting, message } = condition(number);
  const started = timestamp(number % 900_000);
  const flag = ready ? 'True' : 'False';
  const hostIP = simulatedNode(nodeNumber).status.addresses[0].address;
  const podIP = `10.${160 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
  return {
    phase: waiting === 'ImagePullBackOff' ? 'Pending' : 'Running',
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
      type, status: type.endsWith('Ready') ? flag : 'True', lastTransitionTime: started,
    })),
    hostIP,
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: started,
    containerStatuses: [{
      name: 'app',
      state: ready ? { running: { startedAt: started } } : { waiting: { reason: waiting, message } },
      ready,
      restartCount: restarts,
      image: of.image,
      imageID: '',
      started: ready,
    }],
    qosClass: 'Burstable',
  };
}

// What server-side apply and the kubelet record of a real pod, which is a third of its size.
const MANAGED_FIELDS = [
  { manager: 'kube-controller-manager', operation: 'Update', apiVersion: 'v1', time: timestamp(0), fieldsType: 'FieldsV1', fieldsV1: JSON.parse('{"f:metadata":{"f:generateName":{},"f:labels":{".":{},"f:app.kubernetes.io/instance":{},"f:app.kubernetes.io/name":{},"f:pod-template-hash":{}},"f:ownerReferences":{".":{},"k:{\\"uid\\":\\"0\\"}":{}}},"f:spec":{"f:containers":{"k:{\\"name\\":\\"app\\"}":{".":{},"f:env":{".":{}},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:ports":{".":{},"k:{\\"containerPort\\":8080,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{},"f:protocol":{}}},"f:resources":{".":{},"f:limits":{".":{},"f:memory":{}},"f:requests":{".":{},"f:cpu":{},"f:memory":{}}},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},"f:dnsPolicy":{},"f:enableServiceLinks":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},"f:terminationGracePeriodSeconds":{}}}') },
  { manager: 'kubelet', operation: 'Update', apiVersion: 'v1', time: timestamp(5), fieldsType: 'FieldsV1', subresource: 'status', fieldsV1: JSON.parse('{"f:status":{"f:conditions":{"k:{\\"type\\":\\"ContainersReady\\"}":{".":{},"f:lastTransitionTime":{},"f:status":{},"f:type":{}},"k:{\\"type\\":\\"Initialized\\"}":{".":{},"f:lastTransitionTime":{},"f:status":{},"f:type":{}},"k:{\\"type\\":\\"Ready\\"}":{".":{},"f:lastTransitionTime":{},"f:status":{},"f:type":{}}},"f:containerStatuses":{},"f:hostIP":{},"f:phase":{},"f:podIP":{},"f:podIPs":{".":{},"k:{\\"ip\\":\\"0\\"}":{".":{},"f:ip":{}}},"f:startTime":{}}}') },
];

// What the API server adds by itself when it reads a pod without it.
const DEFAULTED = ['ports', 'terminationMessagePath', 'terminationMessagePolicy', 'imagePullPolicy'];

/** Brings a pod near `bytes` of JSON by what makes real ones large: field ownership and environment. */
function resize(pod, bytes) {
  const size = () => JSON.stringify(pod).length;
  const [only] = pod.spec.containers;
  if (size() > bytes + 50) DEFAULTED.forEach((field) => delete only[field]);
  if (bytes - size() > 2400) pod.metadata.managedFields = MANAGED_FIELDS;
  const setting = (at) => ({ name: `SETTING_${two(at)}`, value: 'https://service.team.example/path/0123456' });
  const each = JSON.stringify(setting(0)).length + 1;
  const count = Math.floor((bytes - size() - 10) / each);
  if (count > 0) only.env = Array.from({ length: Math.min(count, 100) }, (_, at) => setting(at));
  return pod;
}

/** Key and object of a pod. Its JSON has about `bytes` bytes, never fewer than a bare pod takes. */
export function podObject(number, nodes, bytes) {
  const of = workload(Math.floor(number / REPLICAS));
  const name = `${of.name}-${of.hash}-${suffix(`pod ${number}`, 5)}`;
  const nodeNumber = (number % nodes) + 1;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${of.name}-${of.hash}-`,
      namespace: of.namespace,
      uid: uid(`pod ${number}`),
      creationTimestamp: timestamp(number % 900_000),
      labels: { ...of.labels, 'pod-template-hash': of.hash },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${of.name}-${of.hash}`, uid: of.replicaSetUid, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      ...podSpec(of), serviceAccountName: 'default', nodeName: simulatedName(nodeNumber), enableServiceLinks: true, priority: 0,
    },
    status: status(number, of, nodeNumber),
  };
  return [`/registry/pods/${of.namespace}/${name}`, resize(pod, bytes)];
}

const CONDITIONS = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
];

/** Key and object of a node, some of them not Ready or cordoned. */
export function nodeObject(number) {
  const node = simulatedNode(number);
  const failing = number % 499 === 3;
  node.metadata.uid = uid(`node ${number}`);
  node.metadata.creationTimestamp = timestamp(number);
  node.spec = number % 251 === 5 ? { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] } : {};
  node.status.nodeInfo.kubeletVersion = number % 20 === 0 ? 'v1.33.7' : KUBERNETES_VERSION;
  node.status.conditions = CONDITIONS.map(([type, value, reason, message]) => ({
    type,
    status: failing && type === 'Ready' ? 'Unknown' : value,
    reason: failing && type === 'Ready' ? 'NodeStatusUnknown' : reason,
    message: failing && type === 'Ready' ? 'Kubelet stopped posting node status.' : message,
    lastHeartbeatTime: timestamp(900_000),
    lastTransitionTime: timestamp(number),
  }));
  node.status.daemonEndpoints = { kubeletEndpoint: { Port: 10250 } };
  return [`/registry/minions/${node.metadata.name}`, node];
}
