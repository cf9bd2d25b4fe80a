// What publishing costs: from the request to the Deployment in the API server, and the pages of an application with many
// releases. Prints Markdown and fails when a target is missed; docs/benchmarks.md keeps what it printed.
//
//   node end2end/load/releases.mjs [--apps 30] [--releases 1000] [--lab releases] [--no-targets] [--keep]
//
// The server is LONGSHORE_BINARY. Pods run on the lab's simulated nodes, so that no image is pulled; the API server, etcd,
// the scheduler and the controllers are real.
import { request } from "node:https";
import path from "node:path";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { readFile } from "node:fs/promises";
import { Api } from "../cluster/lib/api.mjs";
import { lab as labCommand } from "../support/lab.mjs";
import { binary, startServer } from "../support/server.mjs";
import { memory } from "./lib/memory.mjs";
import { median, mib, ms, percentile, table } from "./lib/numbers.mjs";
import { Session } from "./lib/session.mjs";

const { values: options } = parseArgs({
  options: {
    apps: { type: "string", default: "30" },
    releases: { type: "string", default: "1000" },
    lab: { type: "string", default: "releases" },
    "no-targets": { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});
const PASSWORD = "a harbour of its own";
const NAMESPACE = "bench";
const TARGET = { publish: 300, page: 50 };
const note = (text) => console.error(`releases: ${text}`);
const missed = [];

/** Watches the namespace's Deployments; `seen(name, release)` resolves when the API server tells of that release. */
function watchDeployments(api) {
  const waiting = new Map();
  const arrived = new Map();
  const sent = request({
    agent: api.agent,
    host: api.server.hostname,
    port: api.server.port,
    path: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments?watch=1`,
  });
  sent.on("error", () => {});
  sent.on("response", (answer) => {
    let rest = "";
    answer.setEncoding("utf8");
    answer.on("error", () => {});
    answer.on("data", (chunk) => {
      const at = performance.now();
      const lines = (rest + chunk).split("\n");
      rest = lines.pop();
      for (const line of lines.filter(Boolean)) {
        const { metadata } = JSON.parse(line).object;
        const key = `${metadata.name}/${metadata.labels?.["longshore.dev/release"]}`;
        if (!arrived.has(key)) arrived.set(key, at);
        waiting.get(key)?.(arrived.get(key));
      }
    });
  });
  sent.end();
  return {
    seen: (name, release) =>
      new Promise((resolve, reject) => {
        const key = `${name}/${release}`;
        if (arrived.has(key)) return resolve(arrived.get(key));
        waiting.set(key, resolve);
        setTimeout(() => reject(new Error(`the Deployment of ${key} did not come within 30 s`)), 30_000).unref();
      }),
    stop: () => sent.destroy(),
  };
}

async function ended(owner, operation) {
  for (const end = performance.now() + 60_000; ; await sleep(20)) {
    const { row } = await owner.json("GET", `/operations/${operation}`);
    if (row.state === "succeeded") return;
    if (row.ended_at !== null || performance.now() > end) throw new Error(`it did not go well: ${JSON.stringify(row)}`);
  }
}

const spec = (word) => ({ image: "registry.invalid/web:1", replicas: "1", port: "8080", cpu: "10m", memory: "16Mi", env: `WORD=${word}`, deadline: "60" });

/** Publishes and upgrades one application after the other; how long each took to reach the API server. */
async function publishing(owner, api, namespace) {
  const watch = watchDeployments(api);
  const times = { publish: [], upgrade: [], whole: [] };
  let app;
  try {
    for (let n = 0; n < Number(options.apps); n += 1) {
      const name = `web-${n}`;
      let began = performance.now();
      let [started, at] = await Promise.all([
        owner.json("POST", "/apps", { namespace, name, spec: spec("one"), reason: "" }),
        watch.seen(name, 1),
      ]);
      times.publish.push(at - began);
      await ended(owner, started.operation);
      times.whole.push(performance.now() - began);
      began = performance.now();
      [started, at] = await Promise.all([
        owner.json("PUT", `/apps/${started.app}`, { spec: spec("two"), reason: "", based_on: "1" }),
        watch.seen(name, 2),
      ]);
      times.upgrade.push(at - began);
      await ended(owner, started.operation);
      app = started.app;
    }
  } finally {
    watch.stop();
  }
  return { times, app };
}

/** Brings an application to so many releases, which differ in their number of pods. */
async function manyReleases(owner, app) {
  const began = performance.now();
  for (let release = 3; release <= Number(options.releases); release += 1) {
    const { operation } = await owner.json("POST", `/apps/${app}/scale`, { replicas: String(1 + (release % 2)), reason: `number ${release}` });
    await ended(owner, operation);
    if (release % 100 === 0) note(`${release} releases after ${ms(performance.now() - began)}`);
  }
}

async function pages(owner, app) {
  const found = [];
  for (const [name, where] of [
    ["app page", `/apps/${app}`],
    ["its releases", `/apps/${app}?tab=releases`],
    ["a release", `/apps/${app}/releases/${options.releases}`],
    ["a comparison", `/apps/${app}/compare/1/${options.releases}`],
    ["app, API", `/api/v1/apps/${app}`],
  ]) {
    const times = [];
    for (let n = 0; n < 60; n += 1) times.push((await owner.get(where)).full);
    // The first ones warm up what any request needs.
    found.push([name, times.slice(10)]);
  }
  return found;
}

function row(name, times, target) {
  if (target && median(times) > target) missed.push(`${name}: ${ms(median(times))}, not ${target} ms`);
  return [name, `${ms(median(times))} / ${ms(percentile(times, 0.95))}`, target ? `${target} ms at the median` : ""];
}

async function main() {
  await labCommand("up", "--name", options.lab, "--no-hosts", "--simulated", "4");
  const file = await labCommand("kubeconfig", "--name", options.lab);
  const api = Api.fromKubeconfig(file);
  const server = await startServer({});
  try {
    const admin = new Session(server.url);
    await admin.json("POST", "/session", { username: "admin", password: server.password });
    await admin.json("PUT", "/session/password", { current: server.password, new: PASSWORD, repeat: PASSWORD });
    const keeper = { username: "keeper", display_name: "Keeper", password: "first-owner-pass" };
    const tenant = await admin.json("POST", "/tenants", { name: "shop", display_name: "Shop", owner: keeper });
    const cluster = await admin.json("POST", "/clusters", { name: "bench", kubeconfig: await readFile(file, "utf8") });
    const quota = { cpu: "100", memory: "100Gi", pods: "400" };
    const namespace = await admin.json("POST", "/namespaces", { cluster: cluster.id, tenant: tenant.id, name: NAMESPACE, ...quota });
    const owner = new Session(server.url);
    await owner.json("POST", "/session", { username: "keeper", password: keeper.password });
    await owner.json("PUT", "/session/password", { current: keeper.password, new: PASSWORD, repeat: PASSWORD });
    while ((await admin.json("GET", `/clusters/${cluster.id}`)).cluster.state !== "live") await sleep(100);

    const { times, app } = await publishing(owner, api, namespace.id);
    const before = memory(server.pid).now;
    await manyReleases(owner, app);
    const after = memory(server.pid).now;
    const rows = [
      row("publish: from the request to the Deployment in the API server", times.publish, TARGET.publish),
      row("upgrade: the same", times.upgrade, TARGET.publish),
      row("publish: until its pod serves (a simulated one) and the operation has ended", times.whole),
      ...(await pages(owner, app)).map(([name, found]) => row(`${name}, with ${options.releases} releases`, found, TARGET.page)),
      [`memory of the server before and after ${options.releases} releases`, `${mib(before)} → ${mib(after)}`, ""],
    ];
    console.log(table(["figure, median / 95 %", "measured", "target"], rows));
    console.log(`\n${path.basename(path.dirname(binary()))} build, ${options.apps} apps`);
  } finally {
    api.close();
    await server.remove();
    if (!options.keep) await labCommand("down", "--name", options.lab).catch((error) => note(error.message));
  }
  if (missed.length > 0 && !options["no-targets"]) {
    console.error(missed.join("\n"));
    process.exitCode = 1;
  }
}

await main();
