// Web addresses: an application is reached by a host's name through an Ingress and through a Gateway, under load while it
// changes from one to the other; nobody gets an address that is another's; and what a controller says is shown.
import assert from "node:assert/strict";
import { after } from "node:test";
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import tls from "node:tls";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { Rest, settle } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { askUntil, startTraffic } from "../support/traffic.mjs";
import { until } from "../support/until.mjs";
import { becomes, fillSpec, publish } from "../pages/app.mjs";
import { signIn } from "../pages/session.mjs";

const STAMP = Date.now().toString(36);
const NAMESPACE = `routes-${STAMP}`;
const THEIRS = `theirs-${STAMP}`;
const HOST = `shop-${STAMP}.example.test`;
/** The one host that a certificate of the lab's own making is for. */
const NAMED = "kubernetes.default.svc.cluster.local";
const SECOND = `www-${STAMP}.example.test`;
const seen = {};

const it = suite({
  lab: { ingress: true },
  journey: true,
  server: ({ lab }) => ({ args: ["--insecure-registry", lab.registry] }),
  signIn: async ({ page, server, lab }) => {
    seen.lab = lab;
    Object.assign(seen, await settle(server, lab, { name: NAMESPACE }));
    await signIn(page, "keeper", "ships at dawn, twice");
  },
});

after(async () => {
  if (!seen.lab) return;
  for (const name of [NAMESPACE, THEIRS]) {
    await kubectl(seen.lab, "delete", "namespace", name, "--ignore-not-found", "--wait=false");
  }
});

const options = { skip: !hasRealHosts };
const web = () => `http://${seen.lab.ingress.http}`;
const answers = (host, accept = () => true, at = "/") => askUntil(`${web()}${at}`, accept, 60_000, { host });
const network = (app = seen.app) => seen.owner.get(`/apps/${app}/network`);
const spec = (lab, more = {}) => ({
  image: `${lab.registry}/demo:1.0.0`, replicas: "2", cpu: "50m", memory: "32Mi", port: "8080", health_path: "/readyz",
  deadline: "90", ...more,
});
const end = async ({ operation }, state = "succeeded") => {
  const ended = await seen.owner.ended(operation);
  assert.equal(ended.row.state, state, JSON.stringify(ended));
  return ended;
};
const upgrade = async (change, state) => {
  const { spec: form, row } = await seen.owner.get(`/apps/${seen.app}`);
  const started = await seen.owner.put(`/apps/${seen.app}`, { spec: change(form), reason: "", based_on: String(row.release) });
  await end(started, state);
  return started;
};
/** Nothing answers for a host: whoever leads to applications says so. */
const unknown = (host) =>
  until(`${host} is unknown`, () => fetch(`${web()}/`, { headers: { host } }).then((answer) => answer.status), (status) => status === 404);

it("publishes an application with an address, which answers at once", options, async ({ page, lab, server, complaints }) => {
  complaints.expect(/status of 422/);
  await page.goto("/apps/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill("web");
  await fillSpec(page, spec(lab, { routes: `https://${HOST}/a?b=c` }));
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByText(/Line 1: “\/a\?b=c” is not a path/).first().waitFor();
  seen.page = await publish(page, { name: "web", reason: "with an address", ...spec(lab, { routes: `HTTPS://${HOST}/` }) });
  seen.app = seen.page.split("/").at(-1);
  await becomes(page, "Serving", 1);
  const link = page.getByRole("link", { name: `https://${HOST}` });
  assert.deepEqual([await link.getAttribute("href"), await link.getAttribute("target")], [`https://${HOST}`, "_blank"]);
  assert.match(await link.getAttribute("rel"), /noopener/);
  assert.equal((await answers(HOST)).version, "1.0.0");
  await page.getByRole("link", { name: "Network" }).click();
  await page.getByText(`Traffic comes in at ${lab.ingress.http.split(":")[0]}`).waitFor();
  await page.getByText("Taken up").waitFor();
  seen.storageState = await page.context().storageState();
  await inspectAll([{ name: "app-network", address: `${seen.page}?tab=network`, storageState: seen.storageState }], { baseURL: server.url, views: NARROW_AND_WIDE });
});

it("keeps a host at which the cluster answers by what is no application's from everybody", options, async ({ lab }) => {
  const [host, wild] = [`legacy-${STAMP}.example.test`, `wild-${STAMP}.example.test`];
  const ingress = (name, host) => kubectl(lab, "create", "ingress", name, "--namespace", "default", `--rule=${host}/*=legacy:80`);
  try {
    await ingress(`legacy-${STAMP}`, host);
    await ingress(`wild-${STAMP}`, `*.${wild}`);
    const want = (routes) => seen.owner.post("/apps", { namespace: seen.namespace, name: "late", spec: spec(lab, { routes }), reason: "" });
    await assert.rejects(want(`${host}/login`), (error) => {
      assert.equal(error.status, 409, error.message);
      assert.deepEqual(error.body.errors.map((e) => e.field), ["routes"]);
      assert.match(error.body.errors[0].detail, /answers at legacy-.* already, by what is none of your apps/);
      return true;
    });
    const below = await want(`shop.${wild}`);
    await end(below); // what is for all the rest is in nobody's way
    const entries = (await seen.owner.get("/audit?q=app.publish")).rows;
    assert.ok(entries.some((e) => e.outcome === "refused" && e.object === "app/late"), JSON.stringify(entries));
    await seen.owner.ended((await seen.owner.delete(`/apps/${below.app}?confirm=late`)).operation);
  } finally {
    for (const name of [`legacy-${STAMP}`, `wild-${STAMP}`]) await kubectl(lab, "delete", "ingress", name, "--namespace", "default", "--ignore-not-found");
  }
});

it("gives nobody else the address, and says who has it to those who may know", options, async ({ lab }) => {
  const api = await seen.owner.post("/apps", { namespace: seen.namespace, name: "api", spec: spec(lab, { image: `${lab.registry}/demo:2.0.0`, routes: `${HOST}/api` }), reason: "" });
  await end(api);
  assert.equal((await answers(HOST, (answer) => answer.version === "2.0.0", "/api")).version, "2.0.0", "a path of its own");
  assert.equal((await answers(HOST)).version, "1.0.0", "the rest is the other's");
  seen.api = api.app;
  const refused = (field, words) => (error) => {
    assert.equal(error.status, 409, error.message);
    assert.deepEqual(error.body.errors.map((e) => e.field), [field]);
    assert.match(error.body.errors[0].detail, words);
    return true;
  };
  const want = { namespace: seen.namespace, name: "third", reason: "" };
  await assert.rejects(seen.owner.post("/apps", { ...want, spec: spec(lab, { routes: HOST }) }), refused("routes", /leads to the app web already/));
  const document = JSON.stringify({
    containers: [{ image: `${lab.registry}/demo:1.0.0`, ports: [{ port: 8080 }], resources: { cpu: "50m", memory: "32Mi" } }],
    routing: { routes: [{ host: SECOND }, { host: HOST }] },
  });
  await assert.rejects(seen.owner.post("/apps", { ...want, spec: { source: "document", document } }), refused("document", /routing\.routes\[1\]\.host: .*the app web/));

  const tenant = await seen.admin.post("/tenants", {
    name: "dock", display_name: "The dock",
    owner: { username: "docker", display_name: "Docker", password: "first-owner-pass" },
  });
  const theirs = await seen.admin.post("/namespaces", { cluster: seen.cluster, tenant: tenant.id, name: THEIRS, cpu: "1", memory: "1Gi", pods: "5" });
  const docker = await new Rest(seen.owner.server).firstSignIn("docker", "first-owner-pass", "ships at dusk, twice");
  const thief = { namespace: theirs.id, name: "thief", spec: spec(lab, { replicas: "1", routes: `${HOST}/login` }), reason: "" };
  await assert.rejects(docker.post("/apps", thief), (error) => {
    assert.ok(!/web/.test(error.body.errors[0].detail), "nothing is said of it");
    return refused("routes", /is another tenant's in this cluster/)(error);
  });
  assert.equal((await docker.get("/apps")).total, 0);
});

it("moves from an Ingress to a Gateway and back without a failed request", options, async ({ lab }) => {
  const load = startTraffic(`${web()}/`, { rate: 60, host: HOST });
  try {
    const gateway = { ...lab.ingress.gateway };
    await upgrade((form) => {
      const document = form.document.replace(/routing:\n/, `routing:\n  through: gateway\n  gateway: ${JSON.stringify(gateway)}\n`).replace("https: true", "https: false");
      return { ...form, source: "document", document: document.replace("demo:1.0.0", "demo:2.0.0") };
    });
    const objects = await objectsOf(lab, NAMESPACE, seen.app);
    assert.deepEqual([objects.HTTPRoute?.length, objects.Ingress], [1, undefined]);
    assert.equal((await answers(HOST, (answer) => answer.version === "2.0.0")).version, "2.0.0");
    const told = await until("the Gateway has spoken", network, ({ routes }) => routes[0].state === "ready");
    assert.deepEqual(told.routes.map((route) => [route.url, route.object[0]]), [[`http://${HOST}`, "HTTPRoute"]]);

    await end(await seen.owner.post(`/apps/${seen.app}/releases/1/rollback`, { reason: "back" }));
    const back = await objectsOf(lab, NAMESPACE, seen.app);
    assert.deepEqual([back.HTTPRoute, back.Ingress?.length], [undefined, 1]);
    await answers(HOST, (answer) => answer.version === "1.0.0");
  } finally {
    seen.load = await load.stop();
  }
  assert.deepEqual(seen.load.failures, [], JSON.stringify(seen.load));
  assert.ok(seen.load.versions["1.0.0"] > 0 && seen.load.versions["2.0.0"] > 0, "both answered");
  const { sections } = await seen.owner.get(`/apps/${seen.app}/compare/1/2`);
  assert.ok(sections.find((section) => (section.title.en ?? section.title) === "Web addresses").changed);
});

const through = (routing) => (form) => ({
  ...form,
  source: "document",
  document: form.document.replace(/routing:\n(?: .*\n|- .*\n)*/, `routing: ${JSON.stringify(routing)}\n`),
});

it("says what is wrong when nobody takes an address up, or refuses it", options, async () => {
  await upgrade(through({ class: "nobody", routes: [{ host: HOST }] }));
  const [waits] = (await network()).routes;
  assert.equal(waits.state, "waiting");
  assert.match(waits.note.en ?? waits.note, /no class of Ingress “nobody”/);
  await unknown(HOST);
  await upgrade(through({ through: "gateway", gateway: { ...seen.lab.ingress.gateway, listener: "https" }, routes: [{ host: HOST }] }));
  const { routes } = await until("the Gateway has spoken", network, (now) => now.routes[0].state === "refused");
  assert.match(routes[0].note.en ?? routes[0].note, /does not take it/);
});

it("goes back to the cluster's usual class of Ingress, and keeps an address until another serves", options, async () => {
  await upgrade(through({ class: "traefik", routes: [{ host: HOST }] }));
  await answers(HOST);
  await upgrade(through({ routes: [{ host: HOST }] }));
  const [ingress] = (await objectsOf(seen.lab, NAMESPACE, seen.app)).Ingress;
  assert.equal(ingress.spec.ingressClassName, "traefik", "named once, it is not without one afterwards");
  assert.deepEqual((await seen.owner.get(`/apps/${seen.app}/drift`)).differs, []);
  const moved = (form) => {
    const { document } = through({ routes: [{ host: SECOND }] })(form);
    const bad = document.replace(/demo:\d\.0\.0/, "never-ready:1.0.0").replace(/deadline_seconds: \d+/, "deadline_seconds: 15");
    return { ...form, source: "document", document: bad };
  };
  const { spec: form, row } = await seen.owner.get(`/apps/${seen.app}`);
  const started = await seen.owner.put(`/apps/${seen.app}`, { spec: moved(form), reason: "", based_on: String(row.release) });
  await until("the new address is handed over", () => objectsOf(seen.lab, NAMESPACE, seen.app), (now) => now.Ingress.length === 2);
  assert.equal((await answers(HOST)).version, "1.0.0", "the old address is still there");
  await end(started, "failed");
  const after = (await objectsOf(seen.lab, NAMESPACE, seen.app)).Ingress;
  assert.deepEqual(after.map((one) => one.spec.rules[0].host), [HOST]);
  await end(await seen.owner.post(`/apps/${seen.app}/releases/${row.release}/rollback`, { reason: "" }));
});

it("shows a certificate that a route names", options, async ({ lab }) => {
  const pki = path.join(path.dirname(lab.path), "pki", "apiserver");
  await kubectl(lab, "-n", NAMESPACE, "create", "secret", "tls", "shop-tls", "--cert", `${pki}.crt`, "--key", `${pki}.key`);
  await upgrade(through({ routes: [{ host: HOST }, { host: NAMED, certificate: "shop-tls" }] }));
  const [host, port] = lab.ingress.https.split(":");
  const shown = () =>
    new Promise((resolve, reject) => {
      const socket = tls.connect({ host, port: Number(port), servername: NAMED, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.once("error", reject);
    });
  const { fingerprint256 } = new X509Certificate(await readFile(`${pki}.crt`));
  await until("the certificate is shown", shown, (fingerprint) => fingerprint === fingerprint256);
  await answers(HOST);
});

it("finds an address that somebody took away, and gives it up with the application", options, async ({ page, lab, server }) => {
  await kubectl(lab, "-n", NAMESPACE, "delete", "ingress", "-l", `longshore.dev/app=${seen.app}`);
  assert.deepEqual([...new Set((await network()).routes.map((route) => route.state))], ["missing"]);
  const { differs } = await seen.owner.get(`/apps/${seen.app}/drift`);
  assert.deepEqual(differs.map((object) => [object.kind, object.missing]), [["Ingress", true], ["Ingress", true]]);
  await inspectAll([{ name: "app-network-missing", address: `${seen.page}?tab=network`, storageState: seen.storageState }], { baseURL: server.url, views: NARROW_AND_WIDE });
  await end(await seen.owner.post(`/apps/${seen.app}/drift/reversal`, { reason: "" }));
  assert.equal((await answers(HOST)).version, "1.0.0");

  await page.goto(`${seen.page}/delete`);
  await page.locator("section").filter({ hasText: "Addresses that will not answer any more" }).getByText(HOST).first().waitFor();
  await end(await seen.owner.delete(`/apps/${seen.app}?confirm=web`));
  await unknown(HOST);
  const { row } = await seen.owner.get(`/apps/${seen.api}`);
  const { spec: form } = await seen.owner.get(`/apps/${seen.api}`);
  await end(await seen.owner.put(`/apps/${seen.api}`, { spec: { ...form, routes: `${form.routes}\nhttps://${HOST}\nhttps://${SECOND}` }, reason: "", based_on: String(row.release) }));
  for (const host of [HOST, SECOND]) assert.equal((await answers(host)).version, "2.0.0");
});
