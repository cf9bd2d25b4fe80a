// Where things lie and which versions are used. Knows nothing of processes.
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const env = process.env;

/** The folder of the lab's own sources (`end2end/cluster`). */
export const SOURCE = dirname(dirname(fileURLToPath(import.meta.url)));

/** What is expensive to make and the same for every lab: binaries, host image, test images. */
export const CACHE = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'longshore', 'lab');

/** One folder per lab, named after it. */
export const STATE =
  env.LONGSHORE_LAB_STATE ||
  join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'longshore', 'lab');

export const KUBERNETES_VERSION = 'v1.34.4';

/** The name used where `--name` is not given. */
export const DEFAULT_NAME = 'default';

/** Whether this process may make namespaces, bridges and cgroups. */
export const isRoot = process.getuid?.() === 0;
