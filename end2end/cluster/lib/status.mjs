// What `lab status` tells. The JSON form is an interface: other tools read it.
import { Lab, joined } from './state.mjs';
import { deadDaemons, isRunning } from './up.mjs';
import { PULLER } from './registry.mjs';
import { ingressOf } from './ingress.mjs';
import { prometheusOf } from './prometheus.mjs';

const hostStatus = (lab, host) => ({
  name: host.name,
  address: host.address,
  podCidr: host.podCidr,
  ssh: { user: 'root', key: lab.path('ssh', 'id_ed25519'), port: 22, knownHosts: lab.path('ssh', 'known_hosts') },
});

/**
 * The lab's status: `state` is `running`, `broken` (some process is gone),
 * `starting`, `failed` (an `up` did not finish) or `absent`.
 */
export async function statusOf(name) {
  const lab = Lab.load(name);
  if (!lab) return { name, kubeconfig: null, apiserver: null, registry: null, hosts: [], spares: [], simulated: 0, state: 'absent' };
  const { record } = lab;
  return {
    name,
    kubeconfig: lab.kubeconfig,
    apiserver: lab.apiserver,
    registry: lab.registry,
    privateRegistry: { address: lab.privateRegistry, ...PULLER },
    hosts: joined(lab).map((host) => hostStatus(lab, host)),
    spares: record.hosts.filter((host) => host.spare).map((host) => hostStatus(lab, host)),
    simulated: record.simulated,
    ingress: ingressOf(lab),
    prometheus: prometheusOf(lab),
    state: record.state === 'running' && !isRunning(lab) ? 'broken' : record.state,
    serviceSubnet: lab.plan.serviceSubnet,
    podSubnet: lab.plan.podSubnet,
    images: record.images ?? {},
    stopped: record.stopped,
    dead: deadDaemons(lab),
    logs: lab.path('logs'),
  };
}

/** The same for a person. */
export function describe(status) {
  if (status.state === 'absent') return `The lab "${status.name}" is not there; \`lab up --name ${status.name}\` makes it.`;
  return [
    `lab ${status.name}: ${status.state}${status.dead.length ? ` (ended: ${status.dead.join(', ')})` : ''}`,
    `  kubeconfig  ${status.kubeconfig}`,
    `  API server  ${status.apiserver}`,
    `  registry    ${status.registry}`,
    `  private     ${status.privateRegistry.address} (${status.privateRegistry.username}, ${status.privateRegistry.password})`,
    ...(status.ingress ? [`  web         http://${status.ingress.http}  https://${status.ingress.https}  (class ${status.ingress.class}, Gateway ${status.ingress.gateway.namespace}/${status.ingress.gateway.name})`] : []),
    ...(status.prometheus ? [`  prometheus  ${status.prometheus.url}  (Service ${status.prometheus.namespace}/${status.prometheus.service}:${status.prometheus.port})`] : []),
    ...[...status.hosts, ...status.spares].map((host) => `  ${host.name.padEnd(10)}  ${host.address}  ssh -F none -i ${host.ssh.key} -o UserKnownHostsFile=${host.ssh.knownHosts} root@${host.address}`),
    `  simulated   ${status.simulated} nodes`,
    ...(status.stopped.length ? [`  stopped     ${status.stopped.join(', ')}`] : []),
    `  logs        ${status.logs}`,
  ].join('\n');
}
