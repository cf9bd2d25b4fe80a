// What a JSON Schema (draft 2020-12, as made from Rust types) allows at a place of a document. Only what says which keys
// and values there are is looked at; whether the document is right is for the server to say. Anything it does not
// understand allows nothing in particular and is no error.
import { route } from "./outline.js";

// References and alternatives inside each other that are still looked at: more would go round in circles.
const DEPTH = 8;

const list = (value) => (Array.isArray(value) ? value : []);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function resolved(root, reference) {
  if (!reference.startsWith("#")) return undefined;
  const part = (name) => decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~");
  return reference
    .split("/")
    .slice(1)
    .reduce((found, name) => found?.[part(name)], root);
}

/** What an alternative says of itself stays its own: what is said of all of them is not said of each. */
function joined(outer, inner) {
  return {
    ...outer,
    ...inner,
    description: inner.description,
    properties: { ...outer.properties, ...inner.properties },
    required: [...list(outer.required), ...list(inner.required)],
  };
}

/** The schemas that any of these stand for: without references, each for one alternative. */
function alternatives(root, schemas, depth = 0) {
  return schemas.flatMap((schema) => {
    if (schema === true) return [{}];
    if (!isObject(schema) || depth > DEPTH) return [];
    const { $ref, allOf, anyOf, oneOf, ...own } = schema;
    const all = [...list(allOf).map((part) => [part]), ...[anyOf, oneOf].filter(Array.isArray)];
    if (typeof $ref === "string") all.unshift([resolved(root, $ref)]);
    return all.reduce(
      (found, part) => alternatives(root, part, depth + 1).flatMap((inner) => found.map((outer) => joined(outer, inner))),
      [own],
    );
  });
}

const types = (schema) => [schema.type ?? []].flat();
const isOnly = (schema, type) => types(schema).length > 0 && types(schema).every((one) => one === type || one === "null");
const isNull = (schema) => isOnly(schema, "null") || schema.const === null;
const isMapping = (schema) =>
  types(schema).includes("object") || Object.keys(schema.properties ?? {}).length > 0 || isObject(schema.additionalProperties);
const isList = (schema) => types(schema).includes("array") || isObject(schema.items);
const fixedValues = (schema) => (schema.const === undefined ? list(schema.enum) : [schema.const]);

/** Whether an entry of a document may stand where this alternative is meant. */
function takes(root, schema, entry) {
  const property = schema.properties?.[entry.key];
  if (property === undefined) return schema.additionalProperties !== false;
  if (entry.text === null || entry.text === "") return true;
  const tags = alternatives(root, [property]).map(fixedValues);
  return tags.some((values) => values.length === 0 || values.some((value) => String(value) === entry.text));
}

/** The alternatives that go with what a mapping has already; all of them when none does. */
function narrowed(root, schemas, node, except = null) {
  const all = alternatives(root, schemas).filter(node.kind === "seq" ? isList : isMapping);
  const others = node.entries.filter((entry) => entry !== except);
  const fitting = all.filter((schema) => others.every((entry) => takes(root, schema, entry)));
  return fitting.length > 0 ? fitting : all;
}

function child(schema, key) {
  if (typeof key === "number") return list(schema.prefixItems)[key] ?? schema.items;
  return schema.properties?.[key] ?? schema.additionalProperties;
}

/** The schemas of the value that a key leads to from a node. */
function below(root, schemas, node, key) {
  const except = node.entries.find((entry) => entry.key === key) ?? null;
  return narrowed(root, schemas, node, except)
    .map((schema) => child(schema, key))
    .filter((schema) => schema !== undefined && schema !== false);
}

/** The schemas of a node of a document, or with a key, those of what the key leads to. */
export function schemasAt(root, node, key) {
  const schemas = route(node).reduce((found, step) => below(root, found, step.node, step.key), root ? [root] : []);
  return key === undefined ? schemas : below(root, schemas, node, key);
}

/** The keys that a mapping may still have, `except` aside: `{ name, schemas, isRequired }`, the required ones first. */
export function keysAt(root, schemas, node, except = null) {
  const present = new Set(node.entries.filter((entry) => entry !== except).map((entry) => entry.key));
  const allowed = narrowed(root, schemas, node, except);
  const found = new Map();
  for (const schema of allowed) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (present.has(name) || property === false) continue;
      found.set(name, [...(found.get(name) ?? []), property]);
    }
  }
  const isRequired = (name) => allowed.every((schema) => list(schema.required).includes(name));
  return [...found]
    .map(([name, properties]) => ({ name, schemas: properties, isRequired: isRequired(name) }))
    .sort((one, other) => other.isRequired - one.isRequired);
}

/** The values there are to choose from, with what is said of each. */
export function valuesOf(root, schemas) {
  const found = new Map();
  for (const schema of alternatives(root, schemas).filter((one) => !isNull(one))) {
    const fixed = fixedValues(schema);
    for (const value of fixed) {
      if (value !== null) found.set(String(value), { value, description: fixed.length === 1 ? schema.description : undefined });
    }
    if (fixed.length === 0 && isOnly(schema, "boolean")) {
      for (const value of [true, false]) found.set(String(value), { value });
    }
  }
  return [...found.values()];
}

/** How a value is begun: as a `mapping` or a `list` when it can be nothing else, else as a plain `value`. */
export function formOf(root, schemas) {
  const all = alternatives(root, schemas).filter((schema) => !isNull(schema));
  if (all.length > 0 && all.every(isMapping)) return "mapping";
  return all.length > 0 && all.every(isList) ? "list" : "value";
}

/** The schemas of a list's items. */
export function itemsOf(root, schemas) {
  return alternatives(root, schemas)
    .filter(isList)
    .map((schema) => schema.items)
    .filter(isObject);
}

/** The first of these schemas, or of what they refer to, that says something under a name. */
function said(root, schemas, name, depth = 0) {
  for (const schema of schemas.filter(isObject)) {
    if (schema[name] !== undefined) return schema[name];
    const further = [schema.$ref && resolved(root, schema.$ref), ...list(schema.allOf), ...list(schema.anyOf)];
    const found = depth < DEPTH ? said(root, further, name, depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What there is to tell of a value: `description`, `default`, the names of its `types`, its `range`, its `items`' types. */
export function about(root, schemas) {
  const all = alternatives(root, schemas).filter((schema) => !isNull(schema));
  const named = (found) => [...new Set(found.flatMap(types))].filter((type) => type !== "null");
  const bounded = all.find((schema) => typeof schema.minimum === "number" && typeof schema.maximum === "number");
  const description = said(root, schemas, "description");
  const usual = said(root, schemas, "default");
  return {
    description: typeof description === "string" ? description : "",
    default: usual === null ? undefined : usual,
    types: named(all),
    items: named(alternatives(root, itemsOf(root, schemas))),
    range: bounded && [bounded.minimum, bounded.maximum],
  };
}

/** The first sentence of a description, without its marks of code. */
export function firstSentence(description) {
  return (/^[\s\S]*?(?:[.!?](?=\s|$)|[。！？])/.exec(description)?.[0] ?? description).replaceAll("`", "").replaceAll(/\s+/g, " ").trim();
}
