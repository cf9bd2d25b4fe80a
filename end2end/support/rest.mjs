// The REST API as a script uses it: signs in, keeps the session's cookie, and throws what the server refuses.
import { setTimeout as sleep } from "node:timers/promises";

/** What the server refused, with its status and its own words. */
export class Refusal extends Error {
  constructor(status, body, call) {
    super(`${call}: ${status} ${body?.detail ?? body} ${JSON.stringify(body?.errors ?? [])}`);
    this.status = status;
    this.body = body;
  }
}

/** A caller with a session of its own. The address is asked anew for each call: a server may have been restarted. */
export class Rest {
  #cookie = "";

  constructor(server) {
    this.server = server;
  }

  /** The session's cookie, as a request carries it. */
  get cookie() {
    return this.#cookie;
  }

  async call(method, path, body) {
    const headers = { cookie: this.#cookie };
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(`${this.server.url}/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    for (const cookie of answer.headers.getSetCookie()) this.#cookie = cookie.split(";")[0];
    const text = await answer.text();
    let value = text;
    try {
      value = text === "" ? undefined : JSON.parse(text);
    } catch {
      // Not JSON; the words themselves tell what it is.
    }
    if (!answer.ok) throw new Refusal(answer.status, value, `${method} ${path}`);
    return value;
  }

  get = (path) => this.call("GET", path);
  post = (path, body) => this.call("POST", path, body);
  put = (path, body) => this.call("PUT", path, body);
  delete = (path) => this.call("DELETE", path);

  /** Signs in with a one-time password and changes it. */
  async firstSignIn(username, oneTime, password) {
    await this.post("/session", { username, password: oneTime });
    await this.put("/session/password", { current: oneTime, new: password, repeat: password });
    return this;
  }

  /** Waits until an operation has ended; gives it back whole. */
  async ended(id, seconds = 120) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const operation = await this.get(`/operations/${id}`);
      if (operation.row.ended_at !== null) return operation;
      if (Date.now() > end) throw new Error(`Operation ${id} does not end: ${JSON.stringify(operation)}`);
      await sleep(200);
    }
  }
}

/**
 * A tenant with an owner, a connected cluster and a namespace, as the other tests need them. Gives back
 * `{ admin, owner, cluster, namespace }`: two callers and two ids.
 */
export async function settle(server, lab, { name, quota = {} }) {
  const admin = await new Rest(server).firstSignIn("admin", server.password, "a harbour of its own");
  const tenant = await admin.post("/tenants", {
    name: "shop",
    display_name: "The shop",
    owner: { username: "keeper", display_name: "Keeper", password: "first-owner-pass" },
  });
  const cluster = await admin.post("/clusters", { name: "harbour", kubeconfig: lab.kubeconfig });
  const namespace = await admin.post("/namespaces", {
    cluster: cluster.id,
    tenant: tenant.id,
    name,
    cpu: "2",
    memory: "2Gi",
    pods: "20",
    ...quota,
  });
  const owner = await new Rest(server).firstSignIn("keeper", "first-owner-pass", "ships at dawn, twice");
  await live(admin, cluster.id);
  return { admin, owner, cluster: cluster.id, namespace: namespace.id };
}

/** Waits until a cluster's watches have told everything. */
export async function live(caller, cluster, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const { cluster: row } = await caller.get(`/clusters/${cluster}`);
    if (row.state === "live") return;
    if (Date.now() > end) throw new Error(`The cluster is not live: ${JSON.stringify(row)}`);
    await sleep(200);
  }
}
