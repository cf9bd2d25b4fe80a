// A Deployment as somebody made it with kubectl before Longshore, with what belongs to it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { kubectl } from "./kubectl.mjs";

const restricted = {
  pod: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  container: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
};

/** Hands objects to a cluster as `kubectl apply` does. */
export async function applyAll(lab, objects) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "longshore-objects-"));
  try {
    const file = path.join(folder, "objects.json");
    await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    await kubectl(lab, "apply", "-f", file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A Deployment of two pods with its Service (80 to 8080), ConfigMap, Secret and PodDisruptionBudget, all called `name`. */
export function unmanaged(lab, namespace, name, { version = "1.0.0", word = "before" } = {}) {
  const metadata = { name, namespace };
  const labels = { app: name };
  const container = {
    name: "demo",
    image: `${lab.registry}/demo:${version}`,
    ports: [{ containerPort: 8080 }],
    env: [
      { name: "GREETING", valueFrom: { configMapKeyRef: { name, key: "greeting" } } },
      { name: "TOKEN", valueFrom: { secretKeyRef: { name, key: "token" } } },
    ],
    resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "64Mi" } },
    readinessProbe: { httpGet: { path: "/readyz", port: 8080 }, periodSeconds: 2 },
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    securityContext: { ...restricted.container },
    volumeMounts: [{ name: "settings", mountPath: "/etc/demo" }],
  };
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${name}-files`, namespace }, data: { "config.yaml": `mode: ${word}\n` } },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { greeting: `hello from ${word}` } },
    { apiVersion: "v1", kind: "Secret", metadata, stringData: { token: `secret of ${word}` } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: { labels },
          spec: {
            securityContext: { ...restricted.pod },
            containers: [container],
            volumes: [{ name: "settings", configMap: { name: `${name}-files` } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: `${name}-budget`, namespace },
      spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
    },
  ];
}

/** Waits until a Deployment's rollout has ended. */
export const available = (lab, namespace, name) =>
  kubectl(lab, "-n", namespace, "rollout", "status", `deployment/${name}`, "--timeout=120s");

/** The pods with a label as they are told apart: uid, and how often their container was started anew. */
export async function podsOf(lab, namespace, selector) {
  const { items } = JSON.parse(await kubectl(lab, "-n", namespace, "get", "pods", "-l", selector, "-o", "json"));
  return items.map((pod) => `${pod.metadata.uid} ${pod.status.containerStatuses?.[0]?.restartCount}`).sort();
}
