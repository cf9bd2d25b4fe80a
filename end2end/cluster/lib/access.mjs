// Ways from this machine into the lab: to a Service, and onto a host.
import { spawn } from 'node:child_process';
import { LabError } from './failure.mjs';
import { Api } from './api.mjs';
import { sshArguments } from './hosts.mjs';

/** The URL of a Service's virtual IP, which this machine reaches through the lab's gateway. */
export async function serviceUrl(lab, [namespace, name], port) {
  if (!namespace || !name) throw new LabError('lab service-url takes a namespace and the name of a Service.');
  if (!lab.record.hosts.length) throw new LabError('This lab has no hosts, so no Service answers; start one with hosts.');
  const api = Api.fromKubeconfig(lab.kubeconfig);
  try {
    const service = await api.json(`/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`);
    const { clusterIP, ports = [] } = service.spec;
    if (!clusterIP || clusterIP === 'None') throw new LabError(`The Service ${namespace}/${name} has no virtual IP.`);
    const chosen = port === undefined ? ports[0] : ports.find((each) => each.port === port);
    if (!chosen) throw new LabError(`The Service ${namespace}/${name} has no port ${port ?? 'at all'}.`);
    return `http://${clusterIP}${chosen.port === 80 ? '' : `:${chosen.port}`}`;
  } finally {
    api.close();
  }
}

/** Runs ssh to a host with this terminal; gives its exit code. */
export function ssh(lab, [name, ...command]) {
  const host = lab.record.hosts.find((candidate) => candidate.name === name);
  if (!host) {
    const known = lab.record.hosts.map((each) => each.name).join(', ') || 'none';
    throw new LabError(`"${name ?? ''}" is no host of this lab; it has ${known}.`);
  }
  const child = spawn('ssh', ['-F', 'none', ...sshArguments(lab, host), ...command], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 255));
  });
}
