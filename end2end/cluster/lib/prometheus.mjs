// CPU and memory over time: Prometheus as a process of this machine that asks the
// hosts' kubelets, and a Service by which the cluster and whoever speaks to its API
// server finds it. Only labs that are asked for it have it.
import { writeFileSync } from 'node:fs';
import { credentialsOf, Api } from './api.mjs';
import { applyManifest, startComponent, userKubeconfig } from './control-plane.mjs';
import { daemonRuns, requireDaemon } from './daemons.mjs';
import { joined } from './state.mjs';
import { step } from './progress.mjs';
import { until } from './shell.mjs';

/** Where applications find it: in the cluster, and through the API server. */
export const SERVICE = { namespace: 'monitoring', service: 'prometheus', port: 9090 };

// Both list containers' CPU and memory; what is asked of such a source must not count them twice.
const PATHS = ['/metrics/cadvisor', '/metrics/resource'];

const KEPT = [
  'container_(cpu_usage_seconds_total|memory_working_set_bytes|start_time_seconds)',
  'container_cpu_cfs_(periods|throttled_periods)_total',
  'container_network_(receive|transmit)_bytes_total',
  '(pod|node)_(cpu_usage_seconds_total|memory_working_set_bytes)',
].join('|');

/** Labels as the usual installations of Prometheus have them: one job, told apart by path and node. */
function scrape(lab, path) {
  return {
    job_name: `kubelet${path.replaceAll('/', '-')}`,
    scheme: 'https',
    metrics_path: path,
    // Kubelets say when they measured: a container that is gone would otherwise linger for five minutes.
    track_timestamps_staleness: true,
    tls_config: {
      cert_file: lab.path('conf', 'prometheus.crt'),
      key_file: lab.path('conf', 'prometheus.key'),
      // Hosts' kubelets sign their own serving certificates, as kubeadm leaves them.
      insecure_skip_verify: true,
    },
    // Spare hosts too: nobody tells when one is joined, and until then it just does not answer.
    static_configs: lab.record.hosts.map(({ name, address }) => ({ targets: [`${address}:10250`], labels: { node: name } })),
    relabel_configs: [
      { target_label: 'job', replacement: 'kubelet' },
      { source_labels: ['__metrics_path__'], target_label: 'metrics_path' },
    ],
    metric_relabel_configs: [{ source_labels: ['__name__'], regex: KEPT, action: 'keep' }],
  };
}

/** What it is told: whom to ask, how often, and how little to keep. */
export function prometheusConfiguration(lab) {
  return {
    global: { scrape_interval: '5s', scrape_timeout: '4s' },
    runtime: { log_level: 'warn' },
    storage: { tsdb: { retention: { time: '6h', size: '256MB' } } },
    scrape_configs: PATHS.map((path) => scrape(lab, path)),
  };
}

/** Where it answers, as `lab status` tells it; null in a lab that has none. */
export function prometheusOf(lab) {
  if (!lab.record.prometheus) return null;
  return { url: `http://${lab.plan.address}:${lab.plan.ports.prometheus}`, ...SERVICE };
}

/**
 * The API server passes requests on to a Service's address only where that is some
 * pod's. So there is a pod that nobody schedules or runs, with the process' address.
 */
async function publish(lab, api) {
  const { address, ports } = lab.plan;
  const { namespace, service: name } = SERVICE;
  await applyManifest(api, 'prometheus.json', {
    REGISTRY: lab.registry, PROMETHEUS_ADDRESS: address, PROMETHEUS_PORT: ports.prometheus,
  });
  await api.applyStatus({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    status: {
      phase: 'Running',
      podIP: address,
      podIPs: [{ ip: address }],
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({ type, status: 'True' })),
      containerStatuses: [{ name, image: '', imageID: '', ready: true, started: true, restartCount: 0, state: { running: {} } }],
    },
  });
}

/** How many kubelets answer it, asked as applications do. */
async function answering(api) {
  const { namespace, service, port } = SERVICE;
  const path = `/api/v1/namespaces/${namespace}/services/${service}:${port}/proxy/api/v1/query`;
  const { data } = await api.json(`${path}?query=${encodeURIComponent('sum(up{job="kubelet"})')}`);
  return Number(data.result[0]?.value[1] ?? 0);
}

/** Starts it, unless it runs; returns when it has figures of every node and the API server passes questions on. */
export async function startPrometheus(lab, api = Api.fromKubeconfig(lab.kubeconfig)) {
  await step('Prometheus', async () => {
    lab.record.prometheus = true;
    lab.save();
    const { cert, key } = credentialsOf(await userKubeconfig(lab, 'longshore-lab:prometheus', 'prometheus.conf'));
    writeFileSync(lab.path('conf', 'prometheus.crt'), cert, { mode: 0o600 });
    writeFileSync(lab.path('conf', 'prometheus.key'), key, { mode: 0o600 });
    writeFileSync(lab.path('conf', 'prometheus.yaml'), JSON.stringify(prometheusConfiguration(lab), null, 2), { mode: 0o600 });
    await publish(lab, api);
    if (!daemonRuns(lab, 'prometheus')) startComponent(lab, 'prometheus');
    lab.record.stopped = lab.record.stopped.filter((name) => name !== 'prometheus');
    lab.save();
    await until('Prometheus has figures of every node', async () => {
      requireDaemon(lab, 'prometheus');
      return await answering(api) >= joined(lab).length * PATHS.length;
    }, { timeout: 60_000, log: lab.log('prometheus') });
  });
}
