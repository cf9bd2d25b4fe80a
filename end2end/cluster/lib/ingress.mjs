// What leads from a host's name to pods: Traefik as a process of this machine, for
// Ingresses and for routes of the Gateway API. Only labs that are asked for it have it.
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { binary, moduleSource } from './binaries.mjs';
import { capture, until } from './shell.mjs';
import { daemonRuns, requireDaemon } from './daemons.mjs';
import { Api } from './api.mjs';
import { applyManifest, startComponent, userKubeconfig } from './control-plane.mjs';
import { step } from './progress.mjs';

/** The names under which applications ask for it. */
export const INGRESS = { class: 'traefik', gateway: { namespace: 'edge', name: 'public' } };

/** The Gateway API's own definitions, taken from the module that Traefik is built with into the cache. */
export async function gatewayDefinitions() {
  const folder = join(dirname(binary('traefik')), 'gateway-api');
  if (!existsSync(folder)) {
    const source = join(await moduleSource('traefik', 'sigs.k8s.io/gateway-api'), 'config', 'crd', 'standard');
    const fresh = `${folder}.${process.pid}`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh);
    for (const file of readdirSync(source).filter((name) => name.endsWith('.yaml'))) {
      copyFileSync(join(source, file), join(fresh, file));
    }
    renameSync(fresh, folder);
  }
  return folder;
}

/** Where it answers, as `lab status` tells it; null in a lab that has none. */
export function ingressOf(lab) {
  if (!lab.record.ingress) return null;
  const { address, ports } = lab.plan;
  return { http: `${address}:${ports.web}`, https: `${address}:${ports.websecure}`, ...INGRESS };
}

/** Starts it, unless it runs; returns when it answers and has taken up its Gateway. */
export async function startIngress(lab, api = Api.fromKubeconfig(lab.kubeconfig)) {
  if (lab.record.ingress && daemonRuns(lab, 'traefik')) return;
  await step('Ingress and Gateway', async () => {
    const { address, ports } = lab.plan;
    lab.record.ingress = true;
    lab.save();
    const kubectl = (...args) => capture(binary('kubectl'), ['--kubeconfig', lab.kubeconfig, ...args]);
    await kubectl('apply', '--server-side', '-f', await gatewayDefinitions());
    await kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd/httproutes.gateway.networking.k8s.io', 'crd/gateways.gateway.networking.k8s.io');
    await applyManifest(api, 'ingress.json', { WEB_PORT: ports.web });
    await userKubeconfig(lab, 'longshore-lab:traefik', 'traefik.conf');
    startComponent(lab, 'traefik');
    await until('the Gateway is taken up', async () => {
      requireDaemon(lab, 'traefik');
      const { namespace, name } = INGRESS.gateway;
      const { status } = await api.json(`/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/gateways/${name}`);
      const taken = status?.conditions?.some((condition) => condition.type === 'Programmed' && condition.status === 'True');
      return taken && (await fetch(`http://${address}:${ports.web}/`)).status === 404;
    }, { timeout: 30_000, log: lab.log('traefik') });
  });
}
