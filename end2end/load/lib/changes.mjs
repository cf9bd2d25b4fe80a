// How long it takes from a change in the cluster to the message in an open stream.
import { setTimeout as sleep } from "node:timers/promises";

/** Cordons or uncordons a node, and tells when the API server has said yes. */
export async function cordon(api, name, unschedulable) {
  const patch = { spec: { unschedulable } };
  await api.text(`/api/v1/nodes/${name}`, "PATCH", patch, "application/merge-patch+json");
  return performance.now();
}

/**
 * Changes a node `times` times and measures until a session that watches a page with it is told: from sending the
 * change to the API server, and from its answer.
 */
export async function nodeChanges(session, api, cluster, name, times) {
  let wanted;
  let arrived;
  const look = (message) => {
    const rows = message.snapshot ? message.snapshot.value.rows : message.delta?.rows ?? [];
    const row = rows?.find((candidate) => candidate.name === name);
    if (wanted !== undefined && row && (row.state === "cordoned") === wanted) arrived?.(performance.now());
  };
  const stop = await session.watch([{ nodes: { cluster, q: name } }], look);
  const fromSending = [];
  const fromAnswer = [];
  try {
    for (let turn = 0; turn < times; turn += 1) {
      await sleep(600);
      wanted = turn % 2 === 0;
      const seen = new Promise((resolve, reject) => {
        arrived = resolve;
        setTimeout(() => reject(new Error(`the change of ${name} did not arrive within 10 s`)), 10_000).unref();
      });
      const began = performance.now();
      const [answered, at] = await Promise.all([cordon(api, name, wanted), seen]);
      fromSending.push(at - began);
      fromAnswer.push(Math.max(0, at - answered));
      wanted = undefined;
    }
  } finally {
    stop();
    await cordon(api, name, false);
  }
  return { fromSending, fromAnswer };
}
