// Everything that is made once and kept: the order of making it.
import { buildBinaries } from './binaries.mjs';
import { buildHostImage } from './host-image.mjs';
import { buildImages } from './images.mjs';
import { gatewayDefinitions } from './ingress.mjs';
import { kwokStages } from './simulated.mjs';

async function compile({ ingress, prometheus }) {
  await buildBinaries([...(ingress ? ['traefik'] : []), ...(prometheus ? ['prometheus'] : [])]);
  if (ingress) await gatewayDefinitions();
  await kwokStages();
  await buildImages();
}

/** Makes what the cache lacks; the host image, which waits for disk and network, beside the compiler. `more` is what few need. */
export async function fillCache(withHosts, more = {}) {
  const results = await Promise.allSettled([compile(more), withHosts ? buildHostImage() : undefined]);
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}
