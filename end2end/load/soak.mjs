// Many upgrades and rollbacks of one application on the lab's real hosts under a steady load: no request may fail, each
// rollback must bring back what its record says and what the cluster held when that release was new, field by field and with
// the secrets' values, nothing may be left behind, and the server's memory may not grow. Prints Markdown and fails when one of
// these does not hold.
//
//   node end2end/load/soak.mjs [--changes 200] [--rollbacks 100] [--rate 50] [--seed 1] [--lab soak] [--ingress] [--keep]
//
// The server is LONGSHORE_BINARY. A change takes about ten seconds. Releases differ in web addresses, too, where the lab has
// what leads to them: with --ingress, or when it was brought up so.
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
import { compare, held, recorded, shapes } from "./lib/exact.mjs";
import { memory } from "./lib/memory.mjs";
import { median, mib, ms, percentile, table } from "./lib/numbers.mjs";

const { values: options } = parseArgs({
  options: {
    changes: { type: "string", default: "200" },
    rollbacks: { type: "string", default: "100" },
    rate: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    lab: { type: "string", default: "soak" },
    ingress: { type: "boolean", default: false },
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

/** Mostly nothing, so that each release has some of what one may have. */
const maybe = (make, share = 0.5) => (random() < share ? make() : undefined);

/** The values of a release's secrets, after those of the one before. */
function secretsAfter(before, word) {
  const next = (name, share) => before[name] === undefined || random() < share;
  const TOKEN = next("TOKEN", 0.3) ? `token of ${word}` : before.TOKEN;
  return random() < 0.5 ? { TOKEN } : { TOKEN, KEY: next("KEY", 0.5) ? `key of ${word}` : before.KEY };
}

/**
 * A release that differs from others in what a release may differ in; `before` are the secrets' values in the newest one, whose
 * bare names keep them. Gives `{ spec, greeting, config, secrets }`.
 */
function release(lab, number, before = {}) {
  const word = `word-${number}`;
  const config = `of: ${any([word, "all"])}\n`;
  const secrets = secretsAfter(before, word);
  const folder = maybe(() => ({ name: "cache", size: any(["4Mi", "8Mi"]), in_memory: any([true, false]) }));
  const scaling = maybe(() => ({ min: 2, max: any([3, 4]), cpu_percent: any([70, 90]), scale_down_seconds: any([60, 300]), most_more_a_minute: maybe(() => 1) }));
  const host = any(["soak.example.test", "soak-too.example.test"]);
  const app = {
    image: `${lab.registry}/demo:${any(["1.0.0", "2.0.0"])}`,
    ports: [{ port: 8080 }, maybe(() => ({ name: "metrics", port: 9090 })), maybe(() => ({ name: "names", port: 5353, protocol: "udp" }))].filter(Boolean),
    resources: { cpu: any(["20m", "30m"]), memory: "32Mi", cpu_limit: maybe(() => "1") },
    env: { GREETING: word, ...maybe(() => ({ MORE: word })) },
    secrets: Object.keys(secrets).sort(),
    files: [{ path: "/etc/demo/config.yaml", content: config }],
    mounts: folder && [{ volume: folder.name, path: "/var/cache", read_only: any([true, false]) }],
    readiness: { http: { path: "/readyz" }, period_seconds: any([1, 2]) },
    liveness: maybe(() => any([{ tcp: { port: "main" } }, { http: { path: "/healthz" }, failures: 5 }])),
    startup: maybe(() => ({ tcp: { port: "main" }, period_seconds: 1 })),
  };
  const document = {
    replicas: scaling ? 2 : any([2, 3]),
    containers: [app],
    volumes: folder && [folder],
    exposure: any(["cluster", "node_port"]),
    autoscaling: scaling,
    disruption: maybe(() => ({ max_unavailable: any([1, "50%"]) })),
    routing: lab.ingress ? maybe(() => ({ https: any([true, false]), routes: [{ host }, maybe(() => ({ host, path: "/more" }))].filter(Boolean) })) : undefined,
    update: { max_surge: 1, deadline_seconds: 120 },
    termination: { grace_seconds: any([40, 45]) },
  };
  const lines = Object.entries(secrets).map(([name, value]) => (before[name] === value ? name : `${name}=${value}`));
  return { spec: { source: "document", document: JSON.stringify(document), secrets: lines.join("\n") }, greeting: word, config, secrets };
}

/** The names of the configuration and the secrets that the newest releases need: the twenty that are kept. */
function keptBeside(records, newest) {
  const kept = [...records].filter(([number]) => number > newest - 20).flatMap(([, { objects }]) => [...objects.keys()]);
  return new Set(kept.filter((name) => /^(ConfigMap|Secret) /.test(name)));
}

const count = (objects) => Object.fromEntries(Object.entries(objects).map(([kind, all]) => [kind, all.length]).sort());

async function main() {
  await labCommand("up", "--name", options.lab, ...(options.ingress ? ["--ingress"] : []));
  const file = await labCommand("kubeconfig", "--name", options.lab);
  const { registry, ingress } = JSON.parse(await labCommand("status", "--json", "--name", options.lab));
  const lab = { name: options.lab, path: file, kubeconfig: await readFile(file, "utf8"), registry, ingress };
  const server = await startServer({ args: ["--insecure-registry", registry] });
  let traffic;
  try {
    const { owner, namespace } = await settle(server, lab, { name: NAMESPACE });
    const done = async (started) => {
      const operation = await owner.ended((await started).operation, 240);
      assert.equal(operation.row.state, "succeeded", JSON.stringify(operation));
    };
    const first = release(lab, 1);
    const { app, operation } = await owner.post("/apps", { namespace, name: "web", spec: first.spec, reason: "" });
    await done({ operation });
    const url = await labCommand("service-url", NAMESPACE, "web", "--name", lab.name);
    await askUntil(url, (answer) => answer.greeting === first.greeting);
    /** A release with its record and with what the cluster holds while it is new. */
    const kept = async (what, number) => {
      const objects = await recorded(lab, owner, app, number);
      return { ...what, objects, shapes: shapes(objects, await held(lab, NAMESPACE, app)) };
    };
    const records = new Map([[1, await kept(first, 1)]]);
    const settled = () =>
      until("old pods stay", () => objectsOf(lab, NAMESPACE, app), ({ Pod = [] }) => Pod.every((pod) => !pod.metadata.deletionTimestamp));
    await settled();
    const before = memory(server.pid).now;
    traffic = startTraffic(url, { rate: Number(options.rate), seconds: 24 * 3600 });

    const times = { upgrade: [], rollback: [] };
    let rollbacks = 0;
    const found = { fields: 0, differ: [] };
    let half;
    const changes = Number(options.changes);
    for (let number = 2; number <= changes + 1; number += 1) {
      const left = changes + 2 - number;
      const back = number > 3 && random() < (Number(options.rollbacks) - rollbacks) / left;
      const began = performance.now();
      let record;
      if (back) {
        const target = any([...records.keys()].filter((one) => one < number - 1));
        record = records.get(target);
        await done(owner.post(`/apps/${app}/releases/${target}/rollback`, { reason: `to ${target}` }));
        times.rollback.push(performance.now() - began);
        rollbacks += 1;
        records.set(number, { ...record, objects: await recorded(lab, owner, app, number) });
        const expected = { before: record.shapes, secrets: record.secrets, kept: keptBeside(records, number) };
        const { fields, differ } = compare(record.objects, await held(lab, NAMESPACE, app), expected);
        found.fields += fields;
        for (const words of differ) note(`release ${number}, back to ${target}: ${words.slice(0, 2000)}`);
        found.differ.push(...differ);
      } else {
        const what = release(lab, number, records.get(number - 1).secrets);
        await done(owner.put(`/apps/${app}`, { spec: what.spec, reason: "", based_on: String(number - 1) }));
        times.upgrade.push(performance.now() - began);
        record = await kept(what, number);
        records.set(number, record);
      }
      await askUntil(url, (answer) => answer.greeting === record.greeting && answer.config === record.config);
      const drift = await owner.get(`/apps/${app}/drift`);
      assert.deepEqual(drift.differs, [], `release ${number}`);
      if (number === Math.floor(changes / 2)) half = memory(server.pid).now;
      if (number % 20 === 0) note(`${number - 1} changes, ${rollbacks} of them rollbacks`);
    }
    const result = await traffic.stop();
    traffic = undefined;
    await settled();
    const after = memory(server.pid).now;
    const left = await objectsOf(lab, NAMESPACE, app);
    // The configuration of the newest twenty releases stays, and as many old ReplicaSets as Kubernetes keeps.
    const most = { ConfigMap: 20, Secret: 20, ReplicaSet: 11 };
    for (const [kind, limit] of Object.entries(most)) assert.ok((left[kind]?.length ?? 0) <= limit, JSON.stringify(count(left)));
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
        ["fields compared after rollbacks, and how many were not as recorded", `${found.fields}, ${found.differ.length}`, "none"],
        ["an upgrade until it has ended, median / 95 %", time(times.upgrade), ""],
        ["a rollback until it has ended, median / 95 %", time(times.rollback), ""],
        ["memory of the server before, half way and after", [before, half ?? after, after].map(mib).join(" → "), "no growth"],
        ["objects at the end, before the deletion", Object.entries(count(left)).map(([kind, n]) => `${n} ${kind}`).join(", "), ""],
        ["objects after the deletion", "none", "none"],
      ]),
    );
    console.log(`\n${rollbacks} rollbacks, ${found.fields} fields compared, ${found.differ.length} differ`);
    assert.deepEqual(found.differ, [], "a rollback did not bring everything back");
    console.log(`\n${path.basename(path.dirname(binary()))} build, ${row.release} releases, seed ${options.seed}`);
  } finally {
    await traffic?.stop();
    await server.remove();
    if (!options.keep) await labCommand("down", "--name", options.lab).catch((error) => note(error.message));
  }
}

await main();
