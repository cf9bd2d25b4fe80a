// Images of PostgreSQL and Redis, made of what Debian has installed on this machine: the programs with the libraries that they
// load, and a script that takes the settings of the images that people use, and is as strict about them.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { LabError } from './failure.mjs';
import { hostImage } from './host-image.mjs';
import { assembleFiles, pushImage } from './oci.mjs';
import { capture } from './shell.mjs';

const POSTGRES = '/usr/lib/postgresql';
const REDIS = '/usr/bin/redis-server';

const START_POSTGRES = (bin) => `#!/bin/sh
set -eu
[ "$POSTGRESQL_USER" != postgres ] && [ "$POSTGRESQL_DATABASE" != postgres ] || { echo 'postgres is taken.' >&2; exit 1; }
data=/var/lib/pgsql/data/cluster
if [ ! -s "$data/PG_VERSION" ]; then
  rm -rf "$data"
  printf '%s' "$POSTGRESQL_PASSWORD" >/tmp/password
  ${bin}/initdb --pgdata="$data" --username="$POSTGRESQL_USER" --pwfile=/tmp/password --auth=scram-sha-256 --encoding=UTF8 --locale=C
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
  echo "CREATE DATABASE \\"$POSTGRESQL_DATABASE\\"" | ${bin}/postgres --single -D "$data" postgres
fi
exec ${bin}/postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
`;

const START_REDIS = `#!/bin/sh
case "$REDIS_PASSWORD" in '' | *[!a-zA-Z0-9_.~-]*) echo 'No such password.' >&2; exit 1 ;; esac
exec ${REDIS} --dir /var/lib/redis/data --appendonly yes --bind '*' --requirepass "$REDIS_PASSWORD"
`;

const fileAt = (path) => ({ path: path.slice(1), content: readFileSync(path), mode: statSync(path).mode & 0o777 });

/** The libraries that programs load, by where they look for them. */
async function libraries(programs) {
  const found = new Set();
  for (const program of programs) {
    for (const line of (await capture('ldd', [program])).split('\n')) {
      const path = /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1];
      if (path) found.add(path);
    }
  }
  return [...found].sort().map(fileAt);
}

function below(folder, wanted = () => true) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => statSync(path).isFile() && wanted(relative(folder, path)))
    .sort()
    .map(fileAt);
}

/** A shell with the usual small programs, which the start scripts need. */
async function shell() {
  const busybox = join(hostImage(), 'bin', 'busybox');
  const applets = (await capture(busybox, ['--list'])).trim().split('\n').filter((name) => name !== 'busybox');
  return [
    { path: 'bin/busybox', content: readFileSync(busybox), mode: 0o755 },
    ...applets.map((name) => ({ path: `bin/${name}`, mode: 0o777, link: 'busybox' })),
  ];
}

const script = (content) => ({ path: 'start', content: Buffer.from(content), mode: 0o755 });

async function postgres() {
  const version = existsSync(POSTGRES) ? readdirSync(POSTGRES).sort((a, b) => a - b).at(-1) : undefined;
  if (!version) throw new LabError('PostgreSQL is not installed. Run: .ci/setup.sh databases');
  const home = join(POSTGRES, version);
  const programs = ['postgres', 'initdb'].map((name) => join(home, 'bin', name));
  // What it loads by itself, but for a compiler that it can do without.
  const modules = below(join(home, 'lib'), (path) => /^[^/]+\.so$/.test(path) && !path.startsWith('llvmjit'));
  const shared = below(join('/usr/share/postgresql', version), (path) => !path.includes('locale/') && !path.includes('man/'));
  const names = [...programs, ...modules.map((file) => `/${file.path}`).filter((path) => /(plpgsql|dict_snowball)\.so$/.test(path))];
  return assembleFiles({
    files: [...(await shell()), ...programs.map(fileAt), ...modules, ...shared, ...(await libraries(names)), script(START_POSTGRES(join(home, 'bin')))],
    start: { Entrypoint: ['/start'] },
    environment: { PATH: '/bin', LC_ALL: 'C' },
    port: 5432,
  });
}

async function redis() {
  if (!existsSync(REDIS)) throw new LabError('Redis is not installed. Run: .ci/setup.sh databases');
  return assembleFiles({
    files: [...(await shell()), fileAt(REDIS), ...(await libraries([REDIS])), script(START_REDIS)],
    start: { Entrypoint: ['/start'] },
    environment: { PATH: '/bin' },
    port: 6379,
  });
}

/** Pushes both to a lab's registry; gives back their names. */
export async function publishDatabases(lab) {
  const names = [];
  for (const [name, assemble] of [['postgresql', postgres], ['redis', redis]]) {
    await pushImage(lab.registry, { name, tag: '1.0.0' }, await assemble());
    names.push(`${lab.registry}/${name}:1.0.0`);
  }
  return names;
}
