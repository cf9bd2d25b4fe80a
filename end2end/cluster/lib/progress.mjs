// Progress for a person who waits: a line when a step starts, one every ten
// seconds while it lasts, and its duration when it ends. All on stderr, so that
// stdout carries results only.

const began = Date.now();
const say = (line) => process.stderr.write(`${line}\n`);
const seconds = (from) => `${((Date.now() - from) / 1000).toFixed(1)} s`;

/** Prints one line with the time since the command started. */
export function note(text) {
  say(`lab [${seconds(began).padStart(8)}] ${text}`);
}

/**
 * Runs `work` and reports how long it took. `work` is given a function that
 * changes the text of the heartbeat line. Quick steps print one line only.
 */
export async function step(title, work) {
  const from = Date.now();
  let detail = '';
  const announce = setTimeout(() => note(`${title} …`), 1500);
  const heartbeat = setInterval(
    () => note(`${title} … ${seconds(from)}${detail && `, ${detail}`}`),
    10_000,
  );
  try {
    const result = await work((text) => { detail = text; });
    note(`${title}: ${seconds(from)}`);
    return result;
  } finally {
    clearTimeout(announce);
    clearInterval(heartbeat);
  }
}
