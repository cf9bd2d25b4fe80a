// The images that tests run: built from images/ by the Go compiler, assembled
// and pushed by oci.mjs.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, SOURCE } from './settings.mjs';
import { capture, logged } from './shell.mjs';
import { hostImage } from './host-image.mjs';
import { step } from './progress.mjs';
import { withLock } from './locks.mjs';
import { assembleImage, pushImage } from './oci.mjs';

const sources = join(SOURCE, 'images');

/** The images compiled here; `port` is what they listen on. */
const COMPILED = [
  { name: 'pause', tag: '1.0.0' },
  { name: 'demo', tag: '1.0.0', port: 8080 },
  { name: 'demo', tag: '2.0.0', port: 8080 },
  { name: 'crash', tag: '1.0.0' },
  { name: 'never-ready', tag: '1.0.0', port: 8080 },
];

/** For terminals and files: a shell with the usual small programs, which the hosts' Debian brings. */
const SHELL = { name: 'shell', tag: '1.0.0' };
const WAIT = "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done";

function folder() {
  const hash = createHash('sha256').update(JSON.stringify(COMPILED));
  for (const entry of readdirSync(sources, { recursive: true }).sort()) {
    if (/(\.go|go\.mod)$/.test(entry)) hash.update(entry).update(readFileSync(join(sources, entry)));
  }
  return join(CACHE, 'images', hash.digest('hex').slice(0, 12));
}

const programOf = ({ name, tag }) => join(folder(), `${name}-${tag}`);

/** Compiles the images' programs when the cache does not hold them. */
export async function buildImages() {
  const target = folder();
  if (existsSync(target)) return;
  mkdirSync(join(CACHE, 'images'), { recursive: true });
  const log = join(CACHE, 'build-images.log');
  await withLock(join(CACHE, 'images.lock'), async () => {
    if (existsSync(target)) return;
    const fresh = `${target}.new`;
    rmSync(fresh, { recursive: true, force: true });
    await step('build test images', async () => {
      for (const { name, tag } of COMPILED) {
        await logged(log, 'nice', [
          '-n', '10', 'go', 'build', '-trimpath', '-buildvcs=false', '-ldflags', `-s -w -buildid= -X main.version=${tag}`,
          '-o', join(fresh, `${name}-${tag}`), `./${name}`,
        ], { cwd: sources, env: { CGO_ENABLED: '0' } });
      }
    });
    renameSync(fresh, target);
  });
}

const describe = ({ name, tag }) => ({ 'org.opencontainers.image.title': name, 'org.opencontainers.image.version': tag });

async function shellImage() {
  const busybox = join(hostImage(), 'bin', 'busybox');
  const applets = (await capture(busybox, ['--list'])).trim().split('\n').filter((name) => name !== 'busybox');
  return assembleImage({
    program: 'bin/busybox',
    content: readFileSync(busybox),
    links: applets.map((name) => `bin/${name}`),
    command: ['/bin/sh', '-c', WAIT],
    labels: describe(SHELL),
  });
}

const compiledImage = (image) => assembleImage({
  program: image.name, content: readFileSync(programOf(image)), port: image.port, labels: describe(image),
});

/**
 * Pushes every image to the lab's registry and records their digests. A lab
 * without hosts, which runs no container, does without the shell.
 */
export async function publishImages(lab) {
  const images = COMPILED.map((image) => ({ ...image, assembled: compiledImage(image) }));
  if (lab.record.hosts.length) images.push({ ...SHELL, assembled: await shellImage() });
  lab.record.images = {};
  for (const { name, tag, assembled } of images) {
    await pushImage(lab.registry, { name, tag }, assembled);
    lab.record.images[`${lab.registry}/${name}:${tag}`] = assembled.digest;
  }
  lab.save();
}
