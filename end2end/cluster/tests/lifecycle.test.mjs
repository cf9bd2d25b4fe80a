// A lab with hosts from a crash to its end, in a state folder of its own. Root
// only, for hosts are.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../lib/identity.mjs';
import { whyNoHosts } from '../lib/requirements.mjs';

const program = join(dirname(dirname(fileURLToPath(import.meta.url))), 'lab.mjs');
const hindrance = await whyNoHosts();
const seconds = (number) => new Promise((resolve) => setTimeout(resolve, number * 1000));

test('a lab is made after a crash, runs, and leaves nothing', { skip: hindrance, timeout: 300_000 }, async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'lab-state-'));
  const env = { ...process.env, LONGSHORE_LAB_STATE: state };
  const lab = (command, ...args) => execFileSync('node', [program, command, '--name', 'lifecycle', ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => {
    if (existsSync(state)) lab('down');
    rmSync(state, { recursive: true, force: true });
  });

  const crashed = spawn('node', [program, 'up', '--name', 'lifecycle'], { env, stdio: 'ignore' });
  const record = join(state, 'lifecycle', 'lab.json');
  const begun = () => existsSync(record) && JSON.parse(readFileSync(record, 'utf8')).daemons['host-1'];
  for (let waited = 0; !begun() && waited < 120; waited += 0.1) await seconds(0.1);
  crashed.kill('SIGKILL');
  const leftOver = JSON.parse(readFileSync(record, 'utf8'));
  assert.ok(leftOver.daemons['host-1'], 'the crashed run has started a host');
  assert.equal(leftOver.state, 'starting');

  lab('up', '--hosts', '1', '--spare', '1', '--simulated', '2');
  assert.ok(!isAlive(leftOver.daemons.etcd), 'what the crashed run started has ended');
  const status = JSON.parse(lab('status', '--json'));
  assert.equal(status.state, 'running');
  assert.deepEqual(status.hosts.map(({ name }) => name), ['host-1']);
  assert.deepEqual(status.spares.map(({ name }) => name), ['spare-1']);
  assert.equal(lab('kubeconfig').trim(), status.kubeconfig);
  const began = Date.now();
  lab('up');
  assert.ok(Date.now() - began < 3000, 'a second up is a matter of a moment');
  assert.match(lab('ssh', 'spare-1', '--', 'systemctl is-system-running || true; kubeadm version -o short'), /^(running|starting|degraded)\nv1\./);

  const { index, daemons } = JSON.parse(readFileSync(record, 'utf8'));
  lab('down');
  assert.ok(!existsSync(join(state, 'lifecycle')), 'its folder is gone');
  assert.ok(!existsSync(`/sys/class/net/lsb${index}`), 'its bridge is gone');
  assert.ok(!execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).includes(`longshore-${index}-`), 'its namespaces are gone');
  assert.ok(!readFileSync('/proc/mounts', 'utf8').includes(state), 'its mounts are gone');
  assert.ok(!existsSync(`/sys/fs/cgroup/pids/longshore-lab/${index}`) && !existsSync(`/sys/fs/cgroup/longshore-lab/${index}`), 'its control groups are gone');
  // An ended process stays in /proc until its parent asks for it, which is for the machine's first process to do.
  for (const [name, daemon] of Object.entries(daemons)) assert.ok(!isAlive(daemon), `${name} has ended`);
});
