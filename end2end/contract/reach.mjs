// Which operations were reached: answered by a 2xx or 3xx at least once. Of the others nothing was held against the
// description but how they refuse.
import { createReadStream } from "node:fs";
import readline from "node:readline";
import { ADMIN, NOBODY, OWNER } from "./fill.mjs";

const words = (text) => text.trim().split(/\s+/);

// All that lives in a cluster is below one of these; the journeys with a cluster are for it.
const IN_A_CLUSTER = /^\/api\/v1\/(clusters|namespaces|apps|secrets)\/\{id\}/;
/** What asks a cluster, or needs a namespace in one. */
const FOR_A_CLUSTER = words("connect_cluster check_cluster create_namespace publish_app check_fit");

/** What is for the platform's own people alone: a tenant's are refused, or told that there is no such thing. */
const OF_THE_PLATFORM = words(`
  list_tenants create_tenant get_tenant delete_tenant suspend_tenant resume_tenant get_platform update_platform
  list_identity_providers create_identity_provider get_identity_provider update_identity_provider
  check_identity_provider delete_identity_provider verify_audit`);

/** What an account cannot reach here, by names, besides what lives in a cluster. It has to reach all else. */
const OUT_OF_REACH = {
  [ADMIN]: FOR_A_CLUSTER,
  // Within a tenant, operations are about namespaces and applications.
  [OWNER]: [...FOR_A_CLUSTER, ...OF_THE_PLATFORM, "get_operation"],
  [NOBODY]: [],
};

/** Finds operations by requests. */
export class Finder {
  #routes;

  constructor(operations) {
    this.#routes = operations.map(({ id, method, path }) => ({
      id,
      method,
      parameters: path.split("{").length - 1,
      pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`),
    }));
    // What is fixed in a path counts before a parameter, as it does for the server.
    this.#routes.sort((one, other) => one.parameters - other.parameters);
  }

  /** The operations that a report of the tool (a JSON value a line) shows as reached. */
  async reachedIn(report) {
    const reached = new Set();
    for await (const line of readline.createInterface({ input: createReadStream(report) })) {
      const interactions = JSON.parse(line).ScenarioFinished?.recorder?.interactions ?? {};
      for (const { request, response } of Object.values(interactions)) {
        if (!response || response.status_code < 200 || response.status_code >= 400) continue;
        const { pathname } = new URL(request.uri);
        const route = this.#routes.find(({ method, pattern }) => method === request.method && pattern.test(pathname));
        if (route) reached.add(route.id);
      }
    }
    return reached;
  }
}

/** Says what of its operations an account has reached; whether that is all it can, and nothing it cannot. */
export function tell(who, operations, reached) {
  const names = (some) => some.map(({ id }) => id).join(", ");
  const missed = operations.filter(({ id }) => !reached.has(id));
  const can = ({ id, path }) => !IN_A_CLUSTER.test(path) && !OUT_OF_REACH[who].includes(id);
  const [lost, surplus] = [missed.filter(can), operations.filter((one) => reached.has(one.id) && !can(one))];
  console.log(`# ${who} reached ${operations.length - missed.length} of ${operations.length} operations; not: ${names(missed) || "none"}`);
  if (lost.length > 0) console.log(`# These have to be reached, see end2end/contract/fill.mjs: ${names(lost)}`);
  if (surplus.length > 0) console.log(`# These are said to be out of reach in end2end/contract/reach.mjs: ${names(surplus)}`);
  return lost.length === 0 && surplus.length === 0;
}
