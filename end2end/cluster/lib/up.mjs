// `lab up`: from nothing, from a crashed run, or from a lab that runs already.
import { mkdirSync, rmSync } from 'node:fs';
import { STATE } from './settings.mjs';
import { LabError } from './failure.mjs';
import { claim, release } from './allocation.mjs';
import { fillCache } from './cache.mjs';
import { Lab, checkName, folderOf, joined } from './state.mjs';
import { removeLab } from './cleanup.mjs';
import { daemonRuns } from './daemons.mjs';
import { note, step } from './progress.mjs';
import { makeCredentials, makeJoinable, startControlPlane, startDns, startMetricsServer, startStorage } from './control-plane.mjs';
import { GATEWAY, makeBridge, makeNamespace } from './network.mjs';
import { bootHosts, joinHosts, startGateway } from './hosts.mjs';
import { simulateNodes } from './simulated.mjs';
import { startIngress } from './ingress.mjs';
import { startPrometheus } from './prometheus.mjs';
import { startRegistries } from './registry.mjs';
import { publishImages } from './images.mjs';
import { requireInstalled, whyNoHosts } from './requirements.mjs';

/** The recorded processes that should run and do not. */
export function deadDaemons(lab) {
  const { daemons, stopped } = lab.record;
  return Object.keys(daemons).filter((name) => !stopped.includes(name) && !daemonRuns(lab, name));
}

/** Whether the lab is up and everything that it started still runs. */
export const isRunning = (lab) => lab.record.state === 'running' && deadDaemons(lab).length === 0;

async function start(lab, { ingress, prometheus }) {
  const { record } = lab;
  const withHosts = record.hosts.length > 0;
  if (withHosts) {
    await makeBridge(lab);
    await makeNamespace(lab, GATEWAY, lab.plan.gatewayAddress);
  }
  await step('credentials', () => makeCredentials(lab));
  const booted = withHosts ? step('hosts boot', () => bootHosts(lab)) : Promise.resolve();
  const published = step('registry and test images', async () => {
    await startRegistries(lab);
    await publishImages(lab);
  });
  // A failure of one must not become an unhandled rejection while another is awaited.
  booted.catch(() => {});
  published.catch(() => {});
  const api = await step('control plane', () => startControlPlane(lab));
  await step('rights and join token', () => makeJoinable(lab, api));
  await published;
  await booted;
  if (withHosts) {
    await step('hosts join', () => joinHosts(lab, api));
    await startGateway(lab);
    await step('metrics, DNS and storage', async () => {
      await startMetricsServer(lab, api);
      await startDns(lab, api);
      await startStorage(lab, api);
    });
  }
  if (record.simulated) await simulateNodes(lab, api, record.simulated);
  if (ingress) await startIngress(lab, api);
  if (prometheus) await startPrometheus(lab, api);
  api.close();
}

async function fresh({ name, hosts, simulated, spares, more }) {
  await fillCache(hosts > 0, more);
  const folder = folderOf(name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const index = await claim(folder);
  const lab = Lab.create({ name, index, hostCount: hosts, simulated, spares });
  try {
    await start(lab, more);
  } catch (error) {
    lab.record.state = 'failed';
    lab.save();
    throw error;
  }
  lab.record.state = 'running';
  lab.save();
  return lab;
}

async function alreadyUp(lab, { hosts, simulated, hostsGiven, spares, ingress, prometheus }) {
  const has = joined(lab).length;
  const hasSpares = lab.record.hosts.length - has;
  if (spares > hasSpares) {
    throw new LabError(`The lab "${lab.name}" runs with ${hasSpares} spare hosts, not ${spares}; \`lab down --name ${lab.name}\` first.`);
  }
  if (hostsGiven && has !== hosts) {
    throw new LabError(`The lab "${lab.name}" runs with ${has} hosts, not ${hosts}; \`lab down --name ${lab.name}\` first.`);
  }
  if (simulated > lab.record.simulated) await simulateNodes(lab, undefined, simulated);
  if (prometheus) requireHosts(has);
  if (ingress || prometheus) await fillCache(has > 0, { ingress, prometheus });
  if (ingress) await startIngress(lab);
  if (prometheus) await startPrometheus(lab);
  note(`the lab "${lab.name}" is up`);
  return lab;
}

function requireHosts(hosts) {
  if (!hosts) throw new LabError('Prometheus measures what runs on hosts, and this lab has none; leave `--prometheus` out, or start one with hosts.');
}

/** Starts a lab, or leaves it alone when it runs. Gives it back. */
export async function up(options) {
  const { name } = options;
  let { hosts } = options;
  checkName(name);
  const existing = Lab.load(name);
  if (existing && isRunning(existing)) return alreadyUp(existing, options);
  if (options.prometheus) requireHosts(hosts);
  const hindrance = hosts || options.spares ? await whyNoHosts() : undefined;
  if (hindrance) {
    if (options.hostsGiven) {
      throw new LabError(`Hosts are namespaces with systemd in them (${hindrance}); run as root of the machine, or use \`--no-hosts\` with \`--simulated N\`.`);
    }
    note(`${hindrance}: no hosts, simulated nodes only${options.prometheus ? ', and no Prometheus' : ''}`);
    hosts = 0;
  }
  // Who gets no hosts because of not being root still gets a cluster where pods run.
  const fallback = hosts < options.hosts && !options.simulatedGiven;
  const simulated = fallback ? 5 : options.simulated;
  await requireInstalled(hosts > 0);
  mkdirSync(STATE, { recursive: true, mode: 0o700 });
  if (existing) {
    const dead = deadDaemons(existing);
    note(`the lab "${name}" is left over from a run that ${existing.record.state === 'running' ? `lost ${dead.join(', ')}` : 'did not finish'}; starting anew`);
    await removeLab(existing);
  } else {
    rmSync(folderOf(name), { recursive: true, force: true });
    release(folderOf(name));
  }
  const more = { ingress: options.ingress, prometheus: options.prometheus && hosts > 0 };
  return fresh({ name, hosts, simulated, spares: hosts ? options.spares : 0, more });
}
