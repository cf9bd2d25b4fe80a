// What Longshore asks beyond itself: registries of images in a few lines, and an identity provider, with the way there and
// back that a browser would go.
import http from "node:http";
import { once } from "node:events";
import { CLIENT, IdentityProvider } from "../support/identity-provider.mjs";

const ACCOUNT = { username: "puller", password: "hoist" };

/** The server's address by its number: what it calls itself where none is configured, so that providers send back there. */
const numbered = ({ server }) => server.url.replace("localhost", "127.0.0.1");

/** A registry that lets everybody in and has one image. */
function registry() {
  return http.createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(request.url.includes("/tags/list") ? '{"name":"shop/web","tags":["1","2"]}' : "{}");
  });
}

export class Outside {
  // A tenant has one account for each.
  #registries = { harbour: registry(), quay: registry(), doomed: registry() };
  #provider = new IdentityProvider();

  /** Where a registry is, as it stands before an image's path. */
  host(name) {
    return `127.0.0.1:${this.#registries[name].address().port}`;
  }

  /** Where they all are. */
  get hosts() {
    return Object.keys(this.#registries).map((name) => this.host(name));
  }

  /** The form of a registry. */
  registryForm(name) {
    return { name, host: this.host(name), ...ACCOUNT };
  }

  /** The form of a provider, once there is one. */
  providerForm(slug, tenant = "") {
    return { slug, name: slug, tenant, issuer: this.#provider.url, client_id: CLIENT.id, client_secret: CLIENT.secret };
  }

  /** Starts the registries; the provider has to know the server, which has to know the registries. */
  async start() {
    for (const server of Object.values(this.#registries)) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    return this;
  }

  stop() {
    for (const server of Object.values(this.#registries)) {
      server.close();
      server.closeAllConnections();
    }
    this.#provider.stop();
  }

  /** Starts the provider and sets it up for a tenant's people, or the platform's own without one. */
  async provide(admin, tenant) {
    await this.#provider.start([`${numbered(admin)}/sign-in/with/acme/callback`]);
    return admin.post("/identity-providers", this.providerForm("acme", tenant));
  }

  /** Links the account of a session with the provider: from the settings to the provider's page, and back. */
  async link(caller) {
    const site = numbered(caller);
    const jars = { [site]: new Map([caller.cookie.split(/=(.*)/s)]), [this.#provider.url]: new Map() };
    const ask = async (url, form) => {
      const jar = jars[new URL(url).origin];
      const cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join("; ");
      const body = form && new URLSearchParams(form);
      const answer = await fetch(url, { method: form ? "POST" : "GET", redirect: "manual", headers: { cookie }, body });
      for (const line of answer.headers.getSetCookie()) jar.set(...line.split(";")[0].split(/=(.*)/s));
      const to = answer.headers.get("location");
      return { to: to && new URL(to, url).href, page: await answer.text() };
    };
    // Browsers do not follow a form to another site: a page leads there.
    const { page } = await ask(`${site}/settings/identities/link`, { provider: "acme" });
    let at = /url=([^"]+)/.exec(page)[1].replaceAll("&amp;", "&");
    while (at && !at.startsWith(`${site}/settings`)) {
      at = (await ask(at, at.includes("/interaction/") ? { who: "ada", answer: "yes" } : undefined)).to;
    }
    const { linked } = await caller.get("/session/identities");
    return linked[0].id;
  }
}
