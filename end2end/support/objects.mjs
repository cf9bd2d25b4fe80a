// What a cluster holds of an application, asked of the cluster itself.
import { kubectl } from "./kubectl.mjs";

const KINDS =
  "deployments,replicasets,statefulsets,jobs,cronjobs,pods,services,configmaps,secrets,networkpolicies,horizontalpodautoscalers,poddisruptionbudgets,ingresses";

/** The application's objects by kind: `{ Deployment: [...], Pod: [...] }`. */
export async function objectsOf(lab, namespace, app) {
  const text = await kubectl(lab, "get", lab.ingress ? `${KINDS},httproutes.gateway.networking.k8s.io` : KINDS, "-n", namespace, "-l", `longshore.dev/app=${app}`, "-o", "json");
  const found = {};
  for (const object of JSON.parse(text).items) (found[object.kind] ??= []).push(object);
  return found;
}

/** All objects of these kinds in a namespace as `Kind name`, whosever they are; without what the cluster puts into each. */
export async function namesIn(lab, namespace) {
  const { items } = JSON.parse(await kubectl(lab, "get", KINDS, "-n", namespace, "-o", "json"));
  return items.map(({ kind, metadata }) => `${kind} ${metadata.name}`).filter((name) => name !== "ConfigMap kube-root-ca.crt").sort();
}
