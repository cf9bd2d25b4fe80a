// The lab's long-lived processes: started in sessions of their own with a log
// file each, recorded with their start time, stopped by that record only.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { identity, isAlive } from './identity.mjs';
import { LabError } from './failure.mjs';
import { sleep } from './shell.mjs';

/** Starts a process and records it under `name`. Its output is appended to the log of that name. */
export function startDaemon(lab, name, command, args, { env, cwd } = {}) {
  const log = openSync(lab.log(name), 'a', 0o600);
  try {
    const child = spawn(command, args, {
      cwd: cwd ?? lab.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    if (!child.pid) throw new LabError(`${command} could not be started; run \`lab build\`.`);
    child.unref();
    lab.record.daemons[name] = identity(child.pid);
    lab.save();
    return child.pid;
  } finally {
    closeSync(log);
  }
}

/** Whether the recorded process of that name still runs. */
export const daemonRuns = (lab, name) => isAlive(lab.record.daemons[name]);

/** Fails with the end of the log when a process that should run does not. */
export function requireDaemon(lab, name) {
  if (daemonRuns(lab, name)) return;
  const log = lab.log(name);
  const end = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-4).join('\n');
  const error = new LabError(`${name} ended by itself:\n${end}`, { log });
  error.final = true;
  throw error;
}

/** Ends one process: SIGTERM, and SIGKILL when it is still there after `grace` milliseconds. */
export async function stopDaemon(lab, name, { grace = 5000, signal = 'SIGTERM' } = {}) {
  await endProcess(lab.record.daemons[name], { grace, signal });
  delete lab.record.daemons[name];
  lab.save();
}

/** Ends a recorded process if it is the one that was recorded. */
export async function endProcess(recorded, { grace = 5000, signal = 'SIGTERM' } = {}) {
  if (!isAlive(recorded)) return;
  const send = (what) => {
    try {
      process.kill(recorded.pid, what);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  send(signal);
  for (const end = Date.now() + grace; isAlive(recorded) && Date.now() < end;) await sleep(50);
  if (isAlive(recorded)) send('SIGKILL');
  for (const end = Date.now() + 2000; isAlive(recorded) && Date.now() < end;) await sleep(50);
}
