// The Kubernetes the tests run against: the lab of that name, started when it is not up.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const command = path.resolve(import.meta.dirname, "../cluster/lab");

/** Name of the tests' lab: LONGSHORE_TEST_LAB, else "test". */
export const LAB = process.env.LONGSHORE_TEST_LAB ?? "test";

/** Whether a lab with real hosts can be had; a lab as an ordinary user has simulated nodes alone. */
export const hasRealHosts = process.getuid() === 0;

/** Calls the lab's command line; returns what it prints. */
export async function lab(...args) {
  const { stdout } = await run(command, args, { maxBuffer: 64 << 20 });
  return stdout.trim();
}

/**
 * Brings the tests' lab up, if it is not, and tells how to reach it: `{ name, path, kubeconfig, registry, privateRegistry,
 * images, ingress }`. With `ingress`, something in it leads from hosts' names to applications; with `prometheus`, one keeps
 * figures of its containers.
 */
export async function startLab({ ingress: wanted = false, prometheus = false } = {}) {
  const shape = hasRealHosts ? [] : ["--no-hosts", "--simulated", "20"];
  if (wanted && hasRealHosts) shape.push("--ingress");
  if (prometheus && hasRealHosts) shape.push("--prometheus");
  await lab("up", "--name", LAB, ...shape);
  const file = await lab("kubeconfig", "--name", LAB);
  const { registry, privateRegistry, ingress } = JSON.parse(await lab("status", "--json", "--name", LAB));
  const lines = (await lab("images", "--name", LAB)).split("\n").filter(Boolean);
  return {
    name: LAB,
    path: file,
    kubeconfig: await readFile(file, "utf8"),
    registry,
    privateRegistry,
    ingress,
    images: new Map(lines.map((line) => line.split(/\s+/, 2))),
  };
}
