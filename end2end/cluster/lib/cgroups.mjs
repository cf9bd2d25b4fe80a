// The control groups that hosts live in. They are made inside host/enter.sh,
// where the process that moves into them runs; here they are removed.
import { existsSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from './shell.mjs';

const ROOT = '/sys/fs/cgroup';

/** The mounted hierarchies: one with cgroup v2, several with v1. */
function hierarchies() {
  if (existsSync(join(ROOT, 'cgroup.controllers'))) return [ROOT];
  if (!existsSync(ROOT)) return [];
  return readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => join(ROOT, entry.name));
}

function removeTree(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(folder, entry.name));
  }
  rmdirSync(folder);
}

/** Ends what still runs in a group: a host whose lab was killed before it had noted that host down. */
function endProcesses(folder) {
  for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').map(Number)) {
    try {
      if (pid > 1) process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) endProcesses(join(folder, entry.name));
  }
}

/** Removes a lab's groups; ends what is left in them and waits for it. */
export async function removeCgroups(cgroup) {
  for (const hierarchy of hierarchies()) {
    const folder = join(hierarchy, cgroup);
    for (let attempt = 0; existsSync(folder); attempt += 1) {
      try {
        endProcesses(folder);
        removeTree(folder);
      } catch (error) {
        if (!['EBUSY', 'ENOENT'].includes(error.code) || attempt > 50) throw error;
        await sleep(100);
      }
    }
  }
}
