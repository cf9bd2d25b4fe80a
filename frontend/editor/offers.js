// What may be written at the cursor, and what there is to tell of what stands there already. Pure: it knows the text and
// the schema, not the editor.
import { placeAt } from "./outline.js";
import { about, firstSentence, formOf, itemsOf, keysAt, schemasAt, valuesOf } from "./schema.js";

/** Texts that YAML would read as something else, unless they are quoted. */
const NOT_TEXT = /^(?:~|null|true|false|yes|no|on|off|y|n)$/i;
const PLAIN = /^[A-Za-z_/][\w./-]*$/;

/** A value as it is written in a document. */
export function written(value) {
  if (typeof value !== "string") return JSON.stringify(value) ?? "";
  return PLAIN.test(value) && !NOT_TEXT.test(value) ? value : JSON.stringify(value);
}

/** What follows a key: `more` says that something inside it can be offered at once. */
function ending(root, schemas, place) {
  const form = formOf(root, schemas);
  const more = form === "value" ? valuesOf(root, schemas).length > 0 : true;
  if (form === "value") return { before: ": ", after: "", more };
  if (place.flow) return form === "mapping" ? { before: ": { ", after: " }", more } : { before: ": [", after: "]", more };
  const inner = `:\n${" ".repeat(place.column + 2)}`;
  return { before: form === "mapping" ? inner : `${inner}- `, after: "", more };
}

function keyOffers(root, schemas, place) {
  return keysAt(root, schemas, place.node, place.entry).map((key) => ({
    kind: "key",
    label: key.name,
    detail: firstSentence(about(root, key.schemas).description),
    isRequired: key.isRequired,
    schemas: key.schemas,
    text: written(key.name),
    ...ending(root, key.schemas, place),
  }));
}

function valueOffers(root, schemas) {
  const usual = about(root, schemas).default;
  return valuesOf(root, schemas).map(({ value, description }) => ({
    kind: "value",
    label: written(value),
    detail: firstSentence(description ?? ""),
    description: description ?? "",
    isDefault: value === usual,
    text: written(value),
    before: "",
    after: "",
    more: false,
  }));
}

/** The dash of a further item, where a list may stand. */
function dashOffer(root, schemas) {
  const items = itemsOf(root, schemas);
  const detail = firstSentence(about(root, items).description);
  return { kind: "item", label: "-", detail, text: "- ", before: "", after: "", more: true };
}

/**
 * What may be written at the cursor: `{ from, offers }`, or null for nothing. Only when `explicit`, because somebody
 * asked, is there anything where no word was begun; but the values of a key are offered as soon as it has its colon.
 *
 * An offer has its `kind` ("key", "value" or "item"), `label` and `detail`; what is written is its `text`, `before` the
 * cursor and `after` it.
 */
export function offersAt(root, text, cursor, explicit) {
  const place = root && placeAt(text, cursor);
  if (!place) return null;
  const isEmpty = place.from === cursor;
  if (place.kind === "value") {
    const offers = valueOffers(root, schemasAt(root, place.node, place.entry.key));
    return offers.length > 0 ? { from: place.from, offers } : null;
  }
  if (isEmpty && !explicit) return null;
  const schemas = schemasAt(root, place.node);
  const isList = place.node.kind === "seq" || (place.node.kind === null && formOf(root, schemas) === "list");
  let offers = [];
  if (isList) offers = isEmpty && !place.flow ? [dashOffer(root, schemas)] : [];
  else offers = keyOffers(root, schemas, place);
  // A word in a place of its own may as well be a value.
  if (place.node.kind === null && place.node.parent) offers.push(...valueOffers(root, schemas));
  return offers.length > 0 ? { from: place.from, offers } : null;
}

/** The key or value under a position, for what there is to tell of it: `{ from, to, name, schemas, isRequired }`. */
export function meaningAt(root, text, position) {
  const place = root && placeAt(text, position);
  if (!place || place.from === place.to) return null;
  if (place.kind === "key") {
    const found = keysAt(root, schemasAt(root, place.node), place.node, place.entry).find(({ name }) => name === place.entry.key);
    const schemas = found?.schemas ?? schemasAt(root, place.node, place.entry.key);
    return schemas.length > 0 ? { from: place.from, to: place.to, name: place.entry.key, schemas, isRequired: found?.isRequired ?? false } : null;
  }
  if (place.kind !== "value") return null;
  const schemas = schemasAt(root, place.node, place.entry.key);
  const value = valuesOf(root, schemas).find((one) => String(one.value) === place.entry.text);
  return value?.description ? { from: place.from, to: place.to, name: place.entry.text, description: value.description } : null;
}
