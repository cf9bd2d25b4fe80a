// The Debian root file system that all hosts share as the lower layer of their
// overlays. Made once per list of packages and Debian release; needs root.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, SOURCE } from './settings.mjs';
import { LabError } from './failure.mjs';
import { capture, logged } from './shell.mjs';
import { step } from './progress.mjs';
import { withLock } from './locks.mjs';

const script = join(SOURCE, 'host', 'make-image.sh');
const packages = join(SOURCE, 'host', 'packages.txt');

/** This machine's distribution release, e.g. `bookworm`, which the hosts run as well. */
function release() {
  const text = readFileSync('/etc/os-release', 'utf8');
  const value = (key) => new RegExp(`^${key}="?([^"\n]+)"?$`, 'm').exec(text)?.[1];
  if (!['debian', 'ubuntu'].includes(value('ID')) || !value('VERSION_CODENAME')) {
    throw new LabError('The lab makes its hosts with debootstrap from the apt sources of this machine, which has to be Debian or Ubuntu; use `--no-hosts` here.');
  }
  return value('VERSION_CODENAME');
}

/** The folder of the image for what the sources say now, whether made or not. */
export function hostImage() {
  const hash = createHash('sha256').update(release());
  for (const file of [script, packages]) hash.update(readFileSync(file));
  return join(CACHE, 'host', `debian-${hash.digest('hex').slice(0, 12)}`);
}

/** Whether `up` would have to make the image first. */
export const hostImageMissing = () => !existsSync(hostImage());

/** The mirror that apt on this machine uses for its own release. */
async function mirror(suite) {
  const listed = await capture('apt-get', ['indextargets', '--format', '$(SITE) $(CODENAME) $(COMPONENT)', 'Created-By: Packages']);
  const line = listed.split('\n').map((text) => text.split(' ')).find(([, codename, component]) => codename === suite && component === 'main');
  if (!line) {
    throw new LabError(`apt on this machine has no source for ${suite}; run \`apt-get update\`, or use \`--no-hosts\`.`);
  }
  return line[0];
}

/** Makes the image when the cache does not hold it. */
export async function buildHostImage() {
  const target = hostImage();
  if (existsSync(target)) return;
  mkdirSync(join(CACHE, 'host'), { recursive: true });
  const log = join(CACHE, 'build-host-image.log');
  await withLock(join(CACHE, 'host.lock'), async () => {
    if (existsSync(target)) return;
    const fresh = `${target}.new`;
    rmSync(fresh, { recursive: true, force: true });
    rmSync(log, { force: true });
    const suite = release();
    const site = await mirror(suite);
    await step('make the host image (about 90 s)', () => logged(log, 'nice', ['-n', '10', script, fresh, suite, site]));
    renameSync(fresh, target);
  });
}
