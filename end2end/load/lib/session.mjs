// Somebody who is signed in, with one connection of his own, whose requests are timed.
import http from "node:http";

export class Session {
  #agent;
  #cookie = "";

  /** `agent`: the connection of a browser that was there before; else a new one. */
  constructor(url, agent = new http.Agent({ keepAlive: true, maxSockets: 1 })) {
    this.url = new URL(url);
    this.#agent = agent;
  }

  /** One request. Times are in milliseconds from sending: `first` byte of the answer and its `full` body. */
  send(method, path, body) {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = { cookie: this.#cookie, ...(payload && { "content-type": "application/json" }) };
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const sent = http.request(
        { agent: this.#agent, host: this.url.hostname, port: this.url.port, method, path, headers },
        (answer) => {
          const first = performance.now() - began;
          const chunks = [];
          answer.on("data", (chunk) => chunks.push(chunk));
          answer.on("error", reject);
          answer.on("end", () => {
            for (const cookie of answer.headers["set-cookie"] ?? []) this.#cookie = cookie.split(";")[0];
            const text = Buffer.concat(chunks).toString();
            if (answer.statusCode >= 400) reject(new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`));
            else resolve({ first, full: performance.now() - began, text, bytes: text.length });
          });
        },
      );
      sent.on("error", reject);
      sent.end(payload);
    });
  }

  get = (path) => this.send("GET", path);

  async json(method, path, body) {
    const { text } = await this.send(method, `/api/v1${path}`, body);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** The cookie, for a browser: `{ name, value }`. */
  get cookie() {
    const at = this.#cookie.indexOf("=");
    return { name: this.#cookie.slice(0, at), value: this.#cookie.slice(at + 1) };
  }

  /**
   * Watches topics; calls `on(message, topic)` for each message until the returned function is called. Resolves when
   * each topic has sent its first.
   */
  async watch(topics, on) {
    const query = topics.map((topic) => `t=${encodeURIComponent(JSON.stringify(topic))}`).join("&");
    const sent = http.request({
      agent: new http.Agent(),
      host: this.url.hostname,
      port: this.url.port,
      path: `/api/v1/live?${query}`,
      headers: { cookie: this.#cookie, accept: "text/event-stream" },
    });
    sent.end();
    const seen = new Set();
    await new Promise((resolve, reject) => {
      sent.on("error", reject);
      sent.on("response", (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`live: ${answer.statusCode}`));
        let rest = "";
        answer.setEncoding("utf8");
        answer.on("error", () => {});
        answer.on("data", (chunk) => {
          const events = (rest + chunk).split("\n\n");
          rest = events.pop();
          for (const event of events) {
            const topic = /^event: ?(\d+)$/m.exec(event)?.[1];
            const data = /^data: ?(.*)$/m.exec(event)?.[1];
            if (topic === undefined || data === undefined) continue;
            on(JSON.parse(data), Number(topic));
            seen.add(topic);
            if (seen.size === topics.length) resolve();
          }
        });
      });
    });
    return () => sent.destroy();
  }
}

/**
 * `sessions` ask for `path` all at once, `rounds` times, each as soon as it has its answer. Gives the times of all
 * answers and the size of one.
 */
export async function hammer(sessions, path, rounds) {
  const first = [];
  const full = [];
  let bytes = 0;
  const began = performance.now();
  await Promise.all(
    sessions.map(async (session) => {
      for (let round = 0; round < rounds; round += 1) {
        const answer = await session.get(path);
        first.push(answer.first);
        full.push(answer.full);
        bytes = answer.bytes;
      }
    }),
  );
  return { first, full, bytes, perSecond: (full.length * 1000) / (performance.now() - began) };
}
