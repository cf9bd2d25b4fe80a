// What changes under running applications: a cluster's kubeconfig, which ends one day, and a namespace's quota. Both in the
// browser, against a real Kubernetes, and against another cluster that must not be taken for it.
import assert from "node:assert/strict";
import { after } from "node:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { hydrated } from "../support/browser.mjs";
import { lab as labCommand } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { live, settle } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { until } from "../support/until.mjs";
import { signIn } from "../pages/session.mjs";

const STAMP = Date.now().toString(36);
const NAMESPACE = `changes-${STAMP}`;
const ACCOUNT = `longshore-${STAMP}`;
const OTHER = "other";
const seen = {};

const it = suite({
  lab: true,
  journey: true,
  signIn: async ({ page, server, lab }) => {
    seen.lab = lab;
    Object.assign(seen, await settle(server, lab, { name: NAMESPACE }));
    await kubectl(lab, "-n", "kube-system", "create", "serviceaccount", ACCOUNT);
    seen.folder = await mkdtemp(path.join(os.tmpdir(), "longshore-test-"));
    await labCommand("up", "--name", OTHER, "--no-hosts");
    await signIn(page, "admin", "a harbour of its own");
  },
});

after(async () => {
  if (!seen.lab) return;
  await labCommand("down", "--name", OTHER);
  await rm(seen.folder, { recursive: true });
  await kubectl(seen.lab, "delete", "clusterrolebinding,clusterrole", ACCOUNT, "--ignore-not-found");
  await kubectl(seen.lab, "-n", "kube-system", "delete", "secret,serviceaccount", ACCOUNT, "--ignore-not-found");
  await kubectl(seen.lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

/** The lab's kubeconfig with a token of the service account in place of the administrator's certificate. */
async function byToken() {
  const token = await kubectl(seen.lab, "-n", "kube-system", "create", "token", ACCOUNT, "--duration=48h");
  const config = JSON.parse(await kubectl(seen.lab, "config", "view", "--raw", "-o", "json"));
  config.users[0].user = { token };
  return JSON.stringify(config);
}

/** Gives the service account what the documentation says that Longshore needs, and nothing else. */
async function grant() {
  const page = await readFile(path.resolve(import.meta.dirname, "../../docs/clusters.md"), "utf8");
  const manifests = /```yaml\n([\s\S]*?)```/.exec(page)[1].replaceAll("longshore", ACCOUNT);
  const file = path.join(seen.folder, "role.yaml");
  await writeFile(file, manifests);
  await kubectl(seen.lab, "apply", "-f", file);
}

const audit = async (action) => (await seen.admin.get(`/audit?action=${action}`)).rows;
const quota = async () =>
  JSON.parse(await kubectl(seen.lab, "-n", NAMESPACE, "get", "resourcequota", "longshore", "-o", "json")).spec.hard;

it("does not connect a cluster in which it lacks rights, and says how many", async ({ page }) => {
  await page.goto("/clusters/new");
  await hydrated(page);
  await page.getByLabel("Name", { exact: true }).fill("poor");
  await page.locator('[name="form[kubeconfig]"]').fill(await byToken());
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByText(/It lacks \d+ rights that Longshore cannot work without/).waitFor();
  assert.ok(await page.getByRole("button", { name: "Connect", exact: true }).isDisabled());
  await assert.rejects(
    seen.admin.post("/clusters", { name: "poor", kubeconfig: await byToken() }),
    ({ status, message }) => status === 422 && /lacks \d+ rights/.test(message),
  );
  assert.deepEqual((await seen.admin.get("/clusters")).map((cluster) => cluster.name), ["harbour"]);
});

it("takes another kubeconfig only when it leads to the same cluster and may do everything", async ({ page, complaints }) => {
  complaints.expect(/status of 422/);
  await page.goto(`/clusters/${seen.cluster}`);
  await hydrated(page);
  await page.getByRole("link", { name: "Give it another one" }).click();
  await page.waitForURL(/\/kubeconfig$/);
  const replace = async (kubeconfig) => {
    await page.locator('[name="form[kubeconfig]"]').fill(kubeconfig);
    await page.getByRole("button", { name: "Check and replace" }).click();
  };
  await replace("clusters: []");
  await page.getByText(/not the YAML of a kubeconfig/).first().waitFor();
  const other = await labCommand("kubeconfig", "--name", OTHER);
  await replace(await readFile(other, "utf8"));
  await page.getByText("This kubeconfig leads to another cluster than harbour.").first().waitFor();
  await replace(await byToken());
  await page.getByText(/lacks \d+ rights/).first().waitFor();
  assert.deepEqual(await audit("cluster.replace_kubeconfig"), []);
});

it("goes on by the new kubeconfig, and says when it ends", async ({ page, server, storageState }) => {
  await grant();
  const before = await seen.admin.get(`/clusters/${seen.cluster}`);
  await page.goto(`/clusters/${seen.cluster}/kubeconfig`);
  await hydrated(page);
  await page.locator('[name="form[kubeconfig]"]').fill(await byToken());
  await page.getByRole("button", { name: "Check and replace" }).click();
  await page.waitForURL((at) => at.pathname === `/clusters/${seen.cluster}`);
  await page.getByText(/Its kubeconfig is good until/).first().waitFor();
  await live(seen.admin, seen.cluster);
  const after = await seen.admin.get(`/clusters/${seen.cluster}`);
  assert.equal(after.cluster.nodes, before.cluster.nodes, "what was known stays");
  const hours = (after.cluster.credentials_end - Date.now()) / 3_600_000;
  assert.ok(hours > 40 && hours < 50, `it ends in ${hours} hours`);
  const [entry, ...more] = await audit("cluster.replace_kubeconfig");
  assert.deepEqual([entry.outcome, entry.object, more.length], ["ok", "cluster/harbour", 0]);
  const screens = [
    { name: "cluster-kubeconfig", address: `/clusters/${seen.cluster}/kubeconfig` },
    { name: "cluster-ends-soon", address: `/clusters/${seen.cluster}` },
    { name: "clusters-ends-soon", address: "/clusters" },
    { name: "namespace-quota", address: `/namespaces/${seen.namespace}`, ready: (page) => page.getByText("Change the quota").or(page.getByText("更改配额")).first().click() },
  ];
  await inspectAll(screens.map((screen) => ({ ...screen, storageState })), { baseURL: server.url, views: NARROW_AND_WIDE });
});

it("changes a quota in the browser, and hands it to the cluster", async ({ page, complaints }) => {
  complaints.expect(/status of 422/);
  await page.goto(`/namespaces/${seen.namespace}`);
  await hydrated(page);
  await page.getByText("Change the quota").click();
  await page.locator('[name="form[cpu]"]').fill("many");
  await page.getByRole("button", { name: "Save the quota" }).click();
  await page.locator('[name="form[cpu]"][aria-invalid="true"]').waitFor();
  await page.locator('[name="form[cpu]"]').fill("3");
  await page.locator('[name="form[memory]"]').fill("1536Mi");
  await page.locator('[name="form[pods]"]').fill("7");
  await page.getByRole("button", { name: "Save the quota" }).click();
  await page.getByText("0 of 7").waitFor();
  const hard = await until("the cluster has the old quota", quota, (hard) => hard.pods === "7");
  assert.deepEqual([hard["requests.cpu"], hard["requests.memory"], hard["limits.memory"]], ["3", "1536Mi", "1536Mi"]);
  await until("it waits for ever", () => seen.owner.get(`/namespaces/${seen.namespace}`), (row) => !row.waiting);
});

it("refuses a quota that was read before another was set", async () => {
  const address = `/namespaces/${seen.namespace}`;
  const form = { cpu: "4", memory: "2Gi", pods: "9" };
  const refused = (error) => assert.equal(error.status, 409);
  await seen.owner.put(address, { ...form, version: 1 }).then(() => assert.fail("it was changed since"), refused);
  const row = await seen.owner.put(address, { ...form, version: 2 });
  assert.deepEqual([row.version, row.quota.pods], [3, 9]);
  await until("the cluster has the old quota", quota, (hard) => hard.pods === "9");
  const entries = await audit("namespace.set_quota");
  assert.equal(entries.filter((entry) => entry.outcome === "ok").length, 2);
});

it("works by the new credentials alone, and keeps what it knows when they are replaced again", async () => {
  const overview = async () => (await seen.admin.get(`/clusters/${seen.cluster}`)).cluster;
  const before = await overview();
  assert.deepEqual([before.state, before.nodes > 0], ["live", true]);
  // Its tokens are good for nothing from then on. The heartbeat finds that out; the API server remembers for ten seconds.
  await kubectl(seen.lab, "-n", "kube-system", "delete", "serviceaccount", ACCOUNT);
  const ended = await until("nobody notices", overview, (row) => row.state === "stale", 60);
  assert.match(ended.problem.en, /does not accept the credentials/);
  const after = await seen.admin.put(`/clusters/${seen.cluster}/kubeconfig`, { kubeconfig: seen.lab.kubeconfig });
  assert.equal(after.nodes, before.nodes, "what was known is there at once");
  await live(seen.admin, seen.cluster);
  assert.equal((await overview()).nodes, before.nodes, "and is the same when it was read anew");
});
