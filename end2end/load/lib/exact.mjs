// Whether a cluster holds of an application exactly what the record of a release says: every object with every field, the
// secrets with their values, and nothing else.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { kubectl } from "../../support/kubectl.mjs";

/** What an application may have objects of. What Kubernetes makes of those (pods, replica sets, slices of endpoints) is not listed. */
const KINDS = [
  "deployments", "statefulsets", "jobs", "cronjobs", "services", "configmaps", "secrets", "networkpolicies.networking.k8s.io",
  "horizontalpodautoscalers", "poddisruptionbudgets", "ingresses.networking.k8s.io", "persistentvolumeclaims", "serviceaccounts",
];
/** Labels that say which release or operation an object is of: a rollback is a release of its own. */
const OF_A_MOMENT = ["longshore.dev/release", "longshore.dev/operation"];
/** What is true where nothing is said, so that `false` must be there. */
const TRUE_WITHOUT = ["automountServiceAccountToken", "enableServiceLinks"];
const FACTORS = { m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

export const nameOf = ({ kind, metadata }) => `${kind} ${metadata.name}`;

/** The objects of a release's record, by kind and name. kubectl reads the YAML and changes nothing. */
export async function recorded(lab, caller, app, release) {
  const { manifests } = await caller.get(`/apps/${app}/releases/${release}`);
  const folder = await mkdtemp(path.join(os.tmpdir(), "longshore-record-"));
  try {
    const file = path.join(folder, "release.yaml");
    await writeFile(file, manifests);
    const text = await kubectl(lab, "create", "--dry-run=client", "--validate=false", "-o", "json", "-f", file);
    // One object follows the other, each from the beginning of a line.
    const objects = text.split(/\n(?=\{\n)/).map((part) => JSON.parse(part)).flatMap((object) => object.items ?? [object]);
    return new Map(objects.map((object) => [nameOf(object), object]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What the cluster has of an application now, by kind and name. */
export async function held(lab, namespace, app) {
  const kinds = lab.ingress ? [...KINDS, "httproutes.gateway.networking.k8s.io"] : KINDS;
  const text = await kubectl(lab, "get", kinds.join(","), "-n", namespace, "-l", `longshore.dev/app=${app}`, "-o", "json");
  const objects = JSON.parse(text).items.filter(({ metadata }) => !metadata.deletionTimestamp);
  return new Map(objects.map((object) => [nameOf(object), object]));
}

/** The objects of a record as the cluster has them, without what is of one moment or the cluster's to choose. */
export function shapes(record, live) {
  return Object.fromEntries([...record].filter(([name]) => live.has(name)).map(([name, said]) => [name, shape(said, live.get(name))]));
}

function shape(said, { metadata, spec, data, type, immutable }) {
  const kept = structuredClone({ labels: metadata.labels, spec, data, type, immutable });
  for (const labels of [kept.labels, kept.spec?.template?.metadata?.labels]) {
    for (const label of OF_A_MOMENT) delete labels?.[label];
  }
  if (said.kind === "Service") {
    for (const field of ["clusterIP", "clusterIPs", "healthCheckNodePort"]) delete kept.spec[field];
    for (const port of kept.spec.ports ?? []) delete port.nodePort;
  }
  // How many pods there are is the autoscaler's where the record does not say it.
  if (said.kind === "Deployment" && said.spec.replicas === undefined) delete kept.spec.replicas;
  return JSON.parse(JSON.stringify(kept));
}

/**
 * Holds what the cluster has against a record, and against `before`, its shapes when that release was new. `secrets` are the
 * values that it must have by name, `kept` the names of what other releases that are kept still need. Gives `{ fields, differ }`:
 * how many fields were compared, and what of it differs, in words.
 */
export function compare(record, live, { before, secrets, kept }) {
  const found = { fields: 0, differ: [] };
  const tell = (at, said, there) => found.differ.push(`${at} is ${JSON.stringify(there)}, not ${JSON.stringify(said)}`);
  for (const [name, said] of record) {
    const there = live.get(name);
    if (there === undefined) {
      found.differ.push(`${name} is missing`);
      continue;
    }
    const { apiVersion, kind, ...rest } = said;
    fields(kind === "Secret" ? { ...rest, data: undefined } : rest, there, name, found, tell);
    if (kind === "Secret") values(secrets, there, name, found, tell);
  }
  for (const name of live.keys()) {
    if (!record.has(name) && !kept.has(name)) found.differ.push(`${name} is there, and no release has it`);
  }
  const now = shapes(record, live);
  for (const [name, shape] of Object.entries(before)) {
    if (!isDeepStrictEqual(now[name], shape)) tell(`${name} as a whole`, shape, now[name]);
  }
  return found;
}

/** All secrets that the release had, with their values then, and no others. */
function values(secrets, { data = {} }, name, found, tell) {
  const there = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
  for (const key of new Set([...Object.keys(secrets), ...Object.keys(there)])) {
    found.fields += 1;
    if (secrets[key] !== there[key]) tell(`${name}.data.${key}`, secrets[key], there[key]);
  }
}

/** Every field that is said must be there with the same value; lists have the same parts in the same order. */
function fields(said, there, at, found, tell) {
  if (said === undefined || OF_A_MOMENT.some((label) => at.endsWith(`.labels.${label}`))) return;
  const isList = Array.isArray(said);
  if (isList && said.length > 0 && (!Array.isArray(there) || there.length !== said.length)) {
    found.fields += 1;
    tell(at, said, there);
  } else if (isList && said.length > 0) {
    said.forEach((part, n) => fields(part, there[n], `${at}[${n}]`, found, tell));
  } else if (!isList && said !== null && typeof said === "object" && Object.keys(said).length > 0) {
    for (const [key, value] of Object.entries(said)) fields(value, there?.[key], `${at}.${key}`, found, tell);
  } else {
    found.fields += 1;
    if (!isSame(said, there, at)) tell(at, said, there);
  }
}

/** Whether two values mean the same to Kubernetes: what is empty is not kept, and quantities have many spellings. */
function isSame(said, there, at) {
  if (isDeepStrictEqual(said, there)) return true;
  if (there === undefined) {
    const isEmpty = said === null || said === "" || said === 0 || said === false || (typeof said === "object" && Object.keys(said).length === 0);
    return isEmpty && !TRUE_WITHOUT.some((field) => at.endsWith(`.${field}`));
  }
  const isQuantity = at.includes(".resources.") || at.endsWith(".sizeLimit") || at.endsWith(".averageValue");
  return isQuantity && quantity(said) === quantity(there);
}

function quantity(text) {
  const [, number, unit] = /^([\d.]+)(m|k|M|G|Ki|Mi|Gi)?$/.exec(String(text)) ?? [];
  return number === undefined ? text : Number(number) * FACTORS[unit ?? ""];
}
