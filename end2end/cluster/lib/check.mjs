// `lab check`: the whole lab used once as a person would use it. Deploys the
// demo, asks it through its Service's virtual IP, upgrades it under load, reads
// logs and metrics, and deletes it.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { SOURCE } from './settings.mjs';
import { LabError } from './failure.mjs';
import { binary } from './binaries.mjs';
import { capture, sleep, until } from './shell.mjs';
import { note, step } from './progress.mjs';

const NAMESPACE = 'lab-check';
const REQUESTS_PER_SECOND = 60;

// What Pod Security `restricted` asks of a pod that kubectl makes.
const RESTRICTED = {
  spec: {
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'ask', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
  },
};

function must(condition, otherwise) {
  if (!condition) throw new LabError(`check: ${otherwise}`);
}

/** One GET on a connection of its own, as a new client makes it. */
function get(url) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: new Agent({ keepAlive: false }), timeout: 5000 }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => { text += chunk; });
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
      answer.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 5 s')));
    sent.on('error', reject);
    sent.end();
  });
}

/** Sends requests at a steady rate until told to stop; tells what became of them. */
function load(url) {
  const result = { sent: 0, versions: {}, failures: [] };
  const pending = new Set();
  const timer = setInterval(() => {
    result.sent += 1;
    const one = get(url)
      .then(({ status, text }) => {
        if (status !== 200) throw new Error(`status ${status}`);
        const { version } = JSON.parse(text);
        result.versions[version] = (result.versions[version] ?? 0) + 1;
      })
      .catch((error) => result.failures.push(error.message))
      .finally(() => pending.delete(one));
    pending.add(one);
  }, 1000 / REQUESTS_PER_SECOND);
  return async () => {
    clearInterval(timer);
    await Promise.all(pending);
    return result;
  };
}

/** Fails with a sentence about the first thing that is not as it should be. */
export async function check(lab) {
  must(lab.record.hosts.length > 0, 'this lab has no hosts, so nothing can run in it; start one with hosts.');
  const kubectl = (args, options) => capture(binary('kubectl'), ['--kubeconfig', lab.kubeconfig, ...args], options);
  const here = (...args) => kubectl(['-n', NAMESPACE, ...args]);
  const manifest = readFileSync(join(SOURCE, 'manifests', 'check.json'), 'utf8').replaceAll('REGISTRY', lab.registry);
  try {
    await step('deploy demo 1.0.0 with 3 replicas', async () => {
      await kubectl(['apply', '-f', '-'], { input: manifest });
      await here('rollout', 'status', 'deployment/demo', '--timeout=90s');
    });
    const address = await here('get', 'service', 'demo', '-o', 'jsonpath={.spec.clusterIP}');
    const url = `http://${address}/`;
    await until('the Service answers', async () => (await get(url)).status === 200, { timeout: 15_000 });
    const answer = JSON.parse((await get(url)).text);
    must(answer.version === '1.0.0', `version 1.0.0 should answer, not ${answer.version}.`);
    must(answer.config === 'colour: blue\n', 'the configuration file does not reach the container.');
    must(answer.greeting === 'hello', 'the environment does not reach the container.');

    const result = await step(`upgrade to demo 2.0.0 at ${REQUESTS_PER_SECOND} requests a second`, async () => {
      const stop = load(url);
      await sleep(1000);
      await here('set', 'image', 'deployment/demo', `demo=${lab.registry}/demo:2.0.0`);
      await here('rollout', 'status', 'deployment/demo', '--timeout=120s');
      await sleep(8000);
      return stop();
    });
    note(`${result.sent} requests, ${JSON.stringify(result.versions)}, ${result.failures.length} failed`);
    must(result.failures.length === 0, `requests failed during the upgrade: ${[...new Set(result.failures)].join('; ')}`);
    must(result.versions['1.0.0'] > 0 && result.versions['2.0.0'] > 0, 'the load did not see both versions.');

    await step('logs, DNS and metrics', async () => {
      must((await here('logs', 'deployment/demo')).includes('demo 2.0.0 listens'), 'logs are missing.');
      const found = await here('run', 'ask', '--rm', '-i', '--quiet', '--restart=Never', '--override-type=strategic', `--image=${lab.registry}/shell:1.0.0`,
        `--overrides=${JSON.stringify(RESTRICTED)}`, '--', 'wget', '-qO-', 'http://demo.lab-check.svc.cluster.local/');
      must(JSON.parse(found).version === '2.0.0', 'a pod does not reach the Service by its name.');
      await until('metrics of the pods', async () => (await here('top', 'pods')).includes('demo-'), { timeout: 60_000, every: 2000 });
    });
  } finally {
    await step('delete it', async () => {
      // A namespace that still holds pods is looked at again only after 16 s.
      await here('delete', 'deployment', 'demo', '--ignore-not-found', '--cascade=foreground', '--timeout=60s');
      await kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=90s']);
    });
  }
  note(`the lab "${lab.name}" works`);
}
