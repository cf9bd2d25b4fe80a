// What turns the Debian image into a host that can join: Kubernetes' programs
// and units, as the upstream packages would put them. A layer of its own above
// the image, so that a new version of Kubernetes leaves the image alone.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, linkSync, copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CACHE, SOURCE } from './settings.mjs';
import { binary } from './binaries.mjs';

const PROGRAMS = ['kubelet', 'kubeadm', 'kubectl', 'kube-proxy'];
const files = join(SOURCE, 'host', 'files');

function digest() {
  const hash = createHash('sha256').update(basename(dirname(binary('kubelet'))));
  for (const entry of readdirSync(files, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) hash.update(entry.name).update(readFileSync(join(entry.parentPath ?? entry.path, entry.name)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** The folder of the layer, made when it is not there. */
export function hostLayer() {
  const target = join(CACHE, 'host', `kubernetes-${digest()}`);
  if (existsSync(target)) return target;
  const fresh = `${target}.${process.pid}`;
  mkdirSync(join(fresh, 'usr', 'bin'), { recursive: true });
  for (const program of PROGRAMS) {
    const to = join(fresh, 'usr', 'bin', program);
    try {
      linkSync(binary(program), to);
    } catch {
      copyFileSync(binary(program), to);
    }
  }
  cpSync(files, fresh, { recursive: true });
  try {
    renameSync(fresh, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
    rmSync(fresh, { recursive: true });
  }
  return target;
}
