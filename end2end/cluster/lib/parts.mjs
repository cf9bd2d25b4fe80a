// Stopping and starting single parts of a running lab, for fault tests and for
// benchmarks that want the machine for themselves. `up` and `status` know what
// was stopped on purpose.
import { LabError } from './failure.mjs';
import { COMPONENTS, componentNamed, isConfigured } from './components.mjs';
import { apiserverReady, startComponent } from './control-plane.mjs';
import { daemonRuns, endProcess } from './daemons.mjs';
import { startHost } from './hosts.mjs';
import { note, step } from './progress.mjs';

/** A component by its name with or without `kube-`, or a host. */
function part(lab, name) {
  const host = lab.record.hosts.find((candidate) => candidate.name === name);
  const component = name && componentNamed(name);
  if (!host && !(component && isConfigured(lab, component))) {
    const known = [...Object.keys(COMPONENTS).filter((each) => each in lab.record.daemons), ...lab.record.hosts.map((each) => each.name)];
    throw new LabError(`"${name ?? ''}" is no part of this lab; it has ${known.join(', ')}.`);
  }
  return { name: host ? host.name : component, host };
}

/** The parts of these names; at least one has to be named. */
const parts = (lab, wanted) => (wanted.length ? wanted : [undefined]).map((name) => part(lab, name));

/** Stops components, one after the other, with SIGTERM; a host at once, as if it lost its power. */
export async function stopParts(lab, wanted) {
  for (const each of parts(lab, wanted)) await stopPart(lab, each);
}

/** Starts what was stopped, one after the other; returns when an API server among them answers. */
export async function startParts(lab, wanted) {
  for (const each of parts(lab, wanted)) await startPart(lab, each);
}

async function stopPart(lab, { name, host }) {
  if (!lab.record.stopped.includes(name)) lab.record.stopped.push(name);
  lab.save();
  await endProcess(lab.record.daemons[name], { signal: host ? 'SIGKILL' : 'SIGTERM' });
  note(`${name} is stopped`);
}

/** A host keeps its files and comes back to the cluster by itself. */
async function startPart(lab, { name, host }) {
  if (!daemonRuns(lab, name)) {
    if (host) await step(`${name} boots`, () => startHost(lab, host));
    else startComponent(lab, name);
  }
  if (name === 'kube-apiserver') await step(`${name} answers`, () => apiserverReady(lab));
  lab.record.stopped = lab.record.stopped.filter((each) => each !== name);
  lab.save();
  note(`${name} runs`);
}
