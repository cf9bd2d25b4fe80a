// Locks between lab commands that run at the same time, as files that name
// their holder. A lock whose holder is gone is taken over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sleep } from './shell.mjs';
import { LabError } from './failure.mjs';
import { identity, isAlive } from './identity.mjs';

function tryTake(path) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(identity(process.pid)));
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function holderIsAlive(path) {
  try {
    return isAlive(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return false;
  }
}

/** Removes a dead holder's lock; of several that see it at once, one moves it away and the others find nothing. */
function bury(path) {
  const grave = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, grave);
    // Another may have buried it and taken the lock between our look and our move: give it back.
    if (holderIsAlive(grave)) linkSync(grave, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(error.code)) throw error;
  } finally {
    rmSync(grave, { force: true });
  }
}

/** Runs `work` while holding the lock file; waits up to `timeout` ms for another holder. */
export async function withLock(path, work, { timeout = 900_000, onWait } = {}) {
  mkdirSync(dirname(path), { recursive: true });
  const end = Date.now() + timeout;
  for (let waited = 0; !tryTake(path); waited += 1) {
    if (!holderIsAlive(path)) {
      bury(path);
      continue;
    }
    if (waited === 5) onWait?.();
    if (Date.now() > end) {
      throw new LabError(`Another lab command holds ${path}; wait for it or end it, then try again.`);
    }
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
