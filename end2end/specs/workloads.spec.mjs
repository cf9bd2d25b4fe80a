// What a whole document makes of a cluster: helpers beside the application, what runs before it, shared folders, ports of
// nodes, autoscaling, budgets; that an upgrade takes away what the new document no longer asks for; and that load is spread
// evenly over pods.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hasRealHosts, lab as labCommand, startLab } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { objectsOf } from "../support/objects.mjs";
import { settle } from "../support/rest.mjs";
import { startServer } from "../support/server.mjs";
import { answersByPod, askUntil, startTraffic } from "../support/traffic.mjs";
import { until } from "../support/until.mjs";

const NAMESPACE = `workloads-${Date.now().toString(36)}`;
const options = { timeout: 300_000, skip: !hasRealHosts };
const seen = {};
let lab;
let server;
let owner;

before(async () => {
  if (!hasRealHosts) return;
  lab = await startLab({ ingress: true });
  server = await startServer({ args: ["--insecure-registry", lab.registry] });
  Object.assign(seen, await settle(server, lab, { name: NAMESPACE }));
  owner = seen.owner;
});

after(async () => {
  await server?.remove();
  if (lab) await kubectl(lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

/** The document, which JSON is, too; `more` stands over its fields. */
const document = (more = {}) => ({
  replicas: 1,
  containers: [
    {
      image: `${lab.registry}/demo:1.0.0`,
      ports: [{ port: 8080 }],
      // So little that a few requests are much of it.
      resources: { cpu: "5m", memory: "32Mi" },
      env: { GREETING: "hello", CONFIG_FILE: "/etc/demo/config.yaml" },
      files: [{ path: "/etc/demo/config.yaml", content: "of: the application\n" }],
      readiness: { http: { path: "/readyz" } },
    },
    {
      name: "helper",
      image: `${lab.registry}/demo:2.0.0`,
      ports: [{ name: "helper", port: 8081 }],
      resources: { cpu: "5m", memory: "32Mi", storage: "10Mi" },
      env: { PORT: "8081", CONFIG_FILE: "/shared/word" },
      secrets: ["GREETING"],
      files: [{ path: "/etc/helper/config.yaml", content: "of: the helper\n" }],
      mounts: [{ volume: "shared", path: "/shared", read_only: true }],
      liveness: { http: { path: "/healthz", port: "helper" }, period_seconds: 10 },
    },
  ],
  init_containers: [
    {
      name: "prepare",
      image: `${lab.registry}/shell:1.0.0`,
      command: ["sh", "-c", "printf 'from $(NAME) before' >/shared/word"],
      resources: { cpu: "5m", memory: "16Mi" },
      mounts: [{ volume: "shared", path: "/shared" }],
    },
  ],
  volumes: [{ name: "shared", size: "1Mi" }],
  exposure: "node_port",
  autoscaling: { min: 1, max: 3, cpu_percent: 100, scale_down_seconds: 0 },
  update: { max_surge: 1, max_unavailable: 0, min_ready_seconds: 1, deadline_seconds: 90 },
  disruption: { max_unavailable: 1 },
  spread: { over: "one_per_node" },
  ...more,
});

const spec = (what, secrets) => ({ source: "document", document: JSON.stringify(what), secrets });

async function release(call) {
  const started = await call;
  return { ...started, ended: await owner.ended(started.operation) };
}

test("a document with everything is published", options, async () => {
  const published = await release(
    owner.post("/apps", { namespace: seen.namespace, name: "web", spec: spec(document(), "GREETING=a secret"), reason: "all of it" }),
  );
  seen.app = published.app;
  assert.equal(published.ended.row.state, "succeeded", JSON.stringify(published.ended));
  const objects = await objectsOf(lab, NAMESPACE, seen.app);
  assert.deepEqual(
    Object.fromEntries(Object.entries(objects).map(([kind, list]) => [kind, list.length])),
    {
      ConfigMap: 1,
      Deployment: 1,
      HorizontalPodAutoscaler: 1,
      NetworkPolicy: 1,
      Pod: 1,
      PodDisruptionBudget: 1,
      ReplicaSet: 1,
      Secret: 1,
      Service: 1,
    },
  );
  const pod = objects.Pod[0].spec;
  for (const container of [...pod.containers, ...pod.initContainers]) assert.match(container.image, /@sha256:/, container.name);
  seen.service = objects.Service[0].spec;
  assert.deepEqual((await owner.get(`/apps/${seen.app}/drift`)).differs, [], "what Kubernetes fills in is no difference");
  const [{ state, problem }] = (await owner.get(`/apps/${seen.app}`)).releases;
  assert.deepEqual([state, problem], ["live", null]);
  const notes = published.ended.steps.map((step) => step.note?.en).filter(Boolean);
  assert.deepEqual(notes, ["The cluster holds what was recorded."]);
});

test("the application and its helper are what the document says", options, async () => {
  const url = await labCommand("service-url", NAMESPACE, "web", "--name", lab.name);
  seen.url = url;
  const app = await askUntil(url, (answer) => answer.version === "1.0.0");
  assert.equal(app.greeting, "hello");
  assert.equal(app.config, "of: the application\n");
  const helper = await askUntil(url.replace(/:\d+/, ":8081"), (answer) => answer.version === "2.0.0");
  assert.equal(helper.greeting, "a secret");
  assert.equal(helper.config, "from $(NAME) before", "what ran before has written it, and nothing was replaced in it");
});

test("it is reached at a port of each node", options, async () => {
  const port = seen.service.ports.find((p) => p.name === "main").nodePort;
  const nodes = JSON.parse(await kubectl(lab, "get", "nodes", "-o", "json")).items;
  const real = nodes.filter((node) => node.metadata.name.startsWith("host-"));
  assert.ok(real.length > 1);
  for (const node of real) {
    const { address } = node.status.addresses.find((a) => a.type === "InternalIP");
    assert.equal((await askUntil(`http://${address}:${port}/`, () => true)).version, "1.0.0", node.metadata.name);
  }
});

test("pods come under load and go after it, and an upgrade keeps as many as there are", options, async () => {
  const replicas = async () => (await objectsOf(lab, NAMESPACE, seen.app)).Deployment[0].spec.replicas;
  const load = startTraffic(seen.url, { rate: 120, seconds: 200 });
  try {
    for (const end = Date.now() + 120_000; (await replicas()) < 2; await sleep(1000)) {
      assert.ok(Date.now() < end, "no pod has come within two minutes");
    }
    // The limit is one pod on a node as far as that can be; it is a wish, so that a third may come.
    const before = await replicas();
    const changed = document();
    changed.containers[0].env.GREETING = "hello again";
    const upgraded = await release(owner.put(`/apps/${seen.app}`, { spec: spec(changed, "GREETING"), reason: "greets again", based_on: "1" }));
    assert.equal(upgraded.ended.row.state, "succeeded", JSON.stringify(upgraded.ended));
    assert.ok((await replicas()) >= before, "the upgrade has taken pods away");
    // What ends still answers until every node knows that it has left the Service.
    await askUntil(seen.url, (answer) => answer.greeting === "hello again");
    const shown = await owner.get(`/apps/${seen.app}`);
    assert.equal(shown.row.replicas, await replicas());
  } finally {
    const report = await load.stop();
    assert.deepEqual(report.failures, []);
  }
  for (const end = Date.now() + 150_000; (await replicas()) > 1; await sleep(1000)) {
    assert.ok(Date.now() < end, "the pods have not gone within two and a half minutes");
  }
});

test("what a new document does not ask for goes, and a rollback brings it back", options, async () => {
  const plain = document({ init_containers: [], volumes: [], exposure: "cluster" });
  plain.containers = [plain.containers[0]];
  delete plain.autoscaling;
  delete plain.disruption;
  const upgraded = await release(owner.put(`/apps/${seen.app}`, { spec: spec(plain, ""), reason: "less", based_on: "2" }));
  assert.equal(upgraded.ended.row.state, "succeeded", JSON.stringify(upgraded.ended));
  const less = await objectsOf(lab, NAMESPACE, seen.app);
  for (const kind of ["HorizontalPodAutoscaler", "NetworkPolicy", "PodDisruptionBudget"]) assert.equal(less[kind], undefined, kind);
  assert.equal(less.Service[0].spec.type, "ClusterIP");
  const back = await release(owner.post(`/apps/${seen.app}/releases/1/rollback`, { reason: "all of it again" }));
  assert.equal(back.ended.row.state, "succeeded", JSON.stringify(back.ended));
  const whole = await objectsOf(lab, NAMESPACE, seen.app);
  for (const kind of ["HorizontalPodAutoscaler", "NetworkPolicy", "PodDisruptionBudget"]) assert.equal(whole[kind]?.length, 1, kind);
  const answer = await askUntil(seen.url.replace(/:\d+/, ":8081"), (said) => said.version === "2.0.0");
  assert.equal(answer.greeting, "a secret");
});

test("what cannot be is refused with its place in the document", options, async () => {
  const wrong = document({ replicas: 1000 });
  wrong.containers[1].mounts[0].volume = "elsewhere";
  const refused = await owner
    .post("/apps", { namespace: seen.namespace, name: "wrong", spec: spec(wrong, "GREETING=x") })
    .then(() => assert.fail("it was taken"), (refusal) => refusal);
  assert.equal(refused.status, 422);
  const said = refused.body.errors.map((e) => e.detail ?? e.message ?? JSON.stringify(e)).join("\n");
  assert.match(said, /replicas/);
  assert.match(said, /containers\[1\]\.mounts\[0\]\.volume/);
});

test("deleting it leaves nothing", options, async () => {
  const preview = await owner.get(`/apps/${seen.app}/deletion`);
  assert.ok(preview.objects.some(([kind]) => kind === "HorizontalPodAutoscaler"), JSON.stringify(preview));
  const started = await owner.delete(`/apps/${seen.app}?confirm=web`);
  const ended = await owner.ended(started.operation);
  assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
  assert.deepEqual(await objectsOf(lab, NAMESPACE, seen.app), {});
});

// Of 600 requests that each go to one of three pods by fair chance, one pod gets fewer than 22 % or more than 45 % in one of
// 600 million trials (the binomial distribution's tails beyond 132 and 270); asked thrice of three pods, in one of 70 million.
const REQUESTS = 600;
const LEAST = 0.22;
const MOST = 0.45;

test("load is spread evenly over pods, by each way that leads to them", options, async (t) => {
  const host = `even-${NAMESPACE}.example.test`;
  const wanted = {
    image: `${lab.registry}/demo:1.0.0`, replicas: "3", cpu: "50m", memory: "32Mi", port: "8080", health_path: "/readyz",
    exposure: "node_port", routes: host, deadline: "120",
  };
  const { app, ended } = await release(owner.post("/apps", { namespace: seen.namespace, name: "even", spec: wanted, reason: "" }));
  assert.equal(ended.row.state, "succeeded", JSON.stringify(ended));
  const { Pod, Service: [service] } = await objectsOf(lab, NAMESPACE, app);
  const names = Pod.map((pod) => pod.metadata.name).sort();
  assert.equal(names.length, 3);
  const { status: { addresses } } = JSON.parse(await kubectl(lab, "get", "node", "host-1", "-o", "json"));
  const { address } = addresses.find(({ type }) => type === "InternalIP");
  const ways = [
    ["its Service", await labCommand("service-url", NAMESPACE, "even", "--name", lab.name)],
    ["a node's port", `http://${address}:${service.spec.ports[0].nodePort}/`],
    ["its Ingress", `http://${lab.ingress.http}/`, host],
  ];
  for (const [way, url, host] of ways) {
    // Every node, and who leads from hosts, hear of the pods a moment after they serve.
    const few = () => answersByPod(url, { requests: 60, host }).catch((error) => ({ error: error.message }));
    await until(`${way} does not lead to all pods`, few, (counts) => names.every((name) => counts[name] > 0), 90);
    const counts = await answersByPod(url, { requests: REQUESTS, host });
    const shares = names.map((name) => (counts[name] ?? 0) / REQUESTS);
    t.diagnostic(`by ${way}: ${shares.map((share) => `${(share * 100).toFixed(1)} %`).join(", ")}`);
    assert.deepEqual(Object.keys(counts), names, "others answer");
    assert.ok(shares.every((share) => share >= LEAST && share <= MOST), `by ${way}: ${JSON.stringify(counts)}`);
  }
  const removal = await owner.delete(`/apps/${app}?confirm=even`);
  assert.equal((await owner.ended(removal.operation)).row.state, "succeeded");
});
