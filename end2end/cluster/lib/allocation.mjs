// What makes several labs fit side by side: each takes a number, and ports,
// addresses and names of bridges follow from it. Numbers are claimed in the
// user's cache, so labs of different state folders do not meet either.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CACHE, isRoot } from './settings.mjs';
import { LabError } from './failure.mjs';
import { withLock } from './locks.mjs';

const CLAIMS = join(CACHE, 'labs');
const MOST = 30;
const PORTS = [
  'etcd', 'etcdPeer', 'apiserver', 'controllerManager', 'scheduler',
  'metricsServer', 'kwok', 'registry', 'dns', 'privateRegistry', 'web', 'websecure', 'prometheus',
];

const basePort = (index) => 21_000 + index * 20;

/** Everything that follows from a lab's number. With `hosts`, it listens on a bridge, else on loopback. */
export function plan(index, hosts) {
  const network = `10.97.${index}`;
  return {
    index,
    ports: Object.fromEntries(PORTS.map((name, offset) => [name, basePort(index) + offset])),
    address: hosts ? `${network}.1` : '127.0.0.1',
    bridgeAddress: `${network}.1`,
    gatewayAddress: `${network}.2`,
    hostAddress: (number) => `${network}.${10 + number}`,
    dnsAddress: `10.98.${index * 8}.10`, // the tenth of the Services' range, where kubeadm tells kubelets to look
    bridge: `lsb${index}`,
    podSubnet: `10.${128 + index}.0.0/16`,
    serviceSubnet: `10.98.${index * 8}.0/21`,
    netns: (host) => `longshore-${index}-${host}`,
    veth: (host) => `lsv${index}-${host.replace('host-', 'h').replace('spare-', 's')}`,
    cgroup: `longshore-lab/${index}`,
  };
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function isUsable(index) {
  const { ports, bridge } = plan(index, false);
  if (isRoot && existsSync(`/sys/class/net/${bridge}`)) return false;
  return (await Promise.all(Object.values(ports).map(isFree))).every(Boolean);
}

const claimPath = (index) => join(CLAIMS, `${index}.json`);

/** The folder that claims a number, or undefined; a claim ends with its folder. */
function claimant(index) {
  try {
    const { folder } = JSON.parse(readFileSync(claimPath(index), 'utf8'));
    return existsSync(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** The number that `folder` holds already, or a free one, which it holds from now on. */
export async function claim(folder) {
  mkdirSync(CLAIMS, { recursive: true });
  return withLock(join(CLAIMS, 'lock'), async () => {
    for (let index = 0; index < MOST; index += 1) {
      if (claimant(index) === folder) return index;
    }
    for (let index = 0; index < MOST; index += 1) {
      if (!claimant(index) && (await isUsable(index))) {
        writeFileSync(claimPath(index), JSON.stringify({ folder }));
        return index;
      }
    }
    throw new LabError(`All ${MOST} places for labs are taken; stop one with \`lab down --name NAME\`.`);
  });
}

/** Gives back what `folder` holds. */
export function release(folder) {
  if (!existsSync(CLAIMS)) return;
  for (const file of readdirSync(CLAIMS).filter((name) => name.endsWith('.json'))) {
    const path = join(CLAIMS, file);
    try {
      if (JSON.parse(readFileSync(path, 'utf8')).folder === folder) rmSync(path);
    } catch {
      rmSync(path, { force: true });
    }
  }
}
