// kubectl of the lab, for what a test has to see in the cluster itself.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { binary } from "../cluster/lib/binaries.mjs";

const run = promisify(execFile);

/** Runs kubectl against a lab; returns what it prints. */
export async function kubectl(lab, ...args) {
  const { stdout } = await run(binary("kubectl"), ["--kubeconfig", lab.path, ...args], { maxBuffer: 64 << 20 });
  return stdout.trim();
}
