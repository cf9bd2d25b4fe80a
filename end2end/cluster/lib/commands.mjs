// What each command does with its options; results go to stdout.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_NAME, SOURCE, STATE, isRoot } from './settings.mjs';
import { LabError } from './failure.mjs';
import { Lab, checkName, folderOf, labNames } from './state.mjs';
import { withLock } from './locks.mjs';
import { fillCache } from './cache.mjs';
import { isRunning, up } from './up.mjs';
import { daemonRuns } from './daemons.mjs';
import { removeLab } from './cleanup.mjs';
import { release } from './allocation.mjs';
import { statusOf, describe } from './status.mjs';
import { note, step } from './progress.mjs';
import { check } from './check.mjs';
import { serviceUrl, ssh } from './access.mjs';
import { churn, seed } from './seed.mjs';
import { startParts, stopParts } from './parts.mjs';
import { requireInstalled } from './requirements.mjs';
import { publishDatabases } from './databases.mjs';

const nameOf = (options) => checkName(options.name ?? DEFAULT_NAME);
const print = (text) => process.stdout.write(`${text}\n`);

function exclusively(name, work) {
  mkdirSync(STATE, { recursive: true, mode: 0o700 });
  return withLock(join(STATE, `${name}.lock`), work, {
    onWait: () => note(`another command works on the lab "${name}"; waiting for it`),
  });
}

function runningLab(name) {
  const lab = Lab.load(name);
  if (!lab || !isRunning(lab)) throw new LabError(`The lab "${name}" is not up; start it with \`lab up --name ${name}\`.`);
  return lab;
}

/** A lab whose API server runs, even when a test has just killed something else. */
function reachableLab(name) {
  const lab = Lab.load(name);
  return lab && daemonRuns(lab, 'kube-apiserver') && existsSync(lab.kubeconfig) ? lab : runningLab(name);
}

/** Runs work that changes the lab's record, one at a time. */
function changeLab(options, work) {
  const name = nameOf(options);
  return exclusively(name, async () => { await work(runningLab(name)); });
}

async function runUp(options) {
  const name = nameOf(options);
  await exclusively(name, () => up({
    name,
    hosts: options['no-hosts'] ? 0 : options.hosts ?? 2,
    hostsGiven: options.hosts !== undefined || options['no-hosts'] === true,
    spares: options.spare ?? 0,
    simulated: options.simulated ?? 0,
    simulatedGiven: options.simulated !== undefined,
    ingress: options.ingress === true,
    prometheus: options.prometheus === true,
  }));
}

async function runDown(options) {
  const names = options.all ? labNames() : [nameOf(options)];
  for (const name of names) {
    await exclusively(name, async () => {
      const lab = Lab.load(name);
      if (lab) await step(`the lab "${name}" is down`, () => removeLab(lab));
      else {
        release(folderOf(name));
        note(`the lab "${name}" is not there`);
      }
    });
  }
}

async function runStatus(options) {
  const status = await statusOf(nameOf(options));
  print(options.json ? JSON.stringify(status, null, 2) : describe(status));
  return status.state === 'running' ? 0 : 3;
}

async function runBuild(options) {
  if (isRoot) await requireInstalled(true);
  else note('not root: the host image is left out');
  await fillCache(isRoot, options);
}

/** Command name => its options and what it does; the result is the exit code. */
export const COMMANDS = {
  up: {
    options: { name: 'text', hosts: 'number', 'no-hosts': 'flag', simulated: 'number', spare: 'number', ingress: 'flag', prometheus: 'flag' },
    run: runUp,
  },
  down: { options: { name: 'text', all: 'flag' }, run: runDown },
  status: { options: { name: 'text', json: 'flag' }, run: runStatus },
  kubeconfig: { options: { name: 'text' }, run: (options) => print(reachableLab(nameOf(options)).kubeconfig) },
  images: {
    options: { name: 'text' },
    run: (options) => Object.entries(runningLab(nameOf(options)).record.images).forEach(([name, digest]) => print(`${name} ${digest}`)),
  },
  databases: {
    options: { name: 'text' },
    run: async (options) => { for (const name of await publishDatabases(runningLab(nameOf(options)))) print(name); },
  },
  'service-url': {
    options: { name: 'text', port: 'number' },
    run: async (options) => print(await serviceUrl(reachableLab(nameOf(options)), options._, options.port)),
  },
  ssh: { options: { name: 'text' }, run: (options) => ssh(reachableLab(nameOf(options)), options._) },
  check: { options: { name: 'text' }, run: (options) => check(runningLab(nameOf(options))) },
  seed: {
    options: { name: 'text', nodes: 'number', pods: 'number', 'pod-bytes': 'number' },
    run: (options) => changeLab(options, (lab) => seed(lab, { nodes: options.nodes, pods: options.pods, podBytes: options['pod-bytes'] ?? 1600 })),
  },
  churn: {
    options: { name: 'text', rate: 'number', seconds: 'number' },
    run: async (options) => print(await churn(runningLab(nameOf(options)), options)),
  },
  'stop-component': { options: { name: 'text' }, run: (options) => changeLab(options, (lab) => stopParts(lab, options._)) },
  'start-component': { options: { name: 'text' }, run: (options) => changeLab(options, (lab) => startParts(lab, options._)) },
  build: { options: { ingress: 'flag', prometheus: 'flag' }, run: runBuild },
};

/** The text of `lab help`. */
export const HELP = existsSync(join(SOURCE, 'help.txt')) ? readFileSync(join(SOURCE, 'help.txt'), 'utf8') : '';
