// Applications that keep data: each pod has a disk of its own, which outlives upgrades, rollbacks, failures, scaling, and the
// application itself unless somebody wishes otherwise.
import assert from "node:assert/strict";
import { after } from "node:test";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts, lab as labCommand } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { settle } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { askUntil, startTraffic } from "../support/traffic.mjs";
import { until } from "../support/until.mjs";
import { becomes, publish } from "../pages/app.mjs";
import { signIn } from "../pages/session.mjs";

const STAMP = Date.now().toString(36);
const NAMESPACE = `stateful-${STAMP}`;
const seen = {};

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

/** Writes a word to its disk at each start, and serves all words that are there. */
const document = (word, more = {}) => ({
  kind: "stateful",
  replicas: 2,
  containers: [
    {
      image: `${seen.lab.registry}/demo:1.0.0`,
      ports: [{ port: 8080 }],
      resources: { cpu: "20m", memory: "32Mi" },
      env: { CONFIG_FILE: "/data/words", WORD: word, DRAIN_SECONDS: "1" },
      mounts: [{ volume: "data", path: "/data" }],
      readiness: { http: { path: "/readyz" } },
    },
  ],
  init_containers: [
    {
      name: "write",
      image: `${seen.lab.registry}/shell:1.0.0`,
      command: ["sh", "-c", 'echo "$WORD" >>/data/words'],
      env: { WORD: word },
      resources: { cpu: "10m", memory: "16Mi" },
      mounts: [{ volume: "data", path: "/data" }],
    },
  ],
  volumes: [{ name: "data", claim: { size: "64Mi" } }],
  update: { min_ready_seconds: 1, deadline_seconds: 60 },
  termination: { leave_seconds: 2, grace_seconds: 8 },
  ...more,
});
const spec = (what) => ({ source: "document", document: JSON.stringify(what) });
const ended = async (call, state = "succeeded") => {
  const started = await call;
  const operation = await seen.owner.ended(started.operation, 180);
  assert.equal(operation.row.state, state, JSON.stringify(operation));
  return started;
};
const newest = async () => (await seen.owner.get(`/apps/${seen.app}`)).row.release;
const upgrade = async (what, state) =>
  ended(seen.owner.put(`/apps/${seen.app}`, { spec: spec(what), reason: "", based_on: String(await newest()) }), state);
/** What a pod has on its disk. */
const words = async (number) => {
  const ip = await kubectl(seen.lab, "-n", NAMESPACE, "get", "pod", `db-${number}`, "-o", "jsonpath={.status.podIP}");
  return (await askUntil(`http://${ip}:8080/`, () => true)).config.trim().split("\n");
};
const claims = async () => {
  const found = JSON.parse(await kubectl(seen.lab, "-n", NAMESPACE, "get", "persistentvolumeclaims", "-o", "json")).items;
  return Object.fromEntries(found.map((claim) => [claim.metadata.name, claim.metadata.uid]));
};
const bothHave = async (expected) => {
  for (const number of [0, 1]) assert.deepEqual(await words(number), expected, `db-${number}`);
};

it("publishes an application with a disk by its form", options, async ({ page, lab, server }) => {
  const path = await publish(page, {
    name: "small", image: `${lab.registry}/demo:1.0.0`, replicas: "1", cpu: "20m", memory: "32Mi", port: "8080",
    health_path: "/readyz", data_path: "/var/lib/small", data_size: "16Mi", reason: "keeps something",
  });
  await becomes(page, "Serving", 1);
  await page.getByRole("link", { name: "Storage" }).click();
  await page.getByText("data-small-0").waitFor();
  await page.getByText("There", { exact: true }).waitFor();
  seen.storageState = await page.context().storageState();
  await inspectAll([{ name: "app-storage", address: `${path}?tab=storage`, storageState: seen.storageState }], { baseURL: server.url, views: NARROW_AND_WIDE });
  await inspectAll([{ name: "app-delete-disks", address: `${path}/delete`, storageState: seen.storageState }], { baseURL: server.url, views: NARROW_AND_WIDE });
  await page.goto(`${path}/upgrade`);
  await hydrated(page);
  const kept = await page.locator('[name="form[spec][data_size]"]').inputValue();
  assert.equal(kept, "16Mi");

  await page.goto(`${path}/delete`);
  await hydrated(page);
  await page.locator('[name="confirm"]').fill("small");
  await page.locator('[name="disks"]').selectOption("delete");
  await page.getByRole("button", { name: "Delete small" }).click();
  await page.waitForURL(/\/operations\//);
  await until("its disk is gone", claims, (now) => Object.keys(now).length === 0);
});

it("keeps what each pod wrote through upgrades and rollbacks, and serves meanwhile", options, async ({ lab }) => {
  const started = await ended(seen.owner.post("/apps", { namespace: seen.namespace, name: "db", spec: spec(document("one")), reason: "" }));
  seen.app = started.app;
  const objects = await objectsOf(lab, NAMESPACE, seen.app);
  assert.deepEqual(objects.Pod.map((pod) => pod.metadata.name).sort(), ["db-0", "db-1"]);
  assert.deepEqual([objects.Deployment, objects.Service.map((service) => service.metadata.name).sort()], [undefined, ["db", "db-pods"]]);
  seen.claims = await claims();
  assert.deepEqual(Object.keys(seen.claims), ["data-db-0", "data-db-1"]);
  await bothHave(["one"]);

  const load = startTraffic(await labCommand("service-url", NAMESPACE, "db", "--name", lab.name), { rate: 60 });
  try {
    await upgrade(document("two"));
    await bothHave(["one", "two"]);
    await ended(seen.owner.post(`/apps/${seen.app}/releases/1/rollback`, { reason: "" }));
    await bothHave(["one", "two", "one"]);
  } finally {
    seen.load = await load.stop();
  }
  assert.deepEqual(seen.load.failures, [], JSON.stringify(seen.load));
  assert.deepEqual(await claims(), seen.claims);
  assert.deepEqual((await seen.owner.get(`/apps/${seen.app}/drift`)).differs, []);
  const { disks } = await seen.owner.get(`/apps/${seen.app}/storage`);
  assert.deepEqual(disks.map((disk) => [disk.name, disk.pod, disk.state, disk.class]), [
    ["data-db-0", "db-0", "bound", "local-path"],
    ["data-db-1", "db-1", "bound", "local-path"],
  ]);
});

it("takes back a release whose pods do not get ready, and one that stops after its first batch", options, async ({ lab }) => {
  const bad = document("bad", { update: { min_ready_seconds: 1, deadline_seconds: 15 } });
  bad.containers[0].image = `${lab.registry}/never-ready:1.0.0`;
  await upgrade(bad, "failed");
  await until("both serve again", () => seen.owner.get(`/apps/${seen.app}`), (app) => app.rollout.ready === 2);
  assert.deepEqual((await words(0)).slice(0, 3), ["one", "two", "one"], "the broken pod was the last one's");

  const held = document("held", { update: { min_ready_seconds: 1, deadline_seconds: 60, first_batch: "wait" } });
  const number = (await newest()) + 1;
  await seen.owner.put(`/apps/${seen.app}`, { spec: spec(held), reason: "", based_on: String(number - 1) });
  await until("it waits for a person", () => seen.owner.get(`/apps/${seen.app}`), (app) => app.rollout.held);
  assert.equal((await words(1)).at(-1), "held", "the first batch is the pod of the highest number");
  assert.notEqual((await words(0)).at(-1), "held");
  await ended(seen.owner.post(`/apps/${seen.app}/releases/${number}/continue`, {}));
  assert.equal((await words(0)).at(-1), "held");
});

it("changes no disk in place, and keeps those of pods that are scaled away", options, async () => {
  const refused = (field, words) => (error) => {
    assert.equal(error.status, 422, error.message);
    assert.deepEqual(error.body.errors.map((e) => e.field), [field]);
    assert.match(error.body.errors[0].detail, words);
    return true;
  };
  const larger = document("larger", { volumes: [{ name: "data", claim: { size: "128Mi" } }] });
  const put = async (form) => seen.owner.put(`/apps/${seen.app}`, { spec: form, reason: "", based_on: String(await newest()) });
  await assert.rejects(put(spec(larger)), refused("document", /volumes\[0\]\.claim\.size: The disks of an app stay/));
  const { spec: fields } = await seen.owner.get(`/apps/${seen.app}`);
  await assert.rejects(put({ ...fields, data_size: "128Mi" }), refused("data_size", /stay as they were made/));

  const before = await words(1);
  await ended(seen.owner.post(`/apps/${seen.app}/scale`, { replicas: "1", reason: "" }));
  assert.equal(Object.keys(await claims()).length, 2);
  await ended(seen.owner.post(`/apps/${seen.app}/scale`, { replicas: "2", reason: "" }));
  assert.deepEqual((await words(1)).slice(0, before.length), before);
});

it("keeps the disks of an application that is deleted, for one of its name", options, async ({ page, server }) => {
  assert.deepEqual(await seen.owner.get(`/namespaces/${seen.namespace}/disks`), { disks: [] }, "none is left of an app that is there");
  const before = await words(0);
  const preview = await seen.owner.get(`/apps/${seen.app}/deletion`);
  assert.deepEqual(preview.disks.map((disk) => disk.name), ["data-db-0", "data-db-1"]);
  await assert.rejects(seen.owner.delete(`/apps/${seen.app}?confirm=db&disks=burn`), (error) => error.status === 422);
  await ended(seen.owner.delete(`/apps/${seen.app}?confirm=db`));
  assert.deepEqual(await claims(), seen.claims);
  const other = document("again", { volumes: [{ name: "data", claim: { size: "128Mi" } }] });
  await assert.rejects(seen.owner.post("/apps", { namespace: seen.namespace, name: "db", spec: spec(other), reason: "" }), (error) => {
    assert.equal(error.status, 422);
    assert.match(error.body.errors[0].detail, /An earlier app of this name kept the disk data-db-0 of 64/);
    return true;
  });
  const again = await ended(seen.owner.post("/apps", { namespace: seen.namespace, name: "db", spec: spec(document("again")), reason: "" }));
  seen.app = again.app;
  assert.deepEqual(await words(0), [...before, "again"]);
  await ended(seen.owner.delete(`/apps/${seen.app}?confirm=db`));
  const left = async () => (await seen.owner.get(`/namespaces/${seen.namespace}/disks`)).disks;
  assert.deepEqual((await left()).map((disk) => [disk.name, disk.app]), [["data-db-0", "db"], ["data-db-1", "db"]]);
  await page.goto(`/namespaces/${seen.namespace}`);
  await hydrated(page);
  await inspectAll([{ name: "namespace-disks", address: `/namespaces/${seen.namespace}`, storageState: seen.storageState }], { baseURL: server.url, views: NARROW_AND_WIDE });
  await page.getByText("Delete a disk").click();
  await page.locator('[name="disk"]').selectOption("data-db-1");
  await page.locator("#confirm-disk").fill("data-db-1");
  await page.getByRole("button", { name: "Delete the disk" }).click();
  await until("the disk is gone", claims, (now) => Object.keys(now).length === 1);
  await page.reload();
  await page.getByText("data-db-0").first().waitFor();
  assert.equal(await page.getByText("data-db-1").count(), 0);
  const away = (disks) => seen.admin.delete(`/namespaces/${seen.namespace}?confirm=${NAMESPACE}${disks}`);
  await assert.rejects(away(""), (error) => {
    assert.deepEqual([error.status, error.body.errors[0].field], [422, "disks"]);
    assert.match(error.body.errors[0].detail, /1 disks? with data .* data-db-0/);
    return true;
  });
  assert.deepEqual(Object.keys(await claims()), ["data-db-0"]);
  const operation = await away("&disks=delete");
  const gone = await seen.admin.ended(operation.id ?? operation, 120);
  assert.equal(gone.row.state, "succeeded", JSON.stringify(gone));
});
