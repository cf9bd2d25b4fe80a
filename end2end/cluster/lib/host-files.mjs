// The files by which one host differs from the image: its name, keys, and how it
// finds the lab. Written into its folder before it starts.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture } from './shell.mjs';

/** kube-proxy's configuration; the same on hosts and for the gateway but for its name and kubeconfig. */
export function kubeProxyConfiguration(lab, { hostname, kubeconfig, extra = {} }) {
  return JSON.stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    // Traffic to a Service from outside of this range is masqueraded, so that
    // answers come back the way the question went.
    clusterCIDR: lab.plan.podSubnet,
    hostnameOverride: hostname,
    clientConnection: { kubeconfig },
    // These would be settings of the whole machine, not of one network namespace.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    ...extra,
  }, null, 2);
}

const containerd = (lab) => `version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${lab.registry}/pause:1.0.0"
  # Without this every sandbox fails: the kernel lets nobody here go below the machine's own score.
  restrict_oom_score_adj = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
`;

const registryHosts = (address) => `server = "http://${address}"

[host."http://${address}"]
  capabilities = ["pull", "resolve"]
`;

const cni = (host) => JSON.stringify({
  cniVersion: '0.4.0',
  name: 'lab',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: host.podCidr }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
}, null, 2);

const names = (lab) => [
  '127.0.0.1 localhost',
  `${lab.plan.bridgeAddress} control-plane`,
  ...lab.record.hosts.map(({ name, address }) => `${address} ${name}`),
  '',
].join('\n');

/** Writes below `upper` with exact modes, whatever the umask is. */
function writer(upper) {
  return (path, content, mode = 0o644) => {
    const target = join(upper, path);
    let folder = upper;
    for (const part of dirname(path).split('/').filter((piece) => piece !== '.')) {
      folder = join(folder, part);
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, ['root', '.ssh'].includes(part) ? 0o700 : 0o755);
    }
    writeFileSync(target, content);
    chmodSync(target, mode);
  };
}

/** As `systemctl enable` does; called after the host's first files, whose folders have their modes. */
function enable(upper, unit) {
  const folder = join(upper, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(folder, { recursive: true });
  for (const path of ['etc/systemd', 'etc/systemd/system', 'etc/systemd/system/multi-user.target.wants']) chmodSync(join(upper, path), 0o755);
  symlinkSync(`/etc/systemd/system/${unit}.service`, join(folder, `${unit}.service`));
}

/** Makes a host's folders and everything in its own layer; gives its public SSH host key. */
export async function prepareHost(lab, host, kubeProxyKubeconfig) {
  for (const part of ['upper', 'work', 'root', 'containerd', 'kubelet']) {
    mkdirSync(lab.path('hosts', host.name, part), { recursive: true });
    chmodSync(lab.path('hosts', host.name, part), 0o755);
  }
  const upper = lab.path('hosts', host.name, 'upper');
  const write = writer(upper);
  write('etc/hostname', `${host.name}\n`);
  write('etc/hosts', names(lab));
  write('etc/resolv.conf', '');
  write('etc/machine-id', `${randomBytes(16).toString('hex')}\n`);
  write('etc/containerd/config.toml', containerd(lab));
  for (const address of [lab.registry, lab.privateRegistry]) {
    write(`etc/containerd/certs.d/${address}/hosts.toml`, registryHosts(address));
  }
  write('etc/cni/net.d/10-lab.conflist', cni(host));
  write('etc/default/kubelet', `KUBELET_EXTRA_ARGS=--node-ip=${host.address} --housekeeping-interval=15s\n`);
  write('etc/kubernetes/kube-proxy.conf', readFileSync(kubeProxyKubeconfig), 0o600);
  write('etc/kubernetes/kube-proxy.yaml', kubeProxyConfiguration(lab, {
    hostname: host.name, kubeconfig: '/etc/kubernetes/kube-proxy.conf',
  }));
  write('root/.ssh/authorized_keys', readFileSync(lab.path('ssh', 'id_ed25519.pub')), 0o600);
  enable(upper, 'kubelet');
  // On hosts that `up` joins, it starts after the API server, not over and over before.
  if (host.spare) enable(upper, 'kube-proxy');
  const hostKey = join(upper, 'etc/ssh/ssh_host_ed25519_key');
  mkdirSync(dirname(hostKey), { recursive: true });
  chmodSync(dirname(hostKey), 0o755);
  await capture('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', host.name, '-f', hostKey]);
  return readFileSync(`${hostKey}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}
