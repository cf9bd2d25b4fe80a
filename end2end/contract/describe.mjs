// What the tool is told: the description with an example for each operation of which there is a thing to speak, and its
// configuration. The description says nothing else than docs/openapi.json, and so holds answers against the same.

/** All operations of a description: `{ id, method, path, operation }`. */
export function operationsOf(description) {
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ id: operation.operationId, method: method.toUpperCase(), path, operation })),
  );
}

/** By what it is sent: by a token where one is good enough, else by a session, or by nothing where nobody is asked. */
export function wayOf({ operation }, description) {
  const schemes = (operation.security ?? description.security).flatMap(Object.keys);
  if (schemes.length === 0) return "nothing";
  return schemes.includes("token") ? "token" : "session";
}

/** A copy of the description with what there is as examples; `everywhere` holds for all parameters of its names. */
export function withExamples(description, things, everywhere) {
  const copy = structuredClone(description);
  const ids = new Set();
  for (const { id, operation } of operationsOf(copy)) {
    ids.add(id);
    const thing = { ...everywhere, ...things[id] };
    for (const parameter of operation.parameters ?? []) {
      if (parameter.name in thing) parameter.example = thing[parameter.name];
    }
    if (thing.body !== undefined) operation.requestBody.content["application/json"].example = thing.body;
  }
  const unknown = Object.keys(things).filter((id) => !ids.has(id));
  if (unknown.length > 0) throw new Error(`The description has no such operation: ${unknown.join(", ")}`);
  return copy;
}

const text = JSON.stringify;
const table = (values) => `{ ${Object.entries(values).map(([name, value]) => `${text(name)} = ${text(value)}`).join(", ")} }`;

/** The tool's configuration: what of its rules is not ours, who asks, and where paths lead. */
export function configuration(description, things, headers) {
  const lines = [
    `headers = ${table(headers)}`,
    "[checks]",
    "enabled = true",
    "[checks.positive_data_acceptance]",
    "# 422 names the fields whose rules no schema can say: two passwords that must be alike, a place that must exist.",
    'expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 412, 422, 429]',
    "[checks.negative_data_rejection]",
    "# If-Match is looked at before the content (RFC 9110, section 13.2.1).",
    'expected-statuses = ["4xx"]',
  ];
  for (const { id, operation } of operationsOf(description)) {
    const thing = things[id] ?? {};
    const parameters = operation.parameters ?? [];
    // What has to be confirmed by its name is safe from ids that the tool has found, so that those are tried as well.
    const loose = thing.loose || parameters.some(({ name }) => name === "confirm");
    const fixed = loose ? [] : parameters.filter((parameter) => parameter.in === "path" && parameter.name in thing);
    const settings = [];
    if (thing.as) settings.push(`headers = ${table({ ...headers, Cookie: thing.as.cookie })}`);
    if (fixed.length > 0) settings.push(`parameters = ${table(Object.fromEntries(fixed.map(({ name }) => [`path.${name}`, thing[name]])))}`);
    // It holds that what was made has to be there; but what this path leads to may be over: ended, or used up.
    if (fixed.length > 0 || thing.loose) settings.push("checks = { ensure_resource_availability = { enabled = false } }");
    if (settings.length > 0) lines.push("", "[[operations]]", `include-operation-id = ${text(id)}`, ...settings);
  }
  return `${lines.join("\n")}\n`;
}
