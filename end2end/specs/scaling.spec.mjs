// How an application's number of pods follows what they use, as people see it: what is looked at, what was decided and why,
// and what is in the way when it cannot work.
import assert from "node:assert/strict";
import { after } from "node:test";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { settle } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { until } from "../support/until.mjs";
import { signIn } from "../pages/session.mjs";

const NAMESPACE = `scaling-${Date.now().toString(36)}`;
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
const app = (id) => seen.owner.get(`/apps/${id}`);

async function publish(name, autoscaling) {
  const document = {
    replicas: autoscaling.min,
    containers: [
      {
        image: `${seen.lab.registry}/demo:1.0.0`,
        ports: [{ port: 8080 }],
        resources: { cpu: "10m", memory: "32Mi" },
        readiness: { http: { path: "/readyz" } },
      },
    ],
    autoscaling,
    update: { min_ready_seconds: 1, deadline_seconds: 120 },
  };
  const spec = { source: "document", document: JSON.stringify(document) };
  const published = await seen.owner.post("/apps", { namespace: seen.namespace, name, spec, reason: "" });
  const { row } = await seen.owner.ended(published.operation);
  assert.equal(row.state, "succeeded", JSON.stringify(row));
  return published.app;
}

it("tells what autoscaling looks at, and what it has decided", options, async ({ page }) => {
  seen.follows = await publish("follows", { min: 2, max: 5, cpu_percent: 70, scale_up_seconds: 15, most_more_a_minute: 2 });
  const scaler = JSON.parse(await kubectl(seen.lab, "-n", NAMESPACE, "get", "hpa", "follows", "-o", "json"));
  assert.deepEqual(scaler.spec.behavior.scaleUp, {
    stabilizationWindowSeconds: 15,
    selectPolicy: "Max",
    policies: [{ type: "Pods", value: 2, periodSeconds: 60 }],
  });
  // Somebody takes a pod away by hand; the cluster's controller puts it right and says why.
  await kubectl(seen.lab, "-n", NAMESPACE, "scale", "deployment", "follows", "--replicas=1");
  const { scaling } = await until("it has decided", () => app(seen.follows), (now) => now.scaling.decisions.length > 0, 90);
  assert.deepEqual([scaling.min, scaling.max, scaling.decisions[0].pods], [2, 5, 2]);
  assert.equal(scaling.decisions[0].why.en, "there were fewer than the least allowed");
  const measured = await until("it has measured", () => app(seen.follows), (now) => now.scaling.measures[0]?.now !== null, 150);
  assert.match(measured.scaling.measures[0].now, /^\d+%$/);
  assert.equal(measured.scaling.measures[0].target, "70%");
  await page.goto(`/apps/${seen.follows}`);
  await hydrated(page);
  await page.getByRole("link", { name: "Scaling", exact: true }).click();
  await page.getByText("CPU, of what pods ask for").waitFor();
  await page.getByText("there were fewer than the least allowed").first().waitFor();
});

it("says why it cannot follow what nobody measures", options, async ({ page }) => {
  const metrics = [{ name: "http_requests_per_second", average: 1000, labels: { verb: "GET" } }];
  seen.blind = await publish("blind", { min: 1, max: 4, metrics });
  const { scaling } = await until("it has looked", () => app(seen.blind), (now) => now.scaling.summary.en.includes("cannot tell"), 90);
  assert.equal(scaling.works, false);
  assert.deepEqual(scaling.measures, [{ name: "http_requests_per_second{verb=GET}", target: "1000", now: null, share: null }]);
  await page.goto(`/apps/${seen.blind}?tab=scaling`);
  await page.getByText("It does not work at the moment").waitFor();
  await page.getByText("http_requests_per_second{verb=GET}, of each pod").waitFor();
  const drift = await seen.owner.get(`/apps/${seen.blind}/drift`);
  assert.deepEqual(drift.differs, [], "what Kubernetes fills in is no deviation");
});

it("has no such part where nothing is scaled by itself", options, async () => {
  const spec = { source: "document", document: `kind: worker\ncontainers: [{ image: "${seen.lab.registry}/demo:1.0.0" }]` };
  const published = await seen.owner.post("/apps", { namespace: seen.namespace, name: "fixed", spec, reason: "" });
  await seen.owner.ended(published.operation);
  assert.equal((await app(published.app)).scaling, null);
});

it("is for everybody at every width", options, async ({ server, storageState }) => {
  const screens = [
    { name: "app-scaling", address: `/apps/${seen.follows}?tab=scaling`, storageState },
    { name: "app-scaling-blind", address: `/apps/${seen.blind}?tab=scaling`, storageState },
  ];
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
});
