// Figures: what many measurements come to, and how they are written.

/** The value below which `share` (0 to 1) of the values lie, by the nearest rank. */
export function percentile(values, share) {
  if (values.length === 0) throw new Error("no value was measured");
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

export const median = (values) => percentile(values, 0.5);

/** Milliseconds for people. */
export const ms = (value) => (value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`);

/** Bytes for people. */
export const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 * 10 ? 1 : 0)} MiB`;

/** Bytes for people, where they are few: kB are thousands, as over the wire. */
export const kb = (bytes) => `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;

/** A table of Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
