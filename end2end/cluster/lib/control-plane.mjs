// etcd, kube-apiserver, controller-manager, scheduler and metrics-server as
// processes of this machine, with certificates and settings made by kubeadm, so
// that `kubeadm join` finds what it expects. None of it needs root.
import { X509Certificate, createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SOURCE } from './settings.mjs';
import { binary } from './binaries.mjs';
import { capture, logged, until } from './shell.mjs';
import { requireDaemon, startDaemon } from './daemons.mjs';
import { Api } from './api.mjs';
import { COMPONENTS } from './components.mjs';
import { kubeadmConfiguration } from './kubeadm-config.mjs';

const pki = (lab) => lab.path('pki');
const conf = (lab, name) => lab.path('conf', name);

/** Runs kubeadm on this machine, its output in the log `kubeadm`. */
export function kubeadm(lab, args) {
  return logged(lab.log('kubeadm'), binary('kubeadm'), args, { env: { KUBECONFIG: conf(lab, 'super-admin.conf') } });
}

const bootstrapToken = () => `${randomBytes(3).toString('hex')}.${randomBytes(8).toString('hex')}`;

/** Every kubeconfig speaks to the one address that the API server listens on. */
function pointAtApiserver(lab, path) {
  const text = readFileSync(path, 'utf8').replace(/server: .*/, `server: ${lab.apiserver}`);
  writeFileSync(path, text, { mode: 0o600 });
}

/** Makes certificates and kubeconfigs, once per lab. */
export async function makeCredentials(lab) {
  lab.record.token = bootstrapToken();
  lab.save();
  writeFileSync(conf(lab, 'kubeadm.yaml'), kubeadmConfiguration(lab), { mode: 0o600 });
  const config = ['--config', conf(lab, 'kubeadm.yaml')];
  await kubeadm(lab, ['init', 'phase', 'certs', 'all', ...config]);
  await kubeadm(lab, ['init', 'phase', 'kubeconfig', 'all', '--kubeconfig-dir', lab.path('conf'), ...config]);
  for (const file of readdirSync(lab.path('conf')).filter((name) => name.endsWith('.conf'))) {
    pointAtApiserver(lab, conf(lab, file));
  }
  rmSync(conf(lab, 'kubelet.conf'), { force: true });
}

/** Writes a kubeconfig for a user of that name, signed by the lab's CA; gives its path. */
export async function userKubeconfig(lab, user, file) {
  const path = conf(lab, file);
  if (!existsSync(path)) {
    const text = await capture(binary('kubeadm'), ['kubeconfig', 'user', '--client-name', user, '--config', conf(lab, 'kubeadm.yaml')]);
    writeFileSync(path, text, { mode: 0o600 });
    pointAtApiserver(lab, path);
  }
  return path;
}

/** The hash by which a joining host recognizes the CA. */
export function caHash(lab) {
  const { publicKey } = new X509Certificate(readFileSync(join(pki(lab), 'ca.crt')));
  return `sha256:${createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('hex')}`;
}

/** Starts a component of the control plane, see components.mjs. */
export function startComponent(lab, name) {
  mkdirSync(lab.etcdData, { recursive: true, mode: 0o700 });
  const { program = name, args, env } = COMPONENTS[name];
  startDaemon(lab, name, binary(program), args(lab), { env: typeof env === 'function' ? env(lab) : env });
}

async function ready(lab, name, probe, timeout = 90_000) {
  await until(`${name} is ready`, () => {
    requireDaemon(lab, name);
    return probe();
  }, { timeout, log: lab.log(name) });
}

/** Returns when the API server is ready: a client of it, which whoever asked closes. */
async function clientOnceReady(lab) {
  const api = Api.fromKubeconfig(conf(lab, 'super-admin.conf'));
  try {
    await ready(lab, 'kube-apiserver', () => {
      requireDaemon(lab, 'etcd');
      return api.text('/readyz').then((text) => text === 'ok');
    });
    return api;
  } catch (error) {
    api.close();
    throw error;
  }
}

/** Returns when the API server is ready. */
export async function apiserverReady(lab) {
  (await clientOnceReady(lab)).close();
}

/** Starts etcd, API server, controller-manager and scheduler; returns when the API server is ready. */
export async function startControlPlane(lab) {
  startComponent(lab, 'etcd');
  startComponent(lab, 'kube-apiserver');
  const api = await clientOnceReady(lab);
  startComponent(lab, 'kube-controller-manager');
  startComponent(lab, 'kube-scheduler');
  return api;
}

/** Rights, kubeadm's own configuration maps and the token that hosts join with. */
export async function makeJoinable(lab, api) {
  await applyManifest(api, 'rights.json');
  copyFileSync(conf(lab, 'admin.conf'), lab.kubeconfig);
  if (!lab.record.hosts.length) return;
  const args = ['--config', conf(lab, 'kubeadm.yaml'), '--kubeconfig', conf(lab, 'super-admin.conf')];
  await kubeadm(lab, ['init', 'phase', 'upload-config', 'all', ...args]);
  await kubeadm(lab, ['init', 'phase', 'bootstrap-token', ...args]);
}

/** Applies the objects of a file below manifests/, the texts of `values` put in the place of their names. */
export async function applyManifest(api, file, values = {}) {
  let text = readFileSync(join(SOURCE, 'manifests', file), 'utf8');
  for (const [name, value] of Object.entries(values)) {
    // Quotes go with a number's placeholder, which JSON could not hold without them.
    text = text.replaceAll(typeof value === 'number' ? `"${name}"` : name, String(value));
  }
  for (const object of JSON.parse(text).items) await api.apply(object);
}

/** Starts metrics-server and registers it with the API server as metrics.k8s.io. */
export async function startMetricsServer(lab, api) {
  await userKubeconfig(lab, 'longshore-lab:metrics-server', 'metrics-server.conf');
  startComponent(lab, 'metrics-server');
  const { address, ports } = lab.plan;
  await applyManifest(api, 'metrics-server.json', { METRICS_PORT: ports.metricsServer, METRICS_ADDRESS: address });
}

/** Starts what makes disks on hosts for whoever asks, and makes it the usual storage class. */
export async function startStorage(lab, api) {
  await userKubeconfig(lab, 'longshore-lab:local-path', 'local-path.conf');
  await applyManifest(api, 'storage.json', { REGISTRY: lab.registry });
  startComponent(lab, 'local-path');
}

/** Starts CoreDNS and makes it the Service that hosts' kubelets tell pods to ask. */
export async function startDns(lab, api) {
  const { address, ports, dnsAddress } = lab.plan;
  const kubeconfig = await userKubeconfig(lab, 'longshore-lab:coredns', 'coredns.conf');
  const zones = `kubernetes cluster.local in-addr.arpa ip6.arpa {\n    kubeconfig ${kubeconfig}\n    ttl 5\n  }`;
  writeFileSync(conf(lab, 'Corefile'), `.:${ports.dns} {\n  bind ${address}\n  errors\n  ${zones}\n  cache 5\n}\n`);
  startComponent(lab, 'coredns');
  await applyManifest(api, 'dns.json', { DNS_SERVICE: dnsAddress, DNS_PORT: ports.dns, DNS_ADDRESS: address });
}
