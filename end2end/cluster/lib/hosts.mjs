// Hosts: started as namespaces with systemd in them, joined by kubeadm over SSH
// as any server would be.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SOURCE } from './settings.mjs';
import { binary } from './binaries.mjs';
import { capture, logged, until } from './shell.mjs';
import { requireDaemon, startDaemon } from './daemons.mjs';
import { joined } from './state.mjs';
import { hostImage } from './host-image.mjs';
import { hostLayer } from './host-layer.mjs';
import { kubeProxyConfiguration, prepareHost } from './host-files.mjs';
import { GATEWAY, makeNamespace, routePods, routeServices } from './network.mjs';
import { caHash, userKubeconfig } from './control-plane.mjs';

const PROXY_USER = 'system:kube-proxy';

/** The arguments by which ssh reaches a host as root, trusting the recorded host key only. */
export function sshArguments(lab, host) {
  return [
    '-i', lab.path('ssh', 'id_ed25519'),
    '-o', `UserKnownHostsFile=${lab.path('ssh', 'known_hosts')}`,
    '-o', 'GlobalKnownHostsFile=/dev/null',
    '-o', 'StrictHostKeyChecking=yes',
    '-o', 'IdentitiesOnly=yes',
    '-o', 'BatchMode=yes',
    '-o', 'ConnectTimeout=5',
    '-o', 'LogLevel=ERROR',
    `root@${host.address}`,
  ];
}

/** Runs a command on a host; its output goes to the log of the host. */
export function onHost(lab, host, command) {
  return logged(lab.log(`${host.name}-commands`), 'ssh', ['-F', 'none', ...sshArguments(lab, host), command]);
}

/** Starts a host whose network and files are there; returns when SSH and containerd answer. */
export async function startHost(lab, host) {
  const folder = lab.path('hosts', host.name);
  startDaemon(lab, host.name, join(SOURCE, 'host', 'enter.sh'), [
    lab.plan.netns(host.name), `${lab.plan.cgroup}/${host.name}`, host.name, folder, hostImage(), hostLayer(),
  ]);
  await until(`SSH on ${host.name} answers`, async () => {
    requireDaemon(lab, host.name);
    await capture('ssh', ['-F', 'none', ...sshArguments(lab, host), 'systemctl is-active --quiet containerd']);
    return true;
  }, { timeout: 90_000, every: 500, log: lab.log(host.name) });
}

/** Makes the hosts' keys and files and starts them; returns when SSH and containerd answer. */
export async function bootHosts(lab) {
  const { record, plan } = lab;
  record.hosts.forEach((host, at) => {
    host.address = plan.hostAddress(at + 1);
    host.podCidr = plan.podSubnet.replace(/0\.0\/16$/, `${at + 1}.0/24`);
  });
  lab.save();
  await capture('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `longshore-lab-${lab.name}`, '-f', lab.path('ssh', 'id_ed25519')]);
  const proxy = await userKubeconfig(lab, PROXY_USER, 'kube-proxy.conf');
  const known = [];
  for (const host of record.hosts) known.push(`${host.address} ${await prepareHost(lab, host, proxy)}\n`);
  writeFileSync(lab.path('ssh', 'known_hosts'), known.join(''), { mode: 0o600 });
  await Promise.all(record.hosts.map(async (host) => {
    await makeNamespace(lab, host.name, host.address);
    await startHost(lab, host);
  }));
}

/** A node that exists before its kubelet does, so that its range of pod addresses is known from the start. */
const nodeOf = (host) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: host.name },
  spec: { podCIDR: host.podCidr, podCIDRs: [host.podCidr] },
});

async function isReady(api, name) {
  const node = await api.json(`/api/v1/nodes/${name}`);
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
}

async function joinHost(lab, api, host) {
  const address = `${lab.plan.address}:${lab.plan.ports.apiserver}`;
  await api.text('/api/v1/nodes?fieldManager=longshore-lab', 'POST', nodeOf(host));
  await onHost(lab, host, [
    'systemctl enable --quiet --now kube-proxy;',
    `kubeadm join ${address} --token ${lab.record.token} --discovery-token-ca-cert-hash ${caHash(lab)}`,
    `--node-name ${host.name} --cri-socket unix:///run/containerd/containerd.sock --ignore-preflight-errors=all`,
  ].join(' '));
  await until(`node ${host.name} is Ready`, () => isReady(api, host.name), {
    timeout: 90_000, every: 300, log: lab.log(`${host.name}-commands`),
  });
}

/** Joins every host that is no spare with `kubeadm join`; returns when all nodes are Ready. */
export async function joinHosts(lab, api) {
  await Promise.all(joined(lab).map((host) => joinHost(lab, api, host)));
  await routePods(lab);
}

/**
 * Opens the way from this machine to Services: a network namespace whose real
 * kube-proxy balances what is routed to it. It belongs to no host, so that a host
 * can be stopped without cutting off the load that tests make.
 */
export async function startGateway(lab) {
  await routeServices(lab);
  const path = lab.path('conf', 'kube-proxy.yaml');
  writeFileSync(path, kubeProxyConfiguration(lab, {
    // The name of a node that exists, for it waits half a minute for any other.
    hostname: lab.record.hosts[0].name,
    kubeconfig: lab.path('conf', 'kube-proxy.conf'),
    extra: { bindAddress: lab.plan.gatewayAddress, healthzBindAddress: '127.0.0.1:10256', metricsBindAddress: '127.0.0.1:10249' },
  }), { mode: 0o600 });
  startDaemon(lab, 'kube-proxy', 'ip', ['netns', 'exec', lab.plan.netns(GATEWAY), binary('kube-proxy'), `--config=${path}`]);
}
