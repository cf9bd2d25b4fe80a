// A real identity provider (npm oidc-provider) on the loopback interface, with a sign-in page of its own: one says who one
// is, and agrees or not. What it says of people can be changed while it runs, and it can be stopped and started again.
import { generateKeyPairSync } from "node:crypto";
import http from "node:http";
import { once } from "node:events";
import { Provider } from "oidc-provider";
import { freePort } from "./server.mjs";

/** How Longshore is known to it. */
export const CLIENT = { id: "longshore", secret: "a-secret-of-the-client" };

const page = (body) => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Provider</title></head><body><main><h1>Provider</h1>${body}</main></body></html>`;

const form = () =>
  page(
    '<form method="post"><label>Who are you? <input name="who" required></label> <button name="answer" value="yes">Agree</button> <button name="answer" value="no" formnovalidate>Refuse</button></form>',
  );

function key() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "one" };
}

export class IdentityProvider {
  #server;
  #port;
  #provider;
  /** What it says of people: subject → claims. */
  people = {};
  /** Called with the address to which it would send somebody back; when it answers true, they stay. */
  onReturn = () => false;

  /** Its issuer. */
  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it for a client that is sent back to these addresses. */
  async start(redirectUris) {
    this.#port = await freePort();
    this.#provider = new Provider(this.url, {
      clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: redirectUris, response_types: ["code"], grant_types: ["authorization_code"] }],
      claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email"], groups: ["groups"] },
      scopes: ["openid", "profile", "email", "groups"],
      ttl: { Interaction: 600, Grant: 3600, Session: 3600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
      cookies: { keys: ["only for tests"] },
      jwks: { keys: [key()] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ sub, ...this.people[sub] }) }),
      // Whoever has agreed on its page has agreed to all of it.
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope("openid profile email groups");
        await grant.save();
        return grant;
      },
    });
    await this.resume();
    return this;
  }

  /** Listens. */
  async resume() {
    const answer = this.#provider.callback();
    this.#server = http.createServer((request, response) => {
      if (request.url === "/favicon.ico") return response.writeHead(204).end();
      if (!request.url.startsWith("/interaction/")) {
        this.#watch(response);
        return answer(request, response);
      }
      this.#interact(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** Is not there any more, until it resumes: nobody new is answered. */
  stop() {
    if (!this.#server?.listening) return;
    this.#server.close();
    setTimeout((server) => server.closeAllConnections(), 200, this.#server);
  }

  /** Asks `onReturn` before somebody is sent back. */
  #watch(response) {
    const end = response.end.bind(response);
    response.end = (...body) => {
      const to = String(response.getHeader("location") ?? "");
      if (!to.includes("/callback?") || !this.onReturn(to)) return end(...body);
      response.statusCode = 200;
      for (const name of ["location", "content-length"]) response.removeHeader(name);
      response.setHeader("content-type", "text/html");
      return end(page("<p>Held</p>"));
    };
  }

  async #interact(request, response) {
    await this.#provider.interactionDetails(request, response);
    if (request.method !== "POST") {
      return response.writeHead(200, { "content-type": "text/html" }).end(form());
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    const said = new URLSearchParams(body);
    const result = said.get("answer") === "yes" ? { login: { accountId: said.get("who") } } : { error: "access_denied", error_description: "<b>no</b>" };
    await this.#provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
}

/** On the provider's page: says who one is, and agrees. */
export async function agree(page, who) {
  await page.getByLabel("Who are you?").fill(who);
  await page.getByRole("button", { name: "Agree" }).click();
}
