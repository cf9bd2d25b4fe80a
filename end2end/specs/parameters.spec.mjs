// Templates that ask questions: the ones that come along, published from by answering them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after } from "node:test";
import { promisify } from "node:util";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts, lab as labCommand } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { settle } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { until } from "../support/until.mjs";
import { becomes } from "../pages/app.mjs";
import { signIn } from "../pages/session.mjs";

const STAMP = Date.now().toString(36);
const NAMESPACE = `parameters-${STAMP}`;
const seen = {};
const run = promisify(execFile);

const it = suite({
  lab: true,
  journey: true,
  server: ({ lab }) => ({ args: ["--insecure-registry", lab.registry] }),
  signIn: async ({ page, server, lab }) => {
    seen.lab = lab;
    Object.assign(seen, await settle(server, lab, { name: NAMESPACE }));
    await signIn(page, "keeper", "ships at dawn, twice");
  },
});

after(async () => {
  if (seen.lab) await kubectl(seen.lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

const options = { skip: !hasRealHosts };
const templates = async () => (await seen.owner.get("/templates")).rows;
const template = async (name) => seen.owner.get(`/templates/${(await templates()).find((row) => row.name === name).id}`);
const state = (id, wanted) => until(`it is ${wanted}`, () => seen.owner.get(`/apps/${id}`), (app) => app.row.state === wanted, 90_000);

const publish = async (name, values, changes = {}) => {
  const { row, spec } = await template(name);
  const form = { namespace: seen.namespace, name: `a-${name}`, template: row.id, values, spec: { ...spec, ...changes }, reason: "" };
  return (await seen.owner.post("/apps", form)).app;
};
const podAddress = (pod) => kubectl(seen.lab, "-n", NAMESPACE, "get", "pod", pod, "-o", "jsonpath={.status.podIP}");

it("adds the templates that come along, once", options, async ({ page, server }) => {
  const starters = page.getByRole("button", { name: "Add the starter templates" });
  await page.goto("/templates");
  await hydrated(page);
  await starters.waitFor();
  // They are offered beside what somebody made, too.
  await seen.owner.post("/templates", { name: "own", description: "", spec: { replicas: "1", port: "8080", cpu: "10m", memory: "16Mi" } });
  await page.reload();
  await hydrated(page);
  await page.getByRole("link", { name: /^own/ }).waitFor();
  await starters.click();
  await page.getByRole("link", { name: /^postgresql/ }).waitFor();
  await starters.waitFor({ state: "detached" });
  const names = (await templates()).map((row) => row.name);
  assert.deepEqual(names, ["cron-job", "own", "postgresql", "redis", "static-site", "web-service", "worker"]);
  assert.deepEqual(await seen.owner.post("/templates/starters", {}), [], "there is nothing to add any more");
  seen.storageState = await page.context().storageState();
  const { row } = await template("postgresql");
  const shot = (name, address) => inspectAll([{ name, address, storageState: seen.storageState }], { baseURL: server.url, views: NARROW_AND_WIDE });
  await shot("templates-starters", "/templates");
  await shot("template-parameters", `/templates/${row.id}`);
  await shot("app-new-parameters", `/apps/new?template=${row.id}`);
});

it("publishes by answering what a template asks", options, async ({ page, lab, complaints }) => {
  complaints.expect(/status of 422/);
  const { row } = await template("web-service");
  await page.goto(`/apps/new?template=${row.id}`);
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill("shop");
  const answer = (name, value) => page.locator(`[name="form[values][${name}]"]`).fill(value);
  await answer("image", `${lab.registry}/demo:1.0.0`);
  await answer("replicas", "99");
  await answer("memory", "32Mi");
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByText("From 1 to 50.").first().waitFor();
  assert.equal(await page.locator('[name="form[values][image]"]').inputValue(), `${lab.registry}/demo:1.0.0`, "what was typed stays");
  await answer("replicas", "2");
  await page.getByRole("button", { name: "Will it fit?" }).click();
  await page.getByText(/^Fits: 2 pods/).first().waitFor();
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.waitForURL(/\/apps\/[0-9a-f-]{36}/);
  await becomes(page, "Serving", 1);
  const id = new URL(page.url()).pathname.split("/").at(-1);
  const { row: app, spec } = await seen.owner.get(`/apps/${id}`);
  assert.deepEqual([app.template, spec.replicas, spec.memory, spec.port], [["web-service", 1], "2", "32Mi", "8080"]);
});

it("leads from a version to the apps that run it", options, async ({ page }) => {
  const { row } = await template("web-service");
  await page.goto(`/templates/${row.id}/versions`);
  await hydrated(page);
  await page.getByRole("link", { name: /the apps that run version 1/ }).click();
  await page.waitForURL((url) => url.pathname === "/apps" && url.searchParams.get("template") === row.id && url.searchParams.get("version") === "1");
  await page.getByRole("main").getByRole("link", { name: /^shop/ }).waitFor();
  const chip = page.getByRole("link", { name: "Template web-service, version 1" });
  await chip.click();
  await page.waitForURL((url) => url.pathname === "/apps" && url.searchParams.size === 0);
  await chip.waitFor({ state: "detached" });
});

it("serves a page that somebody wrote", options, async ({ lab }) => {
  const page = "<!doctype html>\n<title>Ships</title>\n<h1>Ships at dawn</h1>\n";
  // No nginx is at hand; the shell's server serves the same folder at the same port.
  const server = { command: "httpd -f -p 8080 -h /usr/share/nginx/html", memory: "16Mi" };
  const site = await publish("static-site", { image: `${lab.registry}/shell:1.0.0`, page, replicas: "1" }, server);
  await state(site, "serving");
  const address = await kubectl(seen.lab, "-n", NAMESPACE, "get", "pods", "-l", `longshore.dev/app=${site}`, "-o", "jsonpath={.items[0].status.podIP}");
  const answer = await fetch(`http://${address}:8080/`, { signal: AbortSignal.timeout(10_000) });
  assert.deepEqual([answer.status, await answer.text()], [200, page]);
});

it("publishes what runs without a port, and what runs by a schedule", options, async ({ lab }) => {
  const shell = `${lab.registry}/shell:1.0.0`;
  await state(await publish("worker", { image: shell, command: "sh -c 'sleep 600'", memory: "16Mi" }), "serving");
  const cron = await publish("cron-job", { image: shell, command: "sh -c 'exit 0'", schedule: "@hourly", time_zone: "Asia/Shanghai" });
  await state(cron, "scheduled");
  await seen.owner.post(`/apps/${cron}/runs`, { reason: "" });
  await until("it has run", () => seen.owner.get(`/apps/${cron}/runs`), ({ runs }) => runs[0]?.state === "succeeded", 60_000);
});

it("runs a PostgreSQL and a Redis that keep what they are told", options, async ({ lab }) => {
  const [postgresql, redis] = (await labCommand("databases", "--name", lab.name)).split("\n");
  const password = "p4sswordOfADatabase";
  const db = await publish("postgresql", { image: postgresql, database: "shop", user: "keeper", password, size: "256Mi", memory: "256Mi" });
  const cache = await publish("redis", { image: redis, size: "16Mi", memory: "32Mi", password });
  await state(db, "serving");
  const sql = async (text) => {
    const where = `host=${await podAddress("a-postgresql-0")} user=keeper dbname=shop connect_timeout=5`;
    const { stdout } = await run("psql", [where, "-v", "ON_ERROR_STOP=1", "-Atc", text], { env: { ...process.env, PGPASSWORD: password } });
    return stdout.trim();
  };
  await sql("CREATE TABLE ships (name text); INSERT INTO ships VALUES ('Aurora')");
  const ended = async (started) => assert.equal((await seen.owner.ended((await started).operation)).row.state, "succeeded");
  await ended(seen.owner.post(`/apps/${db}/restart`, { reason: "" }));
  assert.equal(await sql("SELECT name FROM ships"), "Aurora");

  await state(cache, "serving");
  const ask = async (...words) => {
    const { stdout } = await run("redis-cli", ["-h", await podAddress("a-redis-0"), "--no-auth-warning", ...words], { env: { ...process.env, REDISCLI_AUTH: password } });
    return stdout.trim();
  };
  assert.equal(await ask("SET", "berth", "7"), "OK");
  await ended(seen.owner.post(`/apps/${cache}/restart`, { reason: "" }));
  assert.equal(await ask("GET", "berth"), "7");
});

it("refuses wrong answers, each beside its question", options, async () => {
  const { row, spec } = await template("postgresql");
  const form = { namespace: seen.namespace, name: "db", template: row.id, spec, reason: "" };
  await assert.rejects(seen.owner.post("/apps", { ...form, values: { size: "lots", password: "short", colour: "red" } }), (error) => {
    assert.equal(error.status, 422);
    assert.deepEqual(error.body.errors.map((e) => e.field).sort(), ["values[colour]", "values[password]", "values[size]"]);
    return true;
  });
  const wrong = { name: "mine", description: "", spec, parameters: "- { name: a, title: A, path: 'containers[9].image' }" };
  await assert.rejects(seen.owner.post("/templates", wrong), (error) => {
    assert.deepEqual(error.body.errors.map((e) => [e.field, e.detail]), [["parameters", "a: the specification has no containers[9].image."]]);
    return true;
  });
});
