// Releases by the REST API against a real Kubernetes: upgrades that no caller notices, releases that fail and say why
// while the old one serves, exact rollbacks, and deletions that leave nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { signIn } from "../pages/session.mjs";
import { assertGood } from "../support/axe.mjs";
import { closeBrowser, hydrated, openContext } from "../support/browser.mjs";
import { hasRealHosts, lab as labCommand, startLab } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { settle } from "../support/rest.mjs";
import { startServer } from "../support/server.mjs";
import { ask, askUntil, startTraffic } from "../support/traffic.mjs";

const NAMESPACE = `releases-${Date.now().toString(36)}`;
const options = { timeout: 240_000, skip: !hasRealHosts };
const seen = {};
let lab;
let server;
let owner;

before(async () => {
  if (!hasRealHosts) return;
  lab = await startLab();
  server = await startServer({ args: ["--insecure-registry", lab.registry] });
  Object.assign(seen, await settle(server, lab, { name: NAMESPACE }));
  owner = seen.owner;
});

after(async () => {
  await closeBrowser();
  await server?.remove();
  if (lab) await kubectl(lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

const spec = (image, word, more = {}) => ({
  image: `${lab.registry}/${image}`,
  replicas: "3",
  port: "8080",
  cpu: "50m",
  memory: "64Mi",
  health_path: "/readyz",
  env: `GREETING=hello from ${word}`,
  config_path: "/etc/demo/config.yaml",
  config_content: `mode: ${word}\n`,
  secrets: `TOKEN=secret of ${word}`,
  deadline: "90",
  ...more,
});

const state = async () => owner.get(`/apps/${seen.app}`);

async function publish(name, what) {
  const started = await owner.post("/apps", { namespace: seen.namespace, name, spec: what, reason: "first" });
  return { ...started, ended: await owner.ended(started.operation) };
}

async function upgrade(what, based_on) {
  const started = await owner.put(`/apps/${seen.app}`, { spec: what, reason: "better", based_on: String(based_on) });
  return { ...started, ended: () => owner.ended(started.operation) };
}

/** A page of the owner's on which nothing may go wrong. */
async function onPage(look) {
  const { context, complaints } = await openContext({ baseURL: server.url });
  try {
    const page = await context.newPage();
    await signIn(page, "keeper", "ships at dawn, twice");
    await look(page);
    complaints.verify();
  } finally {
    await context.close();
  }
}

async function secretInUse() {
  const { Deployment, Secret } = await objectsOf(lab, NAMESPACE, seen.app);
  const env = Deployment[0].spec.template.spec.containers[0].env.find((e) => e.name === "TOKEN");
  const secret = Secret.find((s) => s.metadata.name === env.valueFrom.secretKeyRef.name);
  return Buffer.from(secret.data.TOKEN, "base64").toString();
}

test("a published application serves what it was given", options, async () => {
  const { app, ended } = await publish("web", spec("demo:1.0.0", "one"));
  seen.app = app;
  assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
  seen.url = await labCommand("service-url", NAMESPACE, "web", "--name", lab.name);
  const answer = await askUntil(seen.url, (a) => a.version === "1.0.0");
  assert.deepEqual([answer.config, answer.greeting, await secretInUse()], ["mode: one\n", "hello from one", "secret of one"]);
  const detail = await state();
  assert.deepEqual([detail.row.state, detail.row.ready, detail.rollout.updated_ready], ["serving", 3, 3]);
  const release = await owner.get(`/apps/${app}/releases/1`);
  assert.equal(release.row.digest, lab.images.get(`${lab.registry}/demo:1.0.0`), "the image is pinned");
  assert.match(release.manifests, /kind: Deployment/);
  assert.ok(!JSON.stringify([detail, release]).includes("secret of one"), "no answer tells a secret");
  const [secret] = (await objectsOf(lab, NAMESPACE, app)).Secret;
  assert.equal(secret.immutable, true);
});

test("an upgrade under load fails no request", options, async () => {
  const traffic = startTraffic(seen.url, { rate: 60 });
  await sleep(1000);
  const { ended } = await upgrade(spec("demo:2.0.0", "two"), 1);
  const operation = await ended();
  await askUntil(seen.url, (a) => a.version === "2.0.0");
  // Old pods leave for a while yet.
  await sleep(8000);
  const result = await traffic.stop();
  assert.equal(operation.row.state, "succeeded", JSON.stringify(operation));
  assert.deepEqual(result.failures, [], `of ${result.sent} requests`);
  assert.ok(result.rate >= 50, `${result.rate} requests a second`);
  assert.ok(result.versions["1.0.0"] > 0 && result.versions["2.0.0"] > 0, JSON.stringify(result.versions));
  const { version, config, greeting } = await ask(seen.url);
  assert.deepEqual([version, config, greeting], ["2.0.0", "mode: two\n", "hello from two"]);
  assert.equal(await secretInUse(), "secret of two");
  const [two] = (await state()).releases;
  assert.deepEqual(two.changes.map((c) => c.en), ["Image", "Environment", "Configuration file", "Secrets"]);
});

test("a form that is older than the newest release is refused", options, async () => {
  await assert.rejects(upgrade(spec("demo:1.0.0", "late"), 1), { status: 409 });
  await assert.rejects(upgrade(spec("demo:1.0.0", "x", { secrets: "TOKEN\nNEW" }), 2), (e) => e.status === 422 && /NEW has no value/.test(e.message));
});

test("an image that is not there fails by its deadline, and the old release serves on", options, async () => {
  const wrong = spec("demo:9.9.9", "three", { deadline: "15", secrets: "TOKEN" });
  const fit = await owner.post("/apps/fit", { namespace: "", app: seen.app, spec: wrong });
  assert.equal(fit.fits, true);
  assert.match(fit.summary.en, /registry has no such image/);
  const { ended } = await upgrade(wrong, 2);
  for (const end = Date.now() + 12_000; ; await sleep(300)) {
    const { rollout } = await state();
    if (/cannot be pulled/.test(rollout.summary.en)) break;
    assert.ok(Date.now() < end, `the page does not say why: ${JSON.stringify(rollout.summary)}`);
  }
  const operation = await ended();
  assert.equal(operation.row.state, "failed");
  assert.match(operation.row.problem.en, /Release 3 did not get ready within 15 s\. The image cannot be pulled: .*Release 2 keeps serving/);
  assert.equal(operation.steps.at(-1).title.en, "Go back to the release that served");
  await servesTwo("failed");
});

/** Nothing but release 2 runs, and the newest release is marked so. */
async function servesTwo(marked) {
  for (const end = Date.now() + 30_000; ; await sleep(500)) {
    const { Pod = [] } = await objectsOf(lab, NAMESPACE, seen.app);
    const releases = new Set(Pod.map((p) => p.metadata.labels["longshore.dev/release"]));
    if (releases.size === 1 && releases.has("2") && Pod.length === 3) break;
    assert.ok(Date.now() < end, `pods of releases ${[...releases]} are left`);
  }
  const detail = await state();
  assert.equal(detail.releases[0].state, marked);
  assert.equal(detail.releases.find((r) => r.number === 2).state, "live");
  assert.equal(detail.row.ready, 3);
  assert.equal((await ask(seen.url)).version, "2.0.0");
}

test("a release that never gets ready fails without a failed request", options, async () => {
  const traffic = startTraffic(seen.url, { rate: 20 });
  const { ended } = await upgrade(spec("never-ready:1.0.0", "four", { deadline: "15" }), 3);
  const operation = await ended();
  assert.equal(operation.row.state, "failed");
  assert.match(operation.row.problem.en, /readiness check fails/);
  await servesTwo("failed");
  const result = await traffic.stop();
  assert.deepEqual(result.failures, [], `of ${result.sent} requests`);
  assert.deepEqual(Object.keys(result.versions), ["2.0.0"]);
});

test("a release that crashes says with which exit code", options, async () => {
  const { ended } = await upgrade(spec("crash:1.0.0", "five", { deadline: "20" }), 4);
  const operation = await ended();
  assert.match(operation.row.problem.en, /exit code 1/);
  await servesTwo("failed");
});

test("a rollback shows the difference and brings everything back", options, async () => {
  const preview = await owner.get(`/apps/${seen.app}/releases/1/rollback`);
  assert.deepEqual([preview.left.number, preview.right.number, preview.fit?.fits], [2, 1, true], JSON.stringify(preview));
  assert.match(JSON.stringify(preview.rehearsal), /Deployment web","outcome":"accepted"/, "the dry run");
  const lines = preview.sections.flatMap((s) => s.lines.map((l) => `${l.tag} ${l.text}`));
  for (const line of ["removed mode: two", "added mode: one", "removed GREETING=hello from two", "added GREETING=hello from one"]) {
    assert.ok(lines.includes(line), `${line} of ${JSON.stringify(lines)}`);
  }
  const started = await owner.post(`/apps/${seen.app}/releases/1/rollback`, { reason: "two is slow" });
  assert.equal((await owner.ended(started.operation)).row.state, "succeeded");
  const answer = await askUntil(seen.url, (a) => a.version === "1.0.0");
  assert.deepEqual([answer.config, answer.greeting, await secretInUse()], ["mode: one\n", "hello from one", "secret of one"]);
  const { releases: [newest, ...older] } = await state();
  assert.deepEqual([newest.rollback_of, newest.state, newest.digest], [1, "live", older.at(-1).digest], "the very same image");
});

test("what does not fit is refused before anything is made", options, async () => {
  const whale = { namespace: seen.namespace, name: "whale", spec: spec("demo:1.0.0", "x", { memory: "900Mi" }), reason: "" };
  await assert.rejects(owner.post("/apps", whale), (e) => e.status === 409 && /Memory is short by/.test(e.message));
  const { total } = await owner.get("/apps?q=whale");
  assert.equal(total, 0);
});

/** A rule of the cluster for the tests' namespace; gives back how to take it away. */
async function rule(name, kinds, expression, message) {
  const policy = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      matchConstraints: { resourceRules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: kinds }] },
      validations: [{ expression, message }],
    },
  };
  const binding = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ["Deny"],
      matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": NAMESPACE } } },
    },
  };
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), "longshore-rule-")), "rule.json");
  await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: [policy, binding] }));
  await kubectl(lab, "apply", "-f", file);
  return async () => {
    await kubectl(lab, "delete", "-f", file);
    await rm(path.dirname(file), { recursive: true });
  };
}

test("a release of which the cluster refuses one object makes none", options, async () => {
  const away = await rule(NAMESPACE, ["deployments"], "object.metadata.name != 'refused'", "nothing is called so here");
  // The API server looks at its rules every few seconds.
  const trial = ["create", "deployment", "refused", "--image=x", "--dry-run=server", "-n", NAMESPACE];
  for (const end = Date.now() + 60_000; ; await sleep(500)) {
    if (await kubectl(lab, ...trial).then(() => false, (e) => /called so here/.test(e.stderr))) break;
    assert.ok(Date.now() < end, "the rule does not hold");
  }
  try {
    const { app, ended } = await publish("refused", spec("demo:1.0.0", "x"));
    assert.equal(ended.row.state, "failed");
    assert.match(ended.row.problem.en, /nothing is called so here/);
    assert.deepEqual(await objectsOf(lab, NAMESPACE, app), {});
    const gone = await owner.delete(`/apps/${app}?confirm=refused`);
    assert.equal((await owner.ended(gone.operation)).row.state, "succeeded");
  } finally {
    await away();
  }
});

test("an object that somebody else made is left alone", options, async () => {
  await kubectl(lab, "create", "service", "clusterip", "taken", "--tcp=80:80", "-n", NAMESPACE);
  const { app, ended } = await publish("taken", spec("demo:1.0.0", "x"));
  assert.equal(ended.row.state, "failed");
  assert.match(ended.row.problem.en, /was not made by this application/);
  const ports = await kubectl(lab, "get", "service", "taken", "-n", NAMESPACE, "-o", "jsonpath={.spec.ports[*].port}");
  assert.equal(ports, "80");
  const gone = await owner.delete(`/apps/${app}?confirm=taken`);
  assert.equal((await owner.ended(gone.operation)).row.state, "succeeded");
  await kubectl(lab, "get", "service", "taken", "-n", NAMESPACE);
});

test("before a deletion one is told who refers to the app, and by which variables", options, async () => {
  const front = { replicas: "1", env: "BACKEND_URL=http://web:8080/api\nTITLE=web", config_content: `upstream: web.${NAMESPACE}.svc:8080\n` };
  const { app, ended } = await publish("front", spec("demo:1.0.0", "front", front));
  assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
  const told = async (of) => (await owner.get(`/apps/${of}/deletion`)).dependants;
  const mentions = [["environment", "BACKEND_URL"], ["file", "/etc/demo/config.yaml"]].map(([kind, name]) => ({ container: "app", kind, name }));
  const rows = [{ app, app_name: "front", namespace_name: NAMESPACE, mentions }];
  assert.deepEqual([await told(seen.app), (await told(app)).total], [{ rows, total: 1, incomplete: false }, 0]);
  await onPage(async (page) => {
    await page.goto(`/apps/${seen.app}/delete`);
    await hydrated(page);
    await page.getByText("refers to it: environment BACKEND_URL, file /etc/demo/config.yaml").waitFor();
    await assertGood(page);
    assert.ok(!(await page.locator("main").innerText()).includes("8080"), "no page tells what a variable says");
  });
  const gone = await owner.delete(`/apps/${app}?confirm=front`);
  assert.equal((await owner.ended(gone.operation)).row.state, "succeeded");
  assert.equal((await told(seen.app)).total, 0);
});

test("a deletion takes the place of a release that is stuck, and leaves nothing", options, async () => {
  const stuck = await upgrade(spec("never-ready:1.0.0", "six", { deadline: "600" }), 6);
  await sleep(2000);
  await assert.rejects(owner.delete(`/apps/${seen.app}?confirm=wrong`), { status: 422 });
  await assert.rejects(owner.delete(`/namespaces/${seen.namespace}?confirm=${NAMESPACE}`), (e) => e.status === 409 && /web/.test(e.message));
  const preview = await owner.get(`/apps/${seen.app}/deletion`);
  assert.ok(preview.objects.some(([kind, name]) => kind === "Deployment" && name === "web"));
  assert.ok(preview.pods >= 3);
  const started = await owner.delete(`/apps/${seen.app}?confirm=web`);
  assert.equal((await owner.ended(started.operation)).row.state, "succeeded");
  assert.equal((await stuck.ended()).row.state, "cancelled");
  assert.deepEqual(await objectsOf(lab, NAMESPACE, seen.app), {});
  await assert.rejects(state(), { status: 404 });
});

test("the record of what was deleted stays, and is reached from the apps", options, async () => {
  const [gone] = (await owner.get("/deleted-apps?q=web")).rows;
  assert.deepEqual([gone.id, gone.name, gone.namespace_name, gone.deleted_by, gone.release], [seen.app, "web", NAMESPACE, "keeper", 7]);
  const newest = await owner.get(`/apps/${seen.app}/releases?limit=3`);
  assert.deepEqual(newest.rows.map(({ number }) => number), [7, 6, 5]);
  const older = await owner.get(`/apps/${seen.app}/releases?cursor=${newest.next}`);
  assert.deepEqual([older.rows.map(({ number }) => number), older.next], [[4, 3, 2, 1], null]);
  const two = await owner.get(`/apps/${seen.app}/releases/2`);
  assert.match(two.manifests, /kind: Deployment/);
  await assert.rejects(owner.post(`/apps/${seen.app}/releases/2/rollback`, { reason: "" }), { status: 404 });
  await onPage(async (page) => {
    await page.goto("/apps");
    await hydrated(page);
    await page.getByRole("link", { name: "Deleted apps", exact: true }).click();
    await page.waitForURL("**/apps/deleted");
    await page.getByRole("heading", { level: 1, name: "Deleted apps", exact: true }).waitFor();
    await page.getByRole("link", { name: /^web/ }).waitFor();
    await assertGood(page);
    await page.getByRole("link", { name: /^web/ }).click();
    await page.waitForURL(`**/apps/${seen.app}/releases`);
    await page.getByText("its record stays").waitFor();
    await assertGood(page);
    await page.getByRole("link", { name: "release 2", exact: true }).click();
    await page.waitForURL(`**/apps/${seen.app}/releases/2`);
    await page.getByText("its record stays").waitFor();
    await assertGood(page);
    const words = await page.locator("main").innerText();
    for (const word of [/kind: Deployment/, /demo:2\.0\.0/, /hello from two/, /mode: two/]) assert.match(words, word);
    assert.ok(!words.includes("secret of two"), "no page tells a secret");
    assert.equal(await page.getByRole("link", { name: /Roll back/ }).count(), 0);
  });
});

test("configuration and secrets go with the last kept release that needs them", { ...options, timeout: 300_000 }, async () => {
  const { app, ended } = await publish("forgetful", spec("demo:1.0.0", "once", { replicas: "1" }));
  assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
  const bare = { replicas: "1", config_path: "", config_content: "", secrets: "", env: "" };
  const kept = async () => {
    const { ConfigMap = [], Secret = [] } = await objectsOf(lab, NAMESPACE, app);
    return [ConfigMap.length, Secret.length];
  };
  // Twenty releases are kept: from the second on none needs them, and the first is one of the kept until the twenty-first.
  for (let number = 2; number <= 21; number += 1) {
    const change = { spec: spec("demo:1.0.0", "", { ...bare, deadline: String(90 + number) }), reason: "", based_on: String(number - 1) };
    const { operation } = await owner.put(`/apps/${app}`, change);
    assert.equal((await owner.ended(operation)).row.state, "succeeded", `release ${number}`);
    if (number === 20) assert.deepEqual(await kept(), [1, 1], "the first release can still be gone back to");
  }
  assert.deepEqual(await kept(), [0, 0]);
  const gone = await owner.delete(`/apps/${app}?confirm=forgetful`);
  assert.equal((await owner.ended(gone.operation)).row.state, "succeeded");
  assert.deepEqual(await objectsOf(lab, NAMESPACE, app), {});
});

test("a tenant's own identity can do nothing elsewhere in the cluster", options, async () => {
  const [user] = JSON.parse(await kubectl(lab, "get", "rolebinding", "longshore", "-n", NAMESPACE, "-o", "json")).subjects;
  const may = (...what) => kubectl(lab, "auth", "can-i", ...what, "--as", user.name, "--as-group", "longshore:tenants").catch((e) => e.stdout.trim());
  assert.equal(await may("create", "deployments.apps", "-n", NAMESPACE), "yes");
  for (const what of [
    ["create", "deployments.apps", "-n", "default"],
    ["get", "secrets", "-n", "kube-system"],
    ["patch", "namespaces"],
    ["patch", "resourcequotas", "-n", NAMESPACE],
    ["create", "rolebindings.rbac.authorization.k8s.io", "-n", NAMESPACE],
    ["list", "nodes"],
  ]) {
    assert.equal(await may(...what), "no", what.join(" "));
  }
});

test("a first release that cannot get ready is aborted, its pods go, and the next one serves", options, async () => {
  const started = await owner.post("/apps", { namespace: seen.namespace, name: "typo", spec: spec("no-such-image:1", "typo"), reason: "" });
  const { app } = started;
  for (const end = Date.now() + 30_000; ; await sleep(300)) {
    const { Pod = [] } = await objectsOf(lab, NAMESPACE, app);
    if (Pod.length > 0) break;
    assert.ok(Date.now() < end, "no pod came");
  }
  await owner.post(`/apps/${app}/releases/1/abort`, { reason: "a mistyped image" });
  const ended = await owner.ended(started.operation, 60);
  assert.equal(ended.row.state, "cancelled", JSON.stringify(ended));
  const left = await objectsOf(lab, NAMESPACE, app);
  const staying = (left.Pod ?? []).filter((pod) => !pod.metadata.deletionTimestamp);
  assert.deepEqual([left.Deployment ?? [], left.ReplicaSet ?? [], staying].map((all) => all.length), [0, 0, 0]);
  const { row, rollout, releases } = await owner.get(`/apps/${app}`);
  assert.deepEqual([row.state, releases[0].state, releases[0].problem.en], ["idle", "aborted", "Aborted by keeper: a mistyped image"]);
  assert.match(rollout.summary.en, /aborted before any had served/);
  const again = await owner.put(`/apps/${app}`, { spec: spec("demo:1.0.0", "right", { replicas: "1" }), reason: "", based_on: "1" });
  const served = await owner.ended(again.operation);
  assert.equal(served.row.state, "succeeded", JSON.stringify(served));
  const { operation } = await owner.call("DELETE", `/apps/${app}?confirm=typo`);
  await owner.ended(operation);
});

test("an empty namespace is deleted for good, and its name is free", options, async () => {
  const operation = await owner.delete(`/namespaces/${seen.namespace}?confirm=${NAMESPACE}`);
  assert.equal((await owner.ended(operation)).row.state, "succeeded");
  await assert.rejects(kubectl(lab, "get", "namespace", NAMESPACE), /NotFound/);
  await assert.rejects(owner.get(`/namespaces/${seen.namespace}`), { status: 404 });
});
