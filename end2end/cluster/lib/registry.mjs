// The lab's container registry, reachable under one host:port from the machine
// and from the hosts.
import { writeFileSync } from 'node:fs';
import { requireDaemon } from './daemons.mjs';
import { until } from './shell.mjs';
import { startComponent } from './control-plane.mjs';

function configuration(lab) {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: lab.path('registry') },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: lab.registry },
  }, null, 2);
}

/** Starts the registry and returns when it answers. */
export async function startRegistry(lab) {
  writeFileSync(lab.path('conf', 'registry.yaml'), configuration(lab));
  startComponent(lab, 'registry');
  await until('the registry answers', async () => {
    requireDaemon(lab, 'registry');
    return (await fetch(`http://${lab.registry}/v2/`)).ok;
  }, { timeout: 20_000, log: lab.log('registry') });
}
