// A steady load on a Service of the lab, from this machine, that counts what fails.
import http from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

/** Asks once, over a connection of its own, so that each request is balanced anew; with `host`, as for that host. */
export function ask(url, { timeout = 5_000, host } = {}) {
  return new Promise((resolve, reject) => {
    const headers = host ? { host } : {};
    const request = http.get(url, { agent: false, timeout, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => {
        if (response.statusCode !== 200) reject(new Error(`answer ${response.statusCode}`));
        else resolve(JSON.parse(body));
      });
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${timeout} ms`)));
    request.on("error", reject);
  });
}

/** Asks until something answers and `accept` says yes to it; throws after `timeout` milliseconds. */
export async function askUntil(url, accept, timeout = 60_000, { host } = {}) {
  const end = performance.now() + timeout;
  let last;
  while (performance.now() < end) {
    last = await ask(url, { host }).catch((error) => error);
    if (!(last instanceof Error) && accept(last)) return last;
    await sleep(200);
  }
  throw new Error(`${url} did not answer as expected; the last answer was ${last instanceof Error ? last.message : JSON.stringify(last)}`);
}

/**
 * Asks `requests` times, `atOnce` at a time, each over a connection of its own; how many answers came from each pod, by its
 * name. Throws when one request fails.
 */
export async function answersByPod(url, { requests = 600, atOnce = 6, host } = {}) {
  const counted = new Map();
  let left = requests;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const { hostname } = await ask(url, { host, timeout: 20_000 });
      counted.set(hostname, (counted.get(hostname) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return Object.fromEntries([...counted].sort());
}

/** Starts `rate` requests a second, at most for `seconds`; `stop()` ends it and tells what happened. */
export function startTraffic(url, { rate = 60, seconds = 240, host } = {}) {
  const began = performance.now();
  const failures = [];
  const versions = new Map();
  const pods = new Map();
  const count = (of, what) => of.set(what, (of.get(what) ?? 0) + 1);
  let sent = 0;
  let answered = 0;
  let on = true;
  const open = new Set();
  const loop = (async () => {
    while (on && performance.now() - began < seconds * 1000) {
      sent += 1;
      const one = ask(url, { host })
        .then((answer) => {
          answered += 1;
          count(versions, answer.version);
          count(pods, answer.hostname);
        })
        .catch((error) => failures.push(`${Math.round(performance.now() - began)} ms: ${error.message}`))
        .finally(() => open.delete(one));
      open.add(one);
      const due = began + (sent * 1000) / rate;
      await sleep(Math.max(0, due - performance.now()));
    }
  })();
  return {
    async stop() {
      on = false;
      await loop;
      await Promise.all(open);
      const elapsed = (performance.now() - began) / 1000;
      const each = { versions: Object.fromEntries(versions), pods: Object.fromEntries(pods) };
      return { sent, answered, failures, ...each, rate: sent / elapsed, seconds: elapsed };
    },
  };
}
