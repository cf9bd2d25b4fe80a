// What can be tested of the lab without starting one. `lab check` tests the rest.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { parseArguments } from '../lib/arguments.mjs';
import { plan } from '../lib/allocation.mjs';
import { COMMANDS } from '../lib/commands.mjs';
import { COMPONENTS, componentNamed, isConfigured } from '../lib/components.mjs';
import { endProcess } from '../lib/daemons.mjs';
import { identity, isAlive } from '../lib/identity.mjs';
import { withLock } from '../lib/locks.mjs';
import { assembleImage } from '../lib/oci.mjs';
import { startParts, stopParts } from '../lib/parts.mjs';
import { prometheusConfiguration, prometheusOf } from '../lib/prometheus.mjs';
import { sleep } from '../lib/shell.mjs';
import { REPLICAS, nodeObject, podObject, workloadObjects } from '../lib/seed-objects.mjs';
import { Lab, checkName, folderOf } from '../lib/state.mjs';
import { up } from '../lib/up.mjs';

function temporary(t) {
  const folder = mkdtempSync(join(tmpdir(), 'lab-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('no two labs share a port, an address or a name', () => {
  const seen = new Set();
  for (let index = 0; index < 30; index += 1) {
    const { ports, bridge, podSubnet, serviceSubnet, cgroup, dnsAddress, veth, hostAddress } = plan(index, true);
    assert.ok(bridge.length <= 15 && veth('gateway').length <= 15, 'interface names have at most 15 letters');
    const mine = [...Object.values(ports), bridge, podSubnet, serviceSubnet, cgroup, dnsAddress, hostAddress(1)];
    for (const thing of mine) {
      assert.ok(!seen.has(thing), `${thing} is used twice`);
      seen.add(thing);
    }
  }
});

test('a lab without hosts listens on loopback only', () => {
  assert.equal(plan(3, false).address, '127.0.0.1');
  assert.equal(plan(3, true).address, '10.97.3.1');
});

test('options are known and typed', () => {
  const options = { name: 'text', hosts: 'number', json: 'flag' };
  assert.deepEqual(parseArguments(['--name', 'a', '--hosts=3', '--json', 'x', '--', '--y'], options), {
    _: ['x', '--y'], name: 'a', hosts: 3, json: true,
  });
  assert.throws(() => parseArguments(['--host', '3'], options), /no option --host/);
  assert.throws(() => parseArguments(['--hosts', 'many'], options), /whole number/);
  assert.throws(() => parseArguments(['--name'], options), /takes a value/);
});

test('Prometheus is asked for by name, and refused where there is nothing to measure', async () => {
  for (const name of ['up', 'build']) assert.equal(parseArguments(['--prometheus'], COMMANDS[name].options).prometheus, true);
  await assert.rejects(up({ name: 'never-made', hosts: 0, hostsGiven: true, prometheus: true }), /this lab has none/);
  assert.ok(!existsSync(folderOf('never-made')));
});

test('Prometheus asks every host, keeps little, and listens on one address', () => {
  const hosts = [{ name: 'host-1', address: '10.97.2.11' }, { name: 'spare-1', address: '10.97.2.12', spare: true }];
  const lab = new Lab({ name: 'never-made', index: 2, hosts });
  const { global, storage, scrape_configs: jobs } = prometheusConfiguration(lab);
  assert.equal(global.scrape_interval, '5s');
  assert.equal(storage.tsdb.retention.time, '6h');
  assert.deepEqual(jobs.map((job) => job.metrics_path), ['/metrics/cadvisor', '/metrics/resource']);
  for (const job of jobs) {
    const targets = job.static_configs.map(({ targets: [target], labels }) => `${labels.node} ${target}`);
    assert.deepEqual(targets, ['host-1 10.97.2.11:10250', 'spare-1 10.97.2.12:10250']);
    const [{ regex, action }] = job.metric_relabel_configs;
    assert.equal(action, 'keep');
    const kept = (name) => new RegExp(`^(?:${regex})$`).test(name); // as Prometheus anchors it
    for (const name of ['container_cpu_usage_seconds_total', 'container_memory_working_set_bytes', 'pod_memory_working_set_bytes']) assert.ok(kept(name), name);
    for (const name of ['container_memory_working_set_bytes_more', 'container_fs_usage_bytes', 'scrape_error']) assert.ok(!kept(name), name);
  }
  const listening = COMPONENTS.prometheus.args(lab).filter((arg) => arg.startsWith('--web.listen-address='));
  assert.deepEqual(listening, [`--web.listen-address=10.97.2.1:${lab.plan.ports.prometheus}`]);
  assert.ok(!isConfigured(lab, 'prometheus'));
  assert.equal(prometheusOf(lab), null);
  lab.record.prometheus = true;
  assert.deepEqual(prometheusOf(lab), { url: `http://10.97.2.1:${lab.plan.ports.prometheus}`, namespace: 'monitoring', service: 'prometheus', port: 9090 });
});

test('a name that would leave the state folder is refused', () => {
  assert.equal(checkName('bench-2'), 'bench-2');
  for (const bad of ['', '..', 'a/b', 'A', '-a', 'a-', 'x'.repeat(31)]) assert.throws(() => checkName(bad), /cannot name a lab/);
});

test('images have reproducible bytes that tar can read', (t) => {
  const options = { program: 'bin/thing', content: Buffer.from('program'), links: ['bin/other'], port: 8080 };
  const image = assembleImage(options);
  assert.equal(image.digest, assembleImage(options).digest);
  assert.notEqual(image.digest, assembleImage({ ...options, port: 8081 }).digest);
  const layer = join(temporary(t), 'layer.tar');
  writeFileSync(layer, image.blobs[0]);
  const listing = execFileSync('tar', ['-tvf', layer], { encoding: 'utf8' });
  assert.match(listing, /-rwxr-xr-x 0\/0\s+7 1970-01-01 \S+ bin\/thing/);
  assert.match(listing, /bin\/other -> thing/);
  assert.equal(JSON.parse(image.blobs[1]).config.User, '65532:65532');
});

test('a recorded process is recognized by its start time', async () => {
  const child = spawn('sleep', ['60']);
  const recorded = identity(child.pid);
  assert.ok(isAlive(recorded));
  assert.ok(!isAlive({ ...recorded, start: '1' }), 'another process under the same pid');
  await endProcess({ ...recorded, start: '1' });
  assert.ok(isAlive(recorded), 'a process that was not recorded is left alone');
  await endProcess(recorded);
  assert.ok(!isAlive(recorded));
});

test('parts are stopped one after the other, and none when one of them is unknown', async (t) => {
  assert.deepEqual(['apiserver', 'kube-apiserver', 'kwok', 'nothing'].map(componentNamed), ['kube-apiserver', 'kube-apiserver', 'kwok', undefined]);
  const processes = [spawn('sleep', ['60']), spawn('sleep', ['60'])];
  t.after(() => processes.forEach((child) => child.kill('SIGKILL')));
  const lab = new Lab({ name: 'never-made', index: 2, hosts: [], stopped: [], daemons: { 'kube-apiserver': identity(processes[0].pid), 'kube-scheduler': identity(processes[1].pid) } });
  let saved = 0;
  lab.save = () => { saved += 1; };
  await assert.rejects(stopParts(lab, ['apiserver', 'nothing']), /"nothing" is no part of this lab; it has kube-apiserver, kube-scheduler\./);
  await assert.rejects(startParts(lab, []), /is no part of this lab/);
  assert.ok(isAlive(lab.record.daemons['kube-apiserver']) && saved === 0, 'nothing was stopped');
  await stopParts(lab, ['apiserver', 'scheduler']);
  assert.deepEqual(lab.record.stopped, ['kube-apiserver', 'kube-scheduler']);
  assert.ok(!isAlive(lab.record.daemons['kube-apiserver']) && !isAlive(lab.record.daemons['kube-scheduler']));
  assert.ok(saved >= 2);
});

test('a lock keeps others out, and is taken over from the dead', async (t) => {
  const path = join(temporary(t), 'lock');
  const order = [];
  const first = withLock(path, async () => {
    order.push('first in');
    await sleep(300);
    order.push('first out');
  });
  await withLock(path, async () => order.push('second'));
  await first;
  assert.deepEqual(order, ['first in', 'first out', 'second']);
  writeFileSync(path, JSON.stringify({ pid: process.pid, start: '1' }));
  assert.equal(await withLock(path, async () => 'mine'), 'mine');
});

test('seeded objects are the same each time, distinct, and belong together', () => {
  assert.deepEqual(podObject(77, 500, 4800), podObject(77, 500, 4800));
  const keys = new Set(Array.from({ length: 20_000 }, (_, number) => podObject(number, 5000, 1600)[0]));
  assert.equal(keys.size, 20_000);
  const [[, deployment], [replicaSetKey, replicaSet]] = workloadObjects(3, REPLICAS);
  const [, pod] = podObject(3 * REPLICAS, 5000, 1600);
  assert.equal(pod.metadata.ownerReferences[0].uid, replicaSet.metadata.uid);
  assert.equal(replicaSet.metadata.ownerReferences[0].uid, deployment.metadata.uid);
  assert.ok(replicaSetKey.endsWith(pod.metadata.ownerReferences[0].name));
  assert.equal(pod.spec.nodeName, nodeObject(61)[1].metadata.name);
});

test('seeded pods have about the size that was asked for', () => {
  for (const bytes of [1600, 4800]) {
    const size = JSON.stringify(podObject(1234, 5000, bytes)[1]).length;
    assert.ok(Math.abs(size - bytes) < 100, `${size} bytes instead of ${bytes}`);
  }
});
