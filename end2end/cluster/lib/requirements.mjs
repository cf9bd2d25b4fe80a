// The programs of the machine that the lab calls, and the step that installs
// what is missing.
import { join } from 'node:path';
import { accessSync, constants } from 'node:fs';
import { SOURCE, isRoot } from './settings.mjs';
import { LabError } from './failure.mjs';
import { capture } from './shell.mjs';
import { step } from './progress.mjs';

const WITH_HOSTS = ['debootstrap', 'ip', 'iptables', 'iptables-restore', 'conntrack', 'ssh', 'ssh-keygen', 'nsenter', 'unshare'];

function isInstalled(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Installs the Debian packages that a lab with hosts needs; one without needs none. */
export async function requireInstalled(withHosts) {
  const missing = withHosts ? WITH_HOSTS.filter((program) => !isInstalled(program)) : [];
  if (!missing.length) return;
  try {
    await step(`install Debian packages for ${missing.join(', ')}`, () => capture(join(SOURCE, 'install.sh'), []));
  } catch (cause) {
    throw new LabError(`The lab needs ${missing.join(', ')}: ${cause.message}`, { cause });
  }
}

/**
 * Why this process cannot make hosts, or undefined when it can. Root in a
 * container may lack the right to make namespaces or control groups.
 */
export async function whyNoHosts() {
  if (!isRoot) return 'not root';
  try {
    accessSync('/sys/fs/cgroup', constants.W_OK);
    await capture('unshare', ['--mount', '--net', '--pid', '--uts', '--ipc', '--cgroup', '--fork', 'true']);
    return undefined;
  } catch {
    return 'root may not make namespaces and control groups here';
  }
}
