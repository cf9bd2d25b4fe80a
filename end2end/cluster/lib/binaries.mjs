// Builds Kubernetes and its companions from their Go modules, once per version.
// Each module under binaries/ has a go.mod of its own: one shared list of
// requirements breaks kwok.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, KUBERNETES_VERSION, SOURCE } from './settings.mjs';
import { LabError } from './failure.mjs';
import { capture, logged } from './shell.mjs';
import { step } from './progress.mjs';
import { withLock } from './locks.mjs';

const [, MAJOR, MINOR] = /^v(\d+)\.(\d+)/.exec(KUBERNETES_VERSION);
const version = (variable, value) => `-X k8s.io/component-base/version.${variable}=${value}`;
// Without these kubeadm takes itself for v0.0.0 and refuses to join.
const KUBERNETES_FLAGS = [
  version('gitVersion', KUBERNETES_VERSION),
  version('gitMajor', MAJOR),
  version('gitMinor', MINOR),
  version('gitTreeState', 'clean'),
  `-X k8s.io/client-go/pkg/version.gitVersion=${KUBERNETES_VERSION}`,
].join(' ');

const kubernetes = (name) => `k8s.io/kubernetes/cmd/${name}`;
const programs = (names) => Object.fromEntries(names.map((name) => [name, kubernetes(name)]));

/** Module folder => programs in it (name => Go package) and roughly how long a cold build takes. */
const MODULES = {
  etcd: { programs: { etcd: 'go.etcd.io/etcd/server/v3' }, minutes: 1 },
  kubernetes: {
    programs: programs([
      'kube-apiserver', 'kube-controller-manager', 'kube-scheduler',
      'kubelet', 'kube-proxy', 'kubeadm', 'kubectl',
    ]),
    flags: KUBERNETES_FLAGS,
    minutes: 8,
  },
  registry: { programs: { registry: '.' }, minutes: 1 },
  coredns: { programs: { coredns: '.' }, minutes: 2 },
  'metrics-server': { programs: { 'metrics-server': 'sigs.k8s.io/metrics-server/cmd/metrics-server' }, minutes: 3 },
  kwok: { programs: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' }, minutes: 2 },
  'local-path': { programs: { 'local-path-provisioner': 'github.com/rancher/local-path-provisioner' }, minutes: 2 },
  // Only for labs that are asked for it.
  traefik: { programs: { traefik: 'github.com/traefik/traefik/v3/cmd/traefik' }, minutes: 6, optional: true },
  prometheus: {
    programs: { prometheus: 'github.com/prometheus/prometheus/cmd/prometheus' },
    flags: '-X github.com/prometheus/common/version.Version=3.16.0', // which it tells whoever asks; v0.316.0 as a module
    tags: 'remove_all_sd', // without the clients of two dozen clouds, by which it would find what to measure
    minutes: 4,
    optional: true,
  },
};

const moduleFolder = (name) => join(SOURCE, 'binaries', name);

/** A short digest of everything that decides what a build of the module gives. */
function fingerprint(name) {
  const { flags = '', tags } = MODULES[name];
  const hash = createHash('sha256').update(`${flags}\n`);
  if (tags) hash.update(`${tags}\n`);
  for (const file of ['go.mod', 'go.sum', 'main.go']) {
    const path = join(moduleFolder(name), file);
    if (existsSync(path)) hash.update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 12);
}

const outputFolder = (name) => join(CACHE, 'bin', `${name}-${fingerprint(name)}`);

const isBuilt = (name) => existsSync(outputFolder(name));

/** The path of a program by its name, built or not. */
export function binary(program) {
  for (const [name, module] of Object.entries(MODULES)) {
    if (module.programs[program]) return join(outputFolder(name), program);
  }
  throw new Error(`no such program: ${program}`);
}

/** The source folder of a Go module that one of ours requires, for files that ship beside its code. */
export async function moduleSource(name, path) {
  return (await capture('go', ['list', '-m', '-f', '{{.Dir}}', path], { cwd: moduleFolder(name) })).trim();
}

async function requireGo() {
  const said = await capture('go', ['version'], { allowFailure: true });
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(said ?? '') ?? [];
  if (!said || Number(major) < 1 || (Number(major) === 1 && Number(minor) < 21)) {
    throw new LabError(`Building the lab needs Go 1.21 or newer on the PATH (a newer one is fetched by it when needed); ${said ? `this one says "${said.trim()}"` : 'there is none'}. Install it and try again.`);
  }
}

async function buildModule(name, log) {
  const { programs: packages, flags = '', tags = '' } = MODULES[name];
  const target = outputFolder(name);
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const [program, path] of groups(packages)) {
    await logged(
      log,
      'nice',
      ['-n', '10', 'go', 'build', '-trimpath', '-buildvcs=false', '-tags', tags, '-ldflags', `-s -w ${flags}`, '-o', program ? join(fresh, program) : fresh, ...path],
      { cwd: moduleFolder(name), env: { CGO_ENABLED: '0' } },
    );
  }
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
}

/** One `go build` per module where the packages' last elements are the programs' names, else one each. */
function groups(packages) {
  const entries = Object.entries(packages);
  const together = entries.every(([program, path]) => path.endsWith(`/${program}`));
  return together
    ? [[undefined, entries.map(([, path]) => path)]]
    : entries.map(([program, path]) => [program, [path]]);
}

/** Builds what the cache does not hold yet, and `more` of what few need; answers at once when it holds everything. */
export async function buildBinaries(more = []) {
  const names = Object.keys(MODULES).filter((name) => !MODULES[name].optional || more.includes(name));
  if (names.every(isBuilt)) return;
  await requireGo();
  mkdirSync(join(CACHE, 'bin'), { recursive: true });
  await withLock(join(CACHE, 'bin.lock'), async () => {
    for (const name of names.filter((candidate) => !isBuilt(candidate))) {
      const log = join(CACHE, `build-${name}.log`);
      rmSync(log, { force: true });
      await step(`build ${name} (about ${MODULES[name].minutes} min on two cores)`, () => buildModule(name, log));
    }
  });
}

/** The modules that are not in the cache yet. */
export function missingBinaries() {
  return Object.keys(MODULES).filter((name) => !MODULES[name].optional && !isBuilt(name));
}
