// Waiting for what takes its time.
import { setTimeout as sleep } from "node:timers/promises";

/** Reads again and again until `accept` takes the value; gives it back. Throws `what` with the last value when it does not. */
export async function until(what, read, accept, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; ; await sleep(300)) {
    const value = await read();
    if (accept(value)) return value;
    if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(value)}`);
  }
}
