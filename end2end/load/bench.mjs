// The scale benchmark: the lab's control plane seeded with thousands of nodes and many pods, the real server, and
// sessions that use it. Prints Markdown; docs/benchmarks.md keeps what it printed, and says how it was run.
//
//   node end2end/load/bench.mjs [--nodes 5000] [--pods 150000] [--pod-bytes 1600] [--sessions 20] [--rounds 10]
//                               [--churn-seconds 600] [--churn-rate 200] [--lab bench] [--no-browser] [--keep]
//
// The server is LONGSHORE_BINARY; `make bench` builds it first. All traffic stays on this machine.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { Api } from "../cluster/lib/api.mjs";
import { lab as labCommand } from "../support/lab.mjs";
import { binary, startServer } from "../support/server.mjs";
import { nodeChanges } from "./lib/changes.mjs";
import { cpu, memory } from "./lib/memory.mjs";
import { kb, median, mib, ms, percentile, table } from "./lib/numbers.mjs";
import { Session, hammer } from "./lib/session.mjs";
import * as tab from "./lib/tab.mjs";

const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "5000" },
    pods: { type: "string", default: "150000" },
    "pod-bytes": { type: "string", default: "1600" },
    sessions: { type: "string", default: "20" },
    rounds: { type: "string", default: "10" },
    "churn-seconds": { type: "string", default: "600" },
    "churn-rate": { type: "string", default: "200" },
    lab: { type: "string", default: "bench" },
    "no-browser": { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});
const PASSWORD = "a harbour of its own";
const pods = Number(options.pods);
const note = (text) => console.error(`bench: ${text}`);

/** A lab that holds exactly what is asked for; seeded anew when it holds something else. */
async function prepareLab() {
  const name = options.lab;
  let file = await labCommand("kubeconfig", "--name", name).catch(() => undefined);
  const count = async () => {
    const api = Api.fromKubeconfig(file);
    const { items, metadata } = await api.json("/api/v1/pods?limit=1");
    const bytes = items.length ? JSON.stringify(items[0]).length : 0;
    api.close();
    return { there: items.length + (metadata.remainingItemCount ?? 0), bytes };
  };
  const found = file && (await count().catch(() => undefined));
  const near = found && Math.abs(found.bytes - Number(options["pod-bytes"])) < 500;
  if (found?.there !== pods || !near) {
    note("seeding the lab");
    await labCommand("down", "--name", name).catch(() => {});
    await labCommand("up", "--name", name, "--no-hosts");
    // For a pure reading benchmark: these two would spend both cores on pods that do not run.
    for (const component of ["controller-manager", "scheduler"]) await labCommand("stop-component", component, "--name", name);
    await labCommand("seed", "--name", name, "--nodes", options.nodes, "--pods", options.pods, "--pod-bytes", options["pod-bytes"]);
    file = await labCommand("kubeconfig", "--name", name);
  }
  return { file, text: await readFile(file, "utf8"), podBytes: (await count()).bytes };
}

/** Connects the cluster, and waits for the index to hold all. */
async function connect(admin, kubeconfig) {
  const began = performance.now();
  const cluster = await admin.json("POST", "/clusters", { name: "bench", kubeconfig });
  const accepted = performance.now() - began;
  for (;;) {
    const { cluster: row } = await admin.json("GET", `/clusters/${cluster.id}`);
    if (row.state === "live") {
      if (row.pods !== pods) throw new Error(`the index has ${row.pods} pods of ${pods}`);
      return { id: cluster.id, accepted, complete: performance.now() - began };
    }
    if (performance.now() - began > 600_000) throw new Error(`not complete after 10 minutes: ${JSON.stringify(row)}`);
    await sleep(50);
  }
}

const scenes = (id) => [
  ["nodes page", `/clusters/${id}/nodes`],
  ["nodes page, filtered, sorted, page 40", `/clusters/${id}/nodes?state=ready&sort=-cpu&page=40`],
  ["pods page", `/clusters/${id}/pods`],
  ["pods page, filtered, sorted, page 40", `/clusters/${id}/pods?q=orders&sort=-restarts&page=40`],
  ["overview page", `/clusters/${id}`],
  ["nodes, API", `/api/v1/clusters/${id}/nodes`],
  ["nodes, API, filtered, sorted, page 40", `/api/v1/clusters/${id}/nodes?state=ready&sort=-cpu&page=40`],
  ["pods, API", `/api/v1/clusters/${id}/pods`],
  ["pods, API, filtered, sorted, page 40", `/api/v1/clusters/${id}/pods?q=orders&sort=-restarts&page=40`],
];

/** Times every scene; gives the rows of a table. */
async function times(server, sessions, id) {
  const rows = [];
  for (const [name, where] of scenes(id)) {
    await sessions[0].get(where);
    const before = cpu(server.pid);
    const { first, full, bytes, perSecond } = await hammer(sessions, where, Number(options.rounds));
    const each = ((cpu(server.pid) - before) * 1000) / full.length;
    const cell = (values) => `${ms(median(values))} / ${ms(percentile(values, 0.95))}`;
    rows.push([name, cell(first), cell(full), kb(bytes), perSecond.toFixed(0), ms(each)]);
    note(rows.at(-1).join("  "));
  }
  return rows;
}

const TIMES = ["answer", "first byte, median / 95 %", "whole, median / 95 %", "size", "answers a second", "CPU each"];

/**
 * "Will it fit?", asked for one service over and over, and for one that does not, which looks for what would. The image is
 * nowhere, so that no registry is waited for.
 */
async function fit(admin, cluster) {
  const owner = { username: "keeper", display_name: "Keeper", password: PASSWORD };
  const tenant = await admin.json("POST", "/tenants", { name: "shop", display_name: "Shop", owner });
  const quota = { cpu: "1000", memory: "8000Gi", pods: "5000" };
  const namespace = await admin.json("POST", "/namespaces", { cluster, tenant: tenant.id, name: "bench-fit", ...quota });
  const spec = { image: "127.0.0.1:1/web:1", replicas: "100", port: "8080", cpu: "250m", memory: "256Mi", deadline: "60" };
  const ask = async (spec, fits) => {
    const found = [];
    for (let n = 0; n < 60; n += 1) {
      const began = performance.now();
      const answer = await admin.json("POST", "/apps/fit", { namespace: namespace.id, app: "", spec });
      if (answer.fits !== fits) throw new Error(`not as expected: ${JSON.stringify(answer)}`);
      found.push(performance.now() - began);
    }
    return found.slice(10);
  };
  return { fits: await ask(spec, true), does_not: await ask({ ...spec, replicas: "400", cpu: "30", memory: "100Gi" }, false) };
}

/** Samples the server's memory while the cluster changes and sessions watch. */
async function underChurn(server, sessions, id, api) {
  const seconds = Number(options["churn-seconds"]);
  const topics = [{ pods: { cluster: id } }, { nodes: { cluster: id } }, { cluster: id }];
  let messages = 0;
  const stops = [];
  // One account may hold so many streams; each carries three topics.
  for (const session of sessions.slice(0, 8)) stops.push(await session.watch(topics, () => (messages += 1)));
  const churn = spawn(
    path.resolve(import.meta.dirname, "../cluster/lab"),
    ["churn", "--name", options.lab, "--rate", options["churn-rate"], "--seconds", String(seconds)],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const ended = new Promise((resolve) => churn.once("exit", resolve));
  await sleep(Math.min(15_000, seconds * 250));
  const rows = await times(server, sessions, id);
  const latency = await nodeChanges(sessions.at(-1), api, id, "simulated-00042", 20);
  const samples = [];
  const cpuBefore = cpu(server.pid);
  const sampled = performance.now();
  let running = true;
  ended.then(() => (running = false));
  while (running) {
    samples.push(memory(server.pid).now);
    await Promise.race([sleep(5000), ended]);
  }
  const share = ((cpu(server.pid) - cpuBefore) * 1000) / (performance.now() - sampled);
  for (const stop of stops) stop();
  if ((await ended) !== 0) throw new Error("lab churn failed");
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  return { rows, latency, messages, share, start: median(samples.slice(0, tenth)), end: median(samples.slice(-tenth)), peak: memory(server.pid).peak };
}

async function inBrowser(url, session, id, api) {
  const { cookie } = session;
  const repeat = async (turns, measure) => {
    const found = [];
    for (let turn = 0; turn < turns; turn += 1) found.push(await measure());
    return found;
  };
  const cold = await repeat(5, () => tab.firstRows(url, cookie, `/clusters/${id}/pods`));
  const figures = await repeat(5, () => tab.firstRows(url, cookie, `/clusters/${id}`, tab.FIGURES));
  const overview = await tab.cost(url, cookie, `/clusters/${id}`);
  const keys = [];
  for (const word of ["pay", "led", "mai"]) keys.push(...(await tab.filterKey(url, cookie, `/clusters/${id}/pods`, word)));
  if (keys.length < 4) throw new Error(`only ${keys.length} keys changed the rows`);
  const nodes = await tab.nodeOnScreen(url, cookie, `/clusters/${id}/nodes`, api, "simulated-00007", 15);
  const price = await tab.cost(url, cookie, `/clusters/${id}/pods`);
  await tab.closeBrowser();
  return [
    ["pods page, cold tab: first rows", ms(median(cold.map((c) => c.rows))), "500 ms"],
    ["pods page, cold tab: taken over by the module", ms(median(cold.map((c) => c.ready))), ""],
    ["a key in the filter to changed rows, median / worst", `${ms(median(keys))} / ${ms(Math.max(...keys))}`, "150 ms"],
    ["a changed node to the screen, median / worst", `${ms(median(nodes))} / ${ms(Math.max(...nodes))}`, "150 ms"],
    ["heap and WebAssembly memory of the pods page", `${mib(price.heap)} + ${mib(price.wasm)}`, "20 MiB"],
    ["overview page, cold tab: its figures on the screen", ms(median(figures.map((f) => f.rows))), "500 ms"],
    ["overview page over the wire, itself / with the module and the rooms fetched ahead, both kept", `${kb(overview.document)} / ${kb(overview.wire)}`, "50 kB"],
  ];
}

async function main() {
  const { file, text, podBytes } = await prepareLab();
  const api = Api.fromKubeconfig(file);
  const server = await startServer({ args: ["--streams-per-session", "100"] });
  try {
    const admin = new Session(server.url);
    await admin.json("POST", "/session", { username: "admin", password: server.password });
    await admin.json("PUT", "/session/password", { current: server.password, new: PASSWORD, repeat: PASSWORD });
    const before = memory(server.pid);
    const { id, accepted, complete } = await connect(admin, text);
    await sleep(3000);
    const after = memory(server.pid);
    note(`complete after ${ms(complete)}, ${mib(after.now)}`);
    const sessions = [];
    for (let n = 0; n < Number(options.sessions); n += 1) {
      const session = new Session(server.url);
      await session.json("POST", "/session", { username: "admin", password: PASSWORD });
      sessions.push(session);
    }
    const quiet = await times(server, sessions, id);
    const fits = await fit(admin, id);
    const latency = await nodeChanges(admin, api, id, "simulated-00042", 20);
    const browser = options["no-browser"] ? [] : await inBrowser(server.url, admin, id, api);
    const churned = await underChurn(server, sessions, id, api);
    const delay = (l) => `${ms(median(l.fromSending))} / ${ms(percentile(l.fromSending, 0.95))}`;
    const out = [
      `${options.nodes} nodes, ${options.pods} pods of ${podBytes} bytes, ${options.sessions} sessions asking without pause;`,
      `${os.cpus().length} × ${os.cpus()[0].model}, load average at the end ${os.loadavg()[0].toFixed(1)}; ${path.basename(path.dirname(binary()))} build`,
      "",
      table(["figure", "measured", "target"], [
        ["connecting: checked and kept", ms(accepted), ""],
        ["from connecting to a complete index", ms(complete), ""],
        ["memory before connecting", mib(before.now), ""],
        ["memory with the complete index / peak while loading", `${mib(after.now)} / ${mib(after.peak)}`, "1 GiB"],
        [`memory at the start and end of ${options["churn-seconds"]} s with ${options["churn-rate"]} changes a second`, `${mib(churned.start)} → ${mib(churned.end)}`, "no growth"],
        ["CPU of the server meanwhile, 8 streams open", `${(churned.share * 100).toFixed(0)} % of a core, ${churned.messages} messages`, ""],
        ["a changed node to an open stream, quiet, median / 95 %", delay(latency), "150 ms"],
        ["the same while the cluster changes", delay(churned.latency), "150 ms"],
        ["“will it fit?” for 100 pods, median / 95 %", `${ms(median(fits.fits))} / ${ms(percentile(fits.fits, 0.95))}`, "100 ms"],
        ["the same for 400 that do not, with what would, median / 95 %", `${ms(median(fits.does_not))} / ${ms(percentile(fits.does_not, 0.95))}`, "100 ms"],
        ...browser,
      ]),
      "",
      "Quiet:",
      "",
      table(TIMES, quiet),
      "",
      `With ${options["churn-rate"]} changes a second:`,
      "",
      table(TIMES, churned.rows),
    ];
    console.log(out.join("\n"));
  } finally {
    api.close();
    await server.remove();
    if (!options.keep) await labCommand("down", "--name", options.lab).catch((error) => note(error.message));
  }
}

await main();
