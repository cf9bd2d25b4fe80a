// The outline of a YAML document: what is at the cursor, how one gets there, and where a path leads.
import { Reader } from "./reader.js";

/** The document's outermost mapping or list. */
export function outline(text) {
  return new Reader(text, -1).root;
}

/**
 * What the cursor is at: a `key`, a `value`, or a `word` that may become either; null in comments, quotes and blocks of
 * text. `node` is the mapping that a key belongs to, `entry` the one that is there already, `from` and `to` what would
 * be replaced; `column` is how far the key is indented, `flow` says that it is inside brackets.
 */
export function placeAt(text, cursor) {
  return new Reader(text, cursor).place;
}

/** The way from the outermost node to this one: each node that is passed, with the key that leads on. */
export function route(node) {
  const steps = [];
  for (let entry = node.parent; entry; entry = entry.node.parent) steps.unshift({ node: entry.node, key: entry.key });
  return steps;
}

/** The entry at a path such as `containers[0].env.GREETING`, or the nearest above it that exists; null for none. */
export function find(root, path) {
  const parts = path.match(/\[\d+\]|[^.[\]]+/g) ?? [];
  let found = null;
  let node = root;
  for (let at = 0; at < parts.length && node; ) {
    const within = node;
    // A key may itself have dots.
    const lengths = parts[at].startsWith("[") ? [1] : parts.slice(at).map((_, index, rest) => rest.length - index);
    const named = (length) => {
      const key = parts[at].startsWith("[") ? Number(parts[at].slice(1, -1)) : parts.slice(at, at + length).join(".");
      return within.entries.find((entry) => entry.key === key);
    };
    const length = lengths.find(named);
    if (length === undefined) break;
    found = named(length);
    node = found.value;
    at += length;
  }
  return found;
}
