// Patches of rendered objects against a real Kubernetes: what the platform's administrators put into a template reaches the
// pods, is shown as such, and is stopped beforehand where Pod Security would let no pod in.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hasRealHosts, startLab } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { settle } from "../support/rest.mjs";
import { startServer } from "../support/server.mjs";

const NAMESPACE = `patches-${Date.now().toString(36)}`;
const options = { timeout: 120_000, skip: !hasRealHosts };
const seen = {};
let lab;
let server;

before(async () => {
  if (!hasRealHosts) return;
  lab = await startLab();
  server = await startServer({ args: ["--insecure-registry", lab.registry] });
  Object.assign(seen, await settle(server, lab, { name: NAMESPACE }));
});

after(async () => {
  await server?.remove();
  if (lab) await kubectl(lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

/** An administrator's template with operations on the Deployment's pods, and an application that its tenant publishes from it. */
async function publish(name, operations) {
  const document = `kind: worker
containers: [{ image: "${lab.registry}/demo:1.0.0" }]
patches: [{ kind: Deployment, operations: [${operations}] }]`;
  const spec = { source: "document", document };
  const { id } = await seen.admin.post("/templates", { name: `${name}-${NAMESPACE}`, description: "", spec });
  const started = await seen.owner.post("/apps", { namespace: seen.namespace, name, template: id, spec, reason: "" });
  return { ...started, ended: await seen.owner.ended(started.operation) };
}

async function remove(app, name) {
  const { operation } = await seen.owner.delete(`/apps/${app}?confirm=${name}`);
  assert.equal((await seen.owner.ended(operation)).row.state, "succeeded");
  assert.deepEqual(await objectsOf(lab, NAMESPACE, app), {});
}

test("what an administrator patches reaches the pods, and is said of the release", options, async () => {
  const { app, ended } = await publish(
    "known",
    '{ op: add, path: /spec/template/spec/hostAliases, value: [{ ip: "127.0.0.1", hostnames: [old.example.org] }] }',
  );
  assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
  const { Pod } = await objectsOf(lab, NAMESPACE, app);
  assert.deepEqual(Pod.map((pod) => pod.spec.hostAliases), [[{ ip: "127.0.0.1", hostnames: ["old.example.org"] }]]);
  const { patched } = await seen.owner.get(`/apps/${app}`);
  assert.match(JSON.stringify(patched), /Deployment.*hostAliases/);
  await remove(app, "known");
});

test("a patch that Pod Security does not let in fails with the fields that it is about, before anything is changed", options, async () => {
  const { app, ended } = await publish("loose", "{ op: add, path: /spec/template/spec/hostNetwork, value: true }");
  assert.equal(ended.row.state, "failed", JSON.stringify(ended));
  const { releases } = await seen.owner.get(`/apps/${app}`);
  assert.match(releases[0].problem.en, /Pod Security “restricted”.*hostNetwork=true/);
  assert.equal((await objectsOf(lab, NAMESPACE, app)).Deployment, undefined);
  await remove(app, "loose");
});
