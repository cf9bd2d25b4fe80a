// The server's memory, as Linux counts it.
import { readFileSync } from "node:fs";

/** Resident and peak resident bytes of a process. */
export function memory(pid) {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)[1]);
  return { now: kib("VmRSS") * 1024, peak: kib("VmHWM") * 1024 };
}

/** CPU seconds that a process has used. */
export function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
