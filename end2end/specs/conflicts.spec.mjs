// What happens to a release into which somebody writes with kubectl while it comes: it is put back once, and the release says
// so. What is changed again after that stays, and the release and the comparison with the cluster name it.
import assert from "node:assert/strict";
import { after } from "node:test";
import { hasRealHosts, lab as labCommand } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { settle } from "../support/rest.mjs";
import { suite } from "../support/suite.mjs";
import { askUntil } from "../support/traffic.mjs";
import { until } from "../support/until.mjs";
import { signIn } from "../pages/session.mjs";

const NAMESPACE = `conflicts-${Date.now().toString(36)}`;
const RELEASE = "longshore.dev/release";
/** For how long each of two pods has to serve, one after the other, so that there is time to come in between. */
const PROVEN = 15;
const REPLICAS = 2;
const options = { skip: !hasRealHosts, timeout: 480_000 };
const seen = {};

const it = suite({
  lab: hasRealHosts,
  journey: true,
  server: ({ lab }) => ({ args: lab ? ["--insecure-registry", lab.registry] : [] }),
  signIn: async ({ page, server, lab }) => {
    if (!lab) return;
    Object.assign(seen, await settle(server, lab, { name: NAMESPACE }), { lab });
    await signIn(page, "keeper", "ships at dawn, twice");
  },
});

after(async () => {
  if (seen.lab) await kubectl(seen.lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

const spec = (greeting) => ({
  source: "document",
  document: JSON.stringify({
    replicas: REPLICAS,
    containers: [
      {
        image: `${seen.lab.registry}/demo:1.0.0`,
        ports: [{ port: 8080 }],
        resources: { cpu: "50m", memory: "64Mi" },
        env: { GREETING: greeting, DRAIN_SECONDS: "0" },
        files: [{ path: "/etc/demo/config.yaml", content: `of: ${greeting}\n` }],
        readiness: { http: { path: "/readyz" } },
      },
    ],
    update: { max_surge: 1, max_unavailable: 0, min_ready_seconds: PROVEN, deadline_seconds: 180 },
  }),
});

const by = (...what) => kubectl(seen.lab, "-n", NAMESPACE, ...what);
const detail = () => seen.owner.get(`/apps/${seen.app}`);
const drift = () => seen.owner.get(`/apps/${seen.app}/drift`);
const deployment = async () => (await objectsOf(seen.lab, NAMESPACE, seen.app)).Deployment?.[0];
const uidOf = (kind) => by("get", kind, "web", "--ignore-not-found", "-o", "jsonpath={.metadata.uid}");

/** Begins an upgrade, calls `change` when its first pod is there, and waits for its end: the operation and the release. */
async function upgradeWhile(greeting, change) {
  const { row } = await detail();
  const number = row.release + 1;
  const { operation } = await seen.owner.put(`/apps/${seen.app}`, { spec: spec(greeting), reason: greeting, based_on: String(row.release) });
  const isOnItsWay = ({ rollout }) =>
    rollout.release === number && rollout.updated > 0 && rollout.operation?.steps.some((step) => step.name === "roll_out" && step.state === "running");
  await until("no new pod comes", detail, isOnItsWay, 120);
  await change();
  const ended = await seen.owner.ended(operation, 400);
  const { releases } = await detail();
  assert.equal(releases[0].number, number);
  return { ended, release: releases[0], said: ended.steps.find((step) => step.name === "roll_out").note?.en };
}

/** That a release was put back, says what was changed, and that the cluster holds what it says, to the pods. */
async function isPutBack({ ended, release, said }, greeting, what) {
  assert.deepEqual([ended.row.state, release.state], ["succeeded", "live"], JSON.stringify(ended));
  assert.match(said ?? "nothing", /Others changed it while it came\. It was put back to what was recorded: /);
  assert.match(said, what);
  assert.equal(release.problem.en, said);
  assert.deepEqual((await drift()).differs, []);
  const made = await deployment();
  assert.deepEqual([made.spec.replicas, made.metadata.labels[RELEASE]], [REPLICAS, String(release.number)]);
  const image = `${seen.lab.registry}/demo@${release.digest}`;
  const ours = ({ spec: { containers: [app] } }) => app.image === image && app.env.find((e) => e.name === "GREETING")?.value === greeting;
  const pods = async () => ((await objectsOf(seen.lab, NAMESPACE, seen.app)).Pod ?? []).filter((pod) => !pod.metadata.deletionTimestamp);
  await until("other pods stay", pods, (all) => all.length === REPLICAS && all.every(ours), 90);
  const url = await labCommand("service-url", NAMESPACE, "web", "--name", seen.lab.name);
  const answer = await askUntil(url, (a) => a.greeting === greeting);
  assert.deepEqual([answer.version, answer.config], ["1.0.0", `of: ${greeting}\n`]);
}

it("publishes what nobody touches, and says that it is as it was recorded", options, async () => {
  const started = await seen.owner.post("/apps", { namespace: seen.namespace, name: "web", spec: spec("untouched"), reason: "" });
  seen.app = started.app;
  const ended = await seen.owner.ended(started.operation, 240);
  assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
  assert.equal(ended.steps.find((step) => step.name === "roll_out").note.en, "The cluster holds what was recorded.");
  assert.equal((await detail()).releases[0].problem, null);
  assert.deepEqual((await drift()).differs, []);
});

it("puts the number of pods back", options, async () => {
  const upgraded = await upgradeWhile("scaled", () => by("scale", "deployment/web", "--replicas=4"));
  await isPutBack(upgraded, "scaled", /Deployment web: spec\.replicas/);
});

it("puts a variable and the image back: nothing else serves under the release's number", options, async () => {
  const upgraded = await upgradeWhile("patched", async () => {
    await by("set", "env", "deployment/web", "GREETING=by hand", "MORE=of it");
    await by("set", "image", "deployment/web", `app=${seen.lab.registry}/demo:2.0.0`);
  });
  await isPutBack(upgraded, "patched", /Deployment web: .*spec\.template\.spec\.containers\[app\]/);
});

it("puts the Service back", options, async () => {
  const before = await uidOf("service");
  const upgraded = await upgradeWhile("without a Service", () => by("delete", "service", "web"));
  await isPutBack(upgraded, "without a Service", /Service web was deleted/);
  assert.notEqual(await uidOf("service"), before, "it was deleted, and is another one now");
});

it("puts the configuration back, without which no pod starts", options, async () => {
  const upgraded = await upgradeWhile("without configuration", async () => {
    const { volumes } = (await deployment()).spec.template.spec;
    await by("delete", "configmap", volumes.find((volume) => volume.configMap).configMap.name);
  });
  await isPutBack(upgraded, "without configuration", /ConfigMap \S+ was deleted/);
});

it("puts the Deployment back, and no pod of the old one stays", options, async () => {
  const before = await uidOf("deployment");
  const upgraded = await upgradeWhile("without a Deployment", () => by("delete", "deployment", "web"));
  await isPutBack(upgraded, "without a Deployment", /Deployment web was deleted/);
  const now = await uidOf("deployment");
  assert.ok(now !== "" && now !== before);
  const owners = async () => ((await objectsOf(seen.lab, NAMESPACE, seen.app)).ReplicaSet ?? []).map((set) => set.metadata.ownerReferences?.[0].uid);
  await until("a ReplicaSet is left over", owners, (all) => all.length > 0 && all.every((uid) => uid === now), 90);
});

it("does not fight: what is changed again stays, and is named by the release and by the comparison", options, async ({ page }) => {
  const { ended, release, said } = await upgradeWhile("fought over", async () => {
    const before = await uidOf("service");
    await by("delete", "service", "web");
    await until("it is not put back", () => uidOf("service"), (uid) => uid !== "" && uid !== before, 60);
    await by("delete", "service", "web");
  });
  assert.deepEqual([ended.row.state, release.state], ["succeeded", "live"], JSON.stringify(ended));
  assert.match(said, /^It was put back once while it came, and the cluster differs from the record again: Service web was deleted\.$/);
  assert.equal(release.problem.en, said);
  const { differs } = await drift();
  assert.deepEqual(differs.map(({ kind, name, missing }) => [kind, name, missing]), [["Service", "web", true]]);
  await page.goto(`/apps/${seen.app}/releases/${release.number}`);
  await page.getByText("Something came in between", { exact: true }).waitFor();
  await page.getByText("differs from the record again: Service web was deleted.").first().waitFor();
  await page.goto(`/apps/${seen.app}/drift`);
  await page.getByText("It is not in the cluster").first().waitFor();
  const { operation } = await seen.owner.post(`/apps/${seen.app}/drift/reversal`, { reason: "nobody meant it" });
  const reverted = await seen.owner.ended(operation, 240);
  assert.equal(reverted.row.state, "succeeded", JSON.stringify(reverted));
  assert.deepEqual((await drift()).differs, []);
  assert.equal((await detail()).releases[0].problem, null, "what nobody touched says nothing");
});
