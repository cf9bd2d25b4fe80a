// The command lines of the control plane's processes.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MANY_NODES } from './simulated-settings.mjs';

const pki = (lab, file) => join(lab.path('pki'), file);
const conf = (lab, file) => lab.path('conf', file);
const flags = (map) => Object.entries(map)
  .filter(([, value]) => value !== undefined)
  .map(([name, value]) => `--${name}=${value}`);

function etcd(lab) {
  const { ports } = lab.plan;
  const client = `https://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return flags({
    name: 'lab',
    'data-dir': lab.etcdData,
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `lab=${peer}`,
    'cert-file': pki(lab, 'etcd/server.crt'),
    'key-file': pki(lab, 'etcd/server.key'),
    'trusted-ca-file': pki(lab, 'etcd/ca.crt'),
    'client-cert-auth': true,
    'unsafe-no-fsync': true,
    'quota-backend-bytes': 8 * 2 ** 30,
    'max-txn-ops': 1024,
    'max-request-bytes': 8 * 2 ** 20,
    'log-level': 'warn',
  });
}

function apiserver(lab) {
  const { plan } = lab;
  const loopback = plan.address === '127.0.0.1';
  return flags({
    'advertise-address': plan.bridgeAddress,
    'bind-address': plan.address,
    'secure-port': plan.ports.apiserver,
    'allow-privileged': true,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'enable-bootstrap-token-auth': true,
    // Hosts of a lab on loopback could not reach its address, and it has none.
    'endpoint-reconciler-type': loopback ? 'none' : 'lease',
    'client-ca-file': pki(lab, 'ca.crt'),
    'tls-cert-file': pki(lab, 'apiserver.crt'),
    'tls-private-key-file': pki(lab, 'apiserver.key'),
    'etcd-servers': `https://127.0.0.1:${plan.ports.etcd}`,
    'etcd-cafile': pki(lab, 'etcd/ca.crt'),
    'etcd-certfile': pki(lab, 'apiserver-etcd-client.crt'),
    'etcd-keyfile': pki(lab, 'apiserver-etcd-client.key'),
    'kubelet-client-certificate': pki(lab, 'apiserver-kubelet-client.crt'),
    'kubelet-client-key': pki(lab, 'apiserver-kubelet-client.key'),
    'kubelet-preferred-address-types': 'InternalIP,Hostname',
    'proxy-client-cert-file': pki(lab, 'front-proxy-client.crt'),
    'proxy-client-key-file': pki(lab, 'front-proxy-client.key'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-client-ca-file': pki(lab, 'front-proxy-ca.crt'),
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-username-headers': 'X-Remote-User',
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': pki(lab, 'sa.pub'),
    'service-account-signing-key-file': pki(lab, 'sa.key'),
    'service-cluster-ip-range': plan.serviceSubnet,
    profiling: false,
  });
}

function controllerManager(lab) {
  const { plan, record } = lab;
  const own = conf(lab, 'controller-manager.conf');
  return flags({
    kubeconfig: own,
    'authentication-kubeconfig': own,
    'authorization-kubeconfig': own,
    'bind-address': '127.0.0.1',
    'secure-port': plan.ports.controllerManager,
    controllers: '*,bootstrapsigner,tokencleaner',
    'client-ca-file': pki(lab, 'ca.crt'),
    'requestheader-client-ca-file': pki(lab, 'front-proxy-ca.crt'),
    'cluster-name': lab.name,
    'cluster-signing-cert-file': pki(lab, 'ca.crt'),
    'cluster-signing-key-file': pki(lab, 'ca.key'),
    'root-ca-file': pki(lab, 'ca.crt'),
    'service-account-private-key-file': pki(lab, 'sa.key'),
    'use-service-account-credentials': true,
    'leader-elect': false,
    // Simulated nodes need no addresses of pods; thousands would only run the range dry.
    'allocate-node-cidrs': record.hosts.length > 0,
    'cluster-cidr': record.hosts.length > 0 ? plan.podSubnet : undefined,
    'service-cluster-ip-range': plan.serviceSubnet,
    'node-monitor-grace-period': record.simulated > MANY_NODES ? '24h' : undefined,
    'kube-api-qps': 300,
    'kube-api-burst': 600,
    profiling: false,
  });
}

function scheduler(lab) {
  const own = conf(lab, 'scheduler.conf');
  return flags({
    kubeconfig: own,
    'authentication-kubeconfig': own,
    'authorization-kubeconfig': own,
    'bind-address': '127.0.0.1',
    'secure-port': lab.plan.ports.scheduler,
    'leader-elect': false,
    'kube-api-qps': 300,
    'kube-api-burst': 600,
    profiling: false,
  });
}

function metricsServer(lab) {
  const own = conf(lab, 'metrics-server.conf');
  return flags({
    kubeconfig: own,
    'authentication-kubeconfig': own,
    'authorization-kubeconfig': own,
    'bind-address': lab.plan.address,
    'secure-port': lab.plan.ports.metricsServer,
    'cert-dir': conf(lab, 'metrics-server'),
    // Hosts' kubelets sign their own serving certificates, as kubeadm leaves them.
    'kubelet-insecure-tls': true,
    'kubelet-preferred-address-types': 'InternalIP',
    'node-selector': 'type!=kwok',
    'metric-resolution': '15s',
  });
}

function kwok(lab) {
  const { record, plan } = lab;
  return flags({
    v: 'WARN',
    kubeconfig: conf(lab, 'admin.conf'),
    config: conf(lab, 'kwok.yaml'),
    'manage-all-nodes': false,
    'manage-nodes-with-annotation-selector': 'kwok.x-k8s.io/node=fake',
    'node-ip': '127.0.0.1',
    'node-port': plan.ports.kwok,
    'server-address': `127.0.0.1:${plan.ports.kwok}`,
    cidr: '10.64.0.0/10',
    // Five thousand leases renewed every ten seconds keep a core busy by themselves.
    'node-lease-duration-seconds': record.simulated > MANY_NODES ? 36_000 : 40,
  });
}

function localPath(lab) {
  const named = flags({
    kubeconfig: conf(lab, 'local-path.conf'),
    namespace: 'local-path',
    'configmap-name': 'local-path',
    'service-account-name': 'local-path',
    'provisioner-name': 'longshore.dev/local-path',
    'helper-image': `${lab.registry}/shell:1.0.0`,
  });
  return ['start', ...named];
}

function traefik(lab) {
  const { address, ports } = lab.plan;
  return flags({
    'entrypoints.web.address': `${address}:${ports.web}`,
    'entrypoints.websecure.address': `${address}:${ports.websecure}`,
    'entrypoints.websecure.http.tls': true,
    'providers.kubernetesingress': true,
    'providers.kubernetesingress.ingressendpoint.ip': address,
    'providers.kubernetesgateway': true,
    'providers.kubernetesgateway.statusaddress.ip': address,
    'global.checknewversion': false,
    'global.sendanonymoususage': false,
    'log.level': 'WARN',
  });
}

function prometheus(lab) {
  return flags({
    'config.file': conf(lab, 'prometheus.yaml'),
    'web.listen-address': `${lab.plan.address}:${lab.plan.ports.prometheus}`,
    'storage.tsdb.path': lab.path('prometheus'),
    'storage.tsdb.wal-segment-size': '10MB',
    'query.max-concurrency': 8,
  });
}

/** Name => how to start it (by the program of that name, unless it is another), in the order of starting. */
export const COMPONENTS = {
  etcd: { args: etcd },
  'kube-apiserver': { args: apiserver },
  'kube-controller-manager': { args: controllerManager },
  'kube-scheduler': { args: scheduler },
  'metrics-server': { args: metricsServer },
  coredns: { args: (lab) => ['-conf', conf(lab, 'Corefile')] },
  kwok: { args: kwok },
  registry: { args: (lab) => ['serve', conf(lab, 'registry.yaml')], env: { OTEL_TRACES_EXPORTER: 'none' } },
  'local-path': { program: 'local-path-provisioner', args: localPath },
  traefik: { args: traefik, env: (lab) => ({ KUBECONFIG: conf(lab, 'traefik.conf') }) },
  prometheus: { args: prometheus },
  'private-registry': {
    program: 'registry',
    args: (lab) => ['serve', conf(lab, 'private-registry.yaml')],
    env: { OTEL_TRACES_EXPORTER: 'none' },
  },
};

/** Accepts `controller-manager` for `kube-controller-manager` and so on; undefined when unknown. */
export function componentNamed(name) {
  return [name, `kube-${name}`].find((candidate) => Object.hasOwn(COMPONENTS, candidate));
}

const CONFIGURED_BY = {
  'metrics-server': 'metrics-server.conf',
  coredns: 'Corefile',
  kwok: 'kwok.yaml',
  'private-registry': 'private-registry.yaml',
  'local-path': 'local-path.conf',
  traefik: 'traefik.conf',
  prometheus: 'prometheus.yaml',
};

/** Whether credentials for the component were made in this lab, so that it can be started. */
export const isConfigured = (lab, name) => !(name in CONFIGURED_BY) || existsSync(conf(lab, CONFIGURED_BY[name]));
