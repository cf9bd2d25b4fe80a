// A lab's folder and its record `lab.json`. The record is written before a
// resource is made rather than after, so that whatever a crash leaves is found.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATE } from './settings.mjs';
import { LabError } from './failure.mjs';
import { plan } from './allocation.mjs';

const NAME = /^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/;

/** Fails unless the name can be part of paths and of a cluster's name. */
export function checkName(name) {
  if (!NAME.test(name)) {
    throw new LabError(`"${name}" cannot name a lab; use 1 to 30 lower-case letters, digits and dashes, a letter first.`);
  }
  return name;
}

export const folderOf = (name) => join(STATE, name);

/** The names that have a folder, running or not. */
export function labNames() {
  if (!existsSync(STATE)) return [];
  return readdirSync(STATE, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && NAME.test(entry.name))
    .map((entry) => entry.name)
    .sort();
}

/** The hosts that `up` joins; the others wait for somebody to do it. */
export const joined = (lab) => lab.record.hosts.filter((host) => !host.spare);

/** One lab: what is recorded of it (`record`), what follows from its number (`plan`), its paths. */
export class Lab {
  constructor(record) {
    this.record = record;
    this.name = record.name;
    this.folder = folderOf(record.name);
    this.plan = plan(record.index, record.hosts.length > 0);
  }

  /** A new record in the state `starting`; nothing is started. */
  static create({ name, index, hostCount, simulated, spares = 0 }) {
    const named = (count, make) => Array.from({ length: count }, (_, at) => make(at + 1));
    const hosts = [
      ...named(hostCount, (number) => ({ name: `host-${number}` })),
      ...named(spares, (number) => ({ name: `spare-${number}`, spare: true })),
    ];
    const lab = new Lab({ name, index, state: 'starting', simulated, hosts, daemons: {}, stopped: [] });
    for (const part of ['', 'logs', 'conf', 'pki', 'ssh', 'hosts', 'registry']) lab.makeFolder(part);
    lab.save();
    return lab;
  }

  /** The recorded lab of that name, or undefined. */
  static load(name) {
    try {
      return new Lab(JSON.parse(readFileSync(join(folderOf(name), 'lab.json'), 'utf8')));
    } catch (error) {
      if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  log(name) {
    return this.path('logs', `${name}.log`);
  }

  makeFolder(...parts) {
    const path = this.path(...parts);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
    return path;
  }

  /** The admin kubeconfig, written with mode 0600. */
  get kubeconfig() {
    return this.path('kubeconfig');
  }

  /** Where etcd keeps its data: memory, for it neither needs nor gets durability. */
  get etcdData() {
    const shm = '/dev/shm';
    return existsSync(shm) ? join(shm, `longshore-lab-${process.getuid()}-${this.record.index}`) : this.path('etcd');
  }

  get apiserver() {
    return `https://${this.plan.address}:${this.plan.ports.apiserver}`;
  }

  /** host:port under which hosts and machine alike reach the registry, by plain HTTP. */
  get registry() {
    return `${this.plan.address}:${this.plan.ports.registry}`;
  }

  /** The same for the registry that wants an account, and has the same images. */
  get privateRegistry() {
    return `${this.plan.address}:${this.plan.ports.privateRegistry}`;
  }

  save() {
    const path = this.path('lab.json');
    writeFileSync(`${path}.new`, JSON.stringify(this.record, null, 2), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}
