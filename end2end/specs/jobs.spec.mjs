// What runs to its end: a job with each release, and a cron job by its schedule or when a person says so.
import assert from "node:assert/strict";
import { after } from "node:test";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { settle } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { until } from "../support/until.mjs";
import { becomes, publish } from "../pages/app.mjs";
import { signIn } from "../pages/session.mjs";

const STAMP = Date.now().toString(36);
const NAMESPACE = `jobs-${STAMP}`;
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

/** What runs a script of the shell, as a document. */
const document = (script, more = {}) => ({
  kind: "job",
  containers: [
    { image: `${seen.lab.registry}/shell:1.0.0`, command: ["sh", "-c", script], resources: { cpu: "10m", memory: "16Mi" } },
  ],
  update: { deadline_seconds: 30 },
  ...more,
});
const spec = (what) => ({ source: "document", document: JSON.stringify(what) });
const make = (name, what) => seen.owner.post("/apps", { namespace: seen.namespace, name, spec: spec(what), reason: "" });
const ended = async (call, state = "succeeded") => {
  const started = await call;
  const operation = await seen.owner.ended(started.operation, 120);
  assert.equal(operation.row.state, state, JSON.stringify(operation));
  return started;
};
const app = (id) => seen.owner.get(`/apps/${id}`);
const upgrade = async (id, what) =>
  seen.owner.put(`/apps/${id}`, { spec: spec(what), reason: "", based_on: String((await app(id)).row.release) });
const inCluster = async (kind) => JSON.parse(await kubectl(seen.lab, "-n", NAMESPACE, "get", kind, "-o", "json")).items;
const jobs = async (of) => {
  const found = (await inCluster("jobs")).filter((job) => job.metadata.labels["app.kubernetes.io/name"] === of);
  return found.map((job) => job.metadata.name).sort();
};
const refused = (status, words) => (error) => {
  assert.equal(error.status, status, error.message);
  assert.match(error.message, words);
  return true;
};

it("runs a job with each release, and says how it ended", options, async () => {
  const { app: id } = await ended(make("once", document("echo done")));
  const done = await until("its run has ended", () => app(id), (now) => now.row.state === "finished");
  assert.match(done.rollout.summary.en, /^The run once-1 ended well/);
  const [run] = done.runs.runs;
  assert.deepEqual([run.name, run.release, run.state, run.succeeded, run.completions], ["once-1", 1, "succeeded", 1, 1]);
  assert.ok(run.ended_at >= run.created_at);

  // Once more, twice as much, three at a time.
  await ended(upgrade(id, document("sleep 3", { replicas: 3, job: { completions: 4 } })));
  await assert.rejects(upgrade(id, document("echo early")), refused(409, /once-2 is still under way/));
  await assert.rejects(seen.owner.post(`/apps/${id}/restart`, { reason: "" }), refused(409, /once-2 is still under way/));
  const most = await until("all four have ended", () => app(id), (now) => now.row.state === "finished" && now.row.release === 2);
  assert.deepEqual([most.runs.runs[0].name, most.runs.runs[0].succeeded], ["once-2", 4]);

  await ended(seen.owner.post(`/apps/${id}/releases/1/rollback`, { reason: "" }));
  const back = await until("it has run again", () => app(id), (now) => now.row.state === "finished" && now.row.release === 3);
  assert.equal(back.runs.runs[0].completions, 1);
  await ended(seen.owner.post(`/apps/${id}/restart`, { reason: "once more" }));
  await until("and again", () => app(id), (now) => now.row.state === "finished" && now.row.release === 4);
  // Of the runs the newest three are kept.
  await until("the oldest run is gone", () => jobs("once"), (names) => !names.includes("once-1"));
  assert.deepEqual(await jobs("once"), ["once-2", "once-3", "once-4"]);
  seen.once = id;
});

it("tells why a run fails, ends one that takes too long, and gives up one that cannot begin", options, async () => {
  const { app: id } = await ended(make("fails", document("exit 3", { job: { retries: 1 } })));
  const failed = await until("it has failed", () => app(id), (now) => now.row.state === "failed", 60_000);
  assert.match(failed.rollout.summary.en, /fails-1 failed\. A pod ended with exit code 3 \(2 failed\)/);
  const logs = await kubectl(seen.lab, "-n", NAMESPACE, "get", "pods", "-l", "batch.kubernetes.io/job-name=fails-1", "-o", "name");
  assert.equal(logs.trim().split("\n").length, 2, "its pods stay, to be looked at");

  await ended(upgrade(id, document("sleep 600", { job: { timeout_seconds: 4, retries: 0 } })));
  const late = await until("it was ended", () => app(id), (now) => now.row.state === "failed" && now.row.release === 2, 60_000);
  assert.match(late.rollout.summary.en, /longer than it may/);

  const missing = document("true", { update: { deadline_seconds: 10 } });
  missing.containers[0].image = `${seen.lab.registry}/shell:none`;
  await ended(upgrade(id, missing), "failed");
  const never = await app(id);
  assert.match(never.rollout.summary.en, /Release 3 did not begin within 10 s\. The image cannot be pulled/);
  await until("nothing of it is left to begin later", () => jobs("fails"), (names) => !names.includes("fails-3"));
  assert.deepEqual(never.releases.map((release) => release.state), ["failed", "live", "superseded"]);
  await assert.rejects(seen.owner.get(`/apps/${id}/drift`), refused(409, /end by itself/));
});

it("ends a run when somebody says so, the first one as well", options, async () => {
  const missing = document("true", { update: { deadline_seconds: 300 } });
  missing.containers[0].image = `${seen.lab.registry}/shell:none`;
  const started = await make("stuck", missing);
  await until("it waits", () => app(started.app), (now) => /cannot be pulled/.test(now.rollout.summary.en));
  await seen.owner.post(`/apps/${started.app}/releases/1/abort`, { reason: "wrong tag" });
  await seen.owner.ended(started.operation);
  await until("its run is gone", () => jobs("stuck"), (names) => names.length === 0);
  await ended(upgrade(started.app, document("sleep 600")));
  assert.equal((await app(started.app)).row.state, "running");
  await assert.rejects(seen.owner.delete(`/apps/${started.app}/runs/once-4`), refused(404, /./));
  await seen.owner.delete(`/apps/${started.app}/runs/stuck-2`);
  await until("it was ended", () => app(started.app), (now) => now.row.state === "idle");
  await ended(seen.owner.delete(`/apps/${started.app}?confirm=stuck`));
});

it("runs by a schedule, and when a person says so", options, async ({ page, lab, server }) => {
  const path = await publish(page, {
    name: "nightly", runs: "schedule", schedule: "* * * * *", time_zone: "Asia/Shanghai", image: `${lab.registry}/shell:1.0.0`,
    command: "sh -c 'sleep 2; echo \"all kept\"'", replicas: "1", cpu: "10m", memory: "16Mi", reason: "every minute",
  });
  const id = path.split("/").at(-1);
  await becomes(page, "Scheduled", 1);
  const [cron] = await inCluster("cronjobs");
  assert.deepEqual([cron.spec.schedule, cron.spec.timeZone, cron.spec.concurrencyPolicy], ["* * * * *", "Asia/Shanghai", "Forbid"]);
  assert.deepEqual(cron.spec.jobTemplate.spec.template.spec.containers[0].command, ["sh", "-c", 'sleep 2; echo "all kept"']);
  const { next } = await seen.owner.get(`/apps/${id}/runs`);
  assert.equal(next.length, 3);
  assert.deepEqual([next[0] % 60_000, next[1] - next[0], next[0] - Date.now() <= 60_000], [0, 60_000, true]);

  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("link", { name: "Run now" }).click();
  await hydrated(page);
  await page.locator('[name="reason"]').fill("cannot wait");
  await page.getByRole("button", { name: "Run now" }).click();
  await page.waitForURL(/tab=runs/);
  await page.getByText("by keeper", { exact: true }).waitFor();
  await page.getByText("Ended well").first().waitFor({ timeout: 60_000 });
  const byHand = (await app(id)).runs.runs.find((run) => run.by === "keeper");
  assert.match(byHand.name, /^nightly-now-[0-9a-f]{8}$/);
  await until("the schedule has begun one", () => app(id), (now) => now.runs.runs.some((run) => run.by === null && run.state === "succeeded"), 100_000);
  seen.storageState = await page.context().storageState();
  const shot = (name, address) => inspectAll([{ name, address, storageState: seen.storageState }], { baseURL: server.url, views: NARROW_AND_WIDE });
  await shot("app-runs", `${path}?tab=runs`);
  await shot("app-cron-overview", path);
  await shot("app-cron-configuration", `${path}?tab=configuration`);
  await shot("app-run-now", `${path}/run`);
  await shot("app-cron-upgrade", `${path}/upgrade`);
  await shot("app-job-failed", `/apps/${seen.once}`);
  assert.deepEqual((await seen.owner.get(`/apps/${id}/drift`)).differs, []);

  // Somebody changes it by hand, and it is brought back.
  await kubectl(lab, "-n", NAMESPACE, "patch", "cronjob", "nightly", "--type=merge", "-p", '{"spec":{"suspend":true}}');
  const differs = (await seen.owner.get(`/apps/${id}/drift`)).differs;
  assert.deepEqual(differs.map((object) => [object.kind, object.changes.map((change) => change.path)]), [["CronJob", ["spec.suspend"]]]);
  await ended(seen.owner.post(`/apps/${id}/drift/reversal`, { reason: "" }));
  assert.deepEqual((await seen.owner.get(`/apps/${id}/drift`)).differs, []);

  await page.goto(`${path}/upgrade`);
  await hydrated(page);
  await page.locator('[name="form[spec][runs]"]').selectOption("paused");
  await page.getByRole("button", { name: "Upgrade", exact: true }).click();
  await becomes(page, "Stopped", 3);
  assert.equal((await inCluster("cronjobs"))[0].spec.suspend, true);
  assert.deepEqual((await seen.owner.get(`/apps/${id}/runs`)).next, []);

  const { spec: form } = await app(id);
  const becomesJob = { ...form, source: "fields", runs: "once", schedule: "", time_zone: "" };
  await assert.rejects(seen.owner.put(`/apps/${id}`, { spec: becomesJob, reason: "", based_on: "3" }), (error) => {
    assert.equal(error.status, 422);
    assert.deepEqual(error.body.errors.map((e) => e.field), ["runs"]);
    return true;
  });
  await assert.rejects(seen.owner.post(`/apps/${id}/restart`, { reason: "" }), refused(409, /Run it now instead/));
  await assert.rejects(seen.owner.post(`/apps/${seen.once}/runs`, { reason: "" }), refused(409, /restart it/));
  const gone = await seen.owner.delete(`/apps/${id}?confirm=nightly`);
  await seen.owner.ended(gone.operation);
  assert.deepEqual([(await inCluster("cronjobs")).length, await jobs("nightly")], [0, []]);
});
