// Running other programs to their end. Long-lived ones are in daemons.mjs.
import { spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from './failure.mjs';

export { sleep };

function finish(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? `signal ${signal}`));
  });
}

const tail = (text, lines = 12) => text.trimEnd().split('\n').slice(-lines).join('\n');

/**
 * Runs a program and gives its stdout. Fails with a LabError that holds the end
 * of stderr, unless `allowFailure`, which gives '' instead.
 */
export async function capture(command, args, { input, env, cwd, allowFailure } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const out = [];
  const err = [];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => err.push(chunk));
  if (input !== undefined) {
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  }
  let code;
  try {
    code = await finish(child);
  } catch (cause) {
    if (allowFailure) return '';
    throw new LabError(`${command} could not be started: ${cause.message}`, { cause });
  }
  if (code !== 0 && !allowFailure) {
    const said = tail(Buffer.concat(err).toString() || Buffer.concat(out).toString());
    throw new LabError(`${command} ${args.slice(0, 4).join(' ')} failed (${code}): ${said}`);
  }
  return code === 0 ? Buffer.concat(out).toString() : '';
}

/** Runs a program with all its output appended to `log`; fails naming that file. */
export async function logged(log, command, args, { env, cwd, input } = {}) {
  const file = openSync(log, 'a', 0o600);
  try {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', file, file],
    });
    if (input !== undefined) child.stdin.end(input);
    const code = await finish(child).catch((cause) => {
      throw new LabError(`${command} could not be started: ${cause.message}`, { cause });
    });
    if (code !== 0) {
      throw new LabError(
        `${command} ${args.slice(0, 3).join(' ')} failed (${code}): ${tail(readFileSync(log, 'utf8'), 6)}`,
        { log },
      );
    }
  } finally {
    closeSync(file);
  }
}

/**
 * Calls `probe` until it gives something truthy, which is returned. Throws a
 * LabError with `what` after `timeout` milliseconds.
 */
export async function until(what, probe, { timeout = 60_000, every = 200, log } = {}) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
    } catch (error) {
      if (error instanceof LabError && error.final) throw error;
      last = error;
    }
    if (Date.now() > end) {
      const why = last ? ` (${last.message})` : '';
      throw new LabError(`${what} did not happen within ${timeout / 1000} s${why}`, { log });
    }
    await sleep(every);
  }
}
