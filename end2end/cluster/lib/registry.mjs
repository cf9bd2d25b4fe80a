// The lab's container registries, each reachable under one host:port from the
// machine and from the hosts: one that everybody may read and write, and one
// that has the same images for whoever has an account.
import { writeFileSync } from 'node:fs';
import { requireDaemon } from './daemons.mjs';
import { until } from './shell.mjs';
import { startComponent } from './control-plane.mjs';

/** The account that the private registry knows. */
export const PULLER = { username: 'puller', password: 'lab-password' };

// The password by bcrypt, at the lowest cost that there is: it keeps nothing from anybody.
const HTPASSWD = `puller:$2y$05$abcdefghijklmnopqrstuuL/Ej5MNdcjasz4Sr7bjTMIxZn.WGpgG\n`;

function configuration(lab, address, more) {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: lab.path('registry') },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false }, ...more.maintenance },
    },
    http: { addr: address },
    auth: more.auth,
  }, null, 2);
}

async function start(lab, name, address, more = {}) {
  writeFileSync(lab.path('conf', `${name}.yaml`), configuration(lab, address, more));
  startComponent(lab, name);
  await until(`the ${name} answers`, async () => {
    requireDaemon(lab, name);
    const { status } = await fetch(`http://${address}/v2/`);
    return status === (more.auth ? 401 : 200);
  }, { timeout: 20_000, log: lab.log(name) });
}

/** Starts the registries and returns when they answer. */
export async function startRegistries(lab) {
  const accounts = lab.path('conf', 'htpasswd');
  writeFileSync(accounts, HTPASSWD, { mode: 0o600 });
  await Promise.all([
    start(lab, 'registry', lab.registry),
    start(lab, 'private-registry', lab.privateRegistry, {
      maintenance: { readonly: { enabled: true } },
      auth: { htpasswd: { realm: 'lab', path: accounts } },
    }),
  ]);
}
