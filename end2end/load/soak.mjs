// Many upgrades and rollbacks of one application on the lab's real hosts under a steady load: no request may fail, each
// rollback must bring back what the cluster held when that release was new, nothing may be left behind, and the server's
// memory may not grow. Prints Markdown and fails when one of these does not hold.
//
//   node end2end/load/soak.mjs [--changes 200] [--rollbacks 100] [--rate 50] [--seed 1] [--lab soak] [--keep]
//
// The server is LONGSHORE_BINARY. A change takes about ten seconds.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { lab as labCommand } from "../support/lab.mjs";
import { objectsOf } from "../support/objects.mjs";
import { settle } from "../support/rest.mjs";
import { binary, startServer } from "../support/server.mjs";
import { askUntil, startTraffic } from "../support/traffic.mjs";
import { until } from "../support/until.mjs";
import { memory } from "./lib/memory.mjs";
import { median, mib, ms, percentile, table } from "./lib/numbers.mjs";

const { values: options } = parseArgs({
  options: {
    changes: { type: "string", default: "200" },
    rollbacks: { type: "string", default: "100" },
    rate: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    lab: { type: "string", default: "soak" },
    keep: { type: "boolean", default: false },
  },
});
const NAMESPACE = "soak";
const note = (text) => console.error(`soak: ${text}`);

/** Numbers from 0 to 1 that a seed decides (Park and Miller). */
function numbers(seed) {
  let state = (seed * 48271) % 2147483647;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
const random = numbers(Number(options.seed));
const any = (list) => list[Math.floor(random() * list.length)];

/** A specification that differs from others in what a release may differ in. */
function spec(lab, number) {
  const word = `word-${number}`;
  return {
    image: `${lab.registry}/demo:${any(["1.0.0", "2.0.0"])}`,
    replicas: String(any([2, 3])),
    port: "8080",
    cpu: any(["20m", "30m"]),
    memory: "32Mi",
    health_path: "/readyz",
    env: `GREETING=${word}`,
    config_path: "/etc/demo/config.yaml",
    config_content: `of: ${any([word, "all"])}\n`,
    secrets: random() < 0.3 ? `TOKEN=${word}` : "TOKEN",
    exposure: any(["cluster", "node_port"]),
    max_surge: "1",
    deadline: "120",
  };
}

/** What the cluster holds of an application, without what is of one moment or one operation. */
async function held(lab, app) {
  const objects = await objectsOf(lab, NAMESPACE, app);
  const told = {};
  for (const kind of ["Deployment", "Service", "NetworkPolicy"]) {
    for (const { metadata, spec: whole } of objects[kind] ?? []) {
      const { clusterIP, clusterIPs, ports, template, ...rest } = whole;
      // A Service's ports on nodes are the cluster's to choose; which release made a pod is told, not asked for.
      const labels = template && { ...template.metadata.labels, "longshore.dev/release": undefined };
      told[`${kind} ${metadata.name}`] = {
        ...rest,
        ports: ports?.map(({ nodePort, ...port }) => port),
        template: template && { ...template, metadata: { ...template.metadata, labels } },
      };
    }
  }
  return JSON.parse(JSON.stringify(told));
}

const count = (objects) => Object.fromEntries(Object.entries(objects).map(([kind, all]) => [kind, all.length]).sort());

async function main() {
  await labCommand("up", "--name", options.lab);
  const file = await labCommand("kubeconfig", "--name", options.lab);
  const { registry } = JSON.parse(await labCommand("status", "--json", "--name", options.lab));
  const lab = { name: options.lab, path: file, kubeconfig: await readFile(file, "utf8"), registry };
  const server = await startServer({ args: ["--insecure-registry", registry] });
  let traffic;
  try {
    const { owner, namespace } = await settle(server, lab, { name: NAMESPACE });
    const done = async (started) => {
      const operation = await owner.ended((await started).operation, 240);
      assert.equal(operation.row.state, "succeeded", JSON.stringify(operation));
    };
    const first = { ...spec(lab, 1), secrets: "TOKEN=first" };
    const { app, operation } = await owner.post("/apps", { namespace, name: "web", spec: first, reason: "" });
    await done({ operation });
    const url = await labCommand("service-url", NAMESPACE, "web", "--name", lab.name);
    await askUntil(url, (answer) => answer.greeting === "word-1");
    const records = new Map([[1, { spec: first, held: await held(lab, app) }]]);
    const settled = () =>
      until("old pods stay", () => objectsOf(lab, NAMESPACE, app), ({ Pod = [] }) => Pod.every((pod) => !pod.metadata.deletionTimestamp));
    await settled();
    const before = memory(server.pid).now;
    traffic = startTraffic(url, { rate: Number(options.rate), seconds: 24 * 3600 });

    const times = { upgrade: [], rollback: [] };
    let rollbacks = 0;
    let half;
    const changes = Number(options.changes);
    for (let release = 2; release <= changes + 1; release += 1) {
      const left = changes + 2 - release;
      const back = release > 3 && random() < (Number(options.rollbacks) - rollbacks) / left;
      const began = performance.now();
      let record;
      if (back) {
        const target = any([...records.keys()].filter((number) => number < release - 1));
        record = records.get(target);
        await done(owner.post(`/apps/${app}/releases/${target}/rollback`, { reason: `to ${target}` }));
        times.rollback.push(performance.now() - began);
        rollbacks += 1;
        assert.deepEqual(await held(lab, app), record.held, `release ${release} is not what ${target} was`);
      } else {
        record = { spec: spec(lab, release) };
        await done(owner.put(`/apps/${app}`, { spec: record.spec, reason: "", based_on: String(release - 1) }));
        times.upgrade.push(performance.now() - began);
        record.held = await held(lab, app);
      }
      records.set(release, record);
      const greeting = record.spec.env.split("=")[1];
      await askUntil(url, (answer) => answer.greeting === greeting && answer.config === record.spec.config_content);
      const drift = await owner.get(`/apps/${app}/drift`);
      assert.deepEqual(drift.differs, [], `release ${release}`);
      if (release === Math.floor(changes / 2)) half = memory(server.pid).now;
      if (release % 20 === 0) note(`${release - 1} changes, ${rollbacks} of them rollbacks`);
    }
    const result = await traffic.stop();
    traffic = undefined;
    await settled();
    const after = memory(server.pid).now;
    const left = await objectsOf(lab, NAMESPACE, app);
    // The configuration of the newest twenty releases stays, and as many old ReplicaSets as Kubernetes keeps.
    const kept = { ConfigMap: 20, Secret: 20, ReplicaSet: 11 };
    for (const [kind, most] of Object.entries(kept)) assert.ok((left[kind]?.length ?? 0) <= most, JSON.stringify(count(left)));
    assert.ok(after <= Math.max(half ?? after, before) + 16 * 2 ** 20, `the server's memory: ${[before, half, after].map(mib).join(" → ")}`);
    const { row } = await owner.get(`/apps/${app}`);
    await done(owner.delete(`/apps/${app}?confirm=web`));
    assert.deepEqual(count(await objectsOf(lab, NAMESPACE, app)), {}, "nothing is left of it");
    assert.deepEqual(result.failures, [], `of ${result.sent} requests`);

    const time = (all) => `${ms(median(all))} / ${ms(percentile(all, 0.95))}`;
    console.log(
      table(["figure", "measured", "target"], [
        ["changes, and how many of them were rollbacks", `${changes}, ${rollbacks}`, ""],
        ["requests meanwhile, and how many failed", `${result.sent} at ${result.rate.toFixed(0)} a second, ${result.failures.length}`, "none"],
        ["rollbacks after which the cluster held another thing than when that release was new", "0", "none"],
        ["an upgrade until it has ended, median / 95 %", time(times.upgrade), ""],
        ["a rollback until it has ended, median / 95 %", time(times.rollback), ""],
        ["memory of the server before, half way and after", [before, half ?? after, after].map(mib).join(" → "), "no growth"],
        ["objects at the end, before the deletion", Object.entries(count(left)).map(([kind, n]) => `${n} ${kind}`).join(", "), ""],
        ["objects after the deletion", "none", "none"],
      ]),
    );
    console.log(`\n${path.basename(path.dirname(binary()))} build, ${row.release} releases, seed ${options.seed}`);
  } finally {
    await traffic?.stop();
    await server.remove();
    if (!options.keep) await labCommand("down", "--name", options.lab).catch((error) => note(error.message));
  }
}

await main();
