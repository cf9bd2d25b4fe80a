// Ending a lab and removing what it left, from its record alone: also when the
// record is of a run that crashed, or of a machine that was restarted since.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from './failure.mjs';
import { isRoot } from './settings.mjs';
import { endProcess } from './daemons.mjs';
import { release } from './allocation.mjs';
import { removeNetwork } from './network.mjs';
import { removeCgroups } from './cgroups.mjs';

// Clients go before servers, so that nothing complains or waits on its way out.
const LAST = ['kube-apiserver', 'etcd', 'registry', 'private-registry'];

/** Stops every process of the lab, servers last. Keeps the folder. */
export async function stopEverything(lab) {
  const { daemons, hosts } = lab.record;
  if (hosts.length && !isRoot) {
    throw new LabError(`The lab "${lab.name}" has hosts, which only root can stop; run this command as root.`);
  }
  // With a host's first process, the init of its pid namespace, all in it ends.
  const end = (names) => Promise.all(names.map((name) => endProcess(daemons[name], { signal: 'SIGKILL' })));
  await end(Object.keys(daemons).filter((name) => !LAST.includes(name)));
  await end(LAST);
}

/** Stops the lab and removes everything that it made. */
export async function removeLab(lab) {
  await stopEverything(lab);
  if (lab.record.hosts.length) {
    await removeNetwork(lab);
    await removeCgroups(lab.plan.cgroup);
  }
  rmSync(lab.etcdData, { recursive: true, force: true });
  refuseMounts(lab.folder);
  rmSync(lab.folder, { recursive: true, force: true });
  release(lab.folder);
}

/** Never deletes through a mount: a host's root would be the shared image. */
function refuseMounts(folder) {
  const hosts = join(folder, 'hosts');
  if (!existsSync(hosts)) return;
  const device = statSync(hosts).dev;
  for (const host of readdirSync(hosts)) {
    for (const part of readdirSync(join(hosts, host))) {
      const path = join(hosts, host, part);
      if (statSync(path).dev !== device) {
        throw new LabError(`Something is still mounted on ${path}; unmount it with \`umount ${path}\` and try again.`);
      }
    }
  }
}
