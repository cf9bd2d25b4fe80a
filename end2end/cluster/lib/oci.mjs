// Container images without a daemon: a layer as a tar of fixed bytes, its
// configuration and manifest, and how they get into a registry.
import { createHash } from 'node:crypto';
import { LabError } from './failure.mjs';

const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const json = (value) => Buffer.from(JSON.stringify(value));

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** One entry of a ustar archive, owned by root and dated to the epoch so that bytes never vary. */
function entry({ path, content = Buffer.alloc(0), mode, directory = false, link }) {
  const header = Buffer.alloc(512);
  const octal = (value, length) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  header.write(directory ? `${path}/` : path, 0, 100);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write('        ', 148);
  header.write(directory ? '5' : link ? '2' : '0', 156);
  if (link) header.write(link, 157, 100);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding]);
}

/**
 * An image of one static program that runs as uid 65532. `links` are further
 * paths beside the program that lead to it; `command` replaces running it without
 * arguments. The same program gives the same digest, wherever and whenever.
 */
export function assembleImage({ program, content, links = [], command, environment = {}, port, labels = {} }) {
  const folder = program.includes('/') ? program.slice(0, program.lastIndexOf('/')) : '';
  const files = [
    { path: program, mode: 0o755, content },
    ...links.map((path) => ({ path, mode: 0o777, link: program.split('/').at(-1) })),
  ];
  const start = command ? { Cmd: command } : { Entrypoint: [`/${program}`] };
  return assembleFiles({ files, start, environment: { PATH: `/${folder}`, ...environment }, port, labels });
}

/** The folders above some files, those above first. */
function foldersOf(files) {
  const folders = new Set();
  for (const { path } of files) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, depth) => folders.add(parts.slice(0, depth + 1).join('/')));
  }
  return [...folders].filter((path) => path !== 'etc' && path !== 'tmp').sort();
}

/**
 * An image of some files, `{ path, content, mode }` or `{ path, link }`, that runs as uid 65532. `start` is its Cmd or
 * Entrypoint. The same files give the same digest, wherever and whenever.
 */
export function assembleFiles({ files, start, environment = {}, port, labels = {} }) {
  const layer = Buffer.concat([
    entry({ path: 'etc', mode: 0o755, directory: true }),
    entry({ path: 'etc/passwd', mode: 0o644, content: Buffer.from('root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n') }),
    entry({ path: 'etc/group', mode: 0o644, content: Buffer.from('root:x:0:\nnonroot:x:65532:\n') }),
    entry({ path: 'tmp', mode: 0o1777, directory: true }),
    ...foldersOf(files).map((path) => entry({ path, mode: 0o755, directory: true })),
    ...files.map(entry),
    Buffer.alloc(1024),
  ]);
  const config = json({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: {
      User: '65532:65532',
      ...start,
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      WorkingDir: '/',
      Labels: labels,
      ...(port && { ExposedPorts: { [`${port}/tcp`]: {} } }),
    },
    rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
  });
  const descriptor = (mediaType, bytes) => ({ mediaType, digest: sha256(bytes), size: bytes.length });
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor(CONFIG, config),
    layers: [descriptor(LAYER, layer)],
  });
  return { manifest, blobs: [layer, config], digest: sha256(manifest) };
}

async function answer(url, options, accepted) {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(30_000) });
  if (!accepted.includes(response.status)) {
    throw new LabError(`The registry answered ${response.status} to ${options.method} ${url}: ${(await response.text()).slice(0, 200)}`);
  }
  await response.arrayBuffer();
  return response;
}

async function pushBlob(base, bytes) {
  const digest = sha256(bytes);
  const known = await answer(`${base}/blobs/${digest}`, { method: 'HEAD' }, [200, 404]);
  if (known.status === 200) return;
  const started = await answer(`${base}/blobs/uploads/`, { method: 'POST' }, [202]);
  const location = new URL(started.headers.get('location'), base);
  location.searchParams.set('digest', digest);
  await answer(location, { method: 'PUT', body: bytes, headers: { 'content-type': 'application/octet-stream' } }, [201]);
}

/** Pushes an image under a tag to a registry that speaks plain HTTP. */
export async function pushImage(registry, { name, tag }, image) {
  const base = `http://${registry}/v2/${name}`;
  for (const blob of image.blobs) await pushBlob(base, blob);
  await answer(`${base}/manifests/${tag}`, { method: 'PUT', body: image.manifest, headers: { 'content-type': MANIFEST } }, [201]);
}
