// What there is to tell of a key or a value, as people read it: beside the suggestions, and over a word that is pointed at.
import { hoverTooltip } from "@codemirror/view";
import { meaningAt, written } from "./offers.js";
import { about, valuesOf } from "./schema.js";
import { filled } from "./words.js";

// A default that says more than a few words is no help in a small window.
const LONG = 60;

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Text with what stands between backticks as code. */
function prose(text) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? element("code", "", part) : part));
}

const either = (names, words) => names.map((name) => words[name] ?? name).reduce((one, other) => filled(words.or, { one, other }));

/** The types of a value in words; empty when there is nothing to say. */
export function typeInWords({ types, items, range }, words) {
  if (types.length === 0) return "";
  const type = types.length === 1 && types[0] === "array" && items.length > 0 ? filled(words.listOf, { items: either(items, words) }) : either(types, words);
  return range ? `${type}, ${filled(words.range, { min: range[0], max: range[1] })}` : type;
}

function facts(root, { schemas, isRequired }, words) {
  const known = about(root, schemas);
  const values = valuesOf(root, schemas).map(({ value }) => written(value));
  const usual = known.default === undefined ? "" : written(known.default);
  const rows = [];
  if (values.length > 0) rows.push([words.values, values]);
  else if (known.types.length > 0) rows.push([words.type, typeInWords(known, words)]);
  if (usual !== "" && usual.length <= LONG) rows.push([words.default, [usual]]);
  if (isRequired) rows.push([words.required, ""]);
  return { description: known.description, rows };
}

/** An element that tells of a key (with its `schemas`) or of a value (with its `description`); null when nothing is known. */
export function explanation(root, meaning, words) {
  const { description, rows } = meaning.schemas ? facts(root, meaning, words) : { description: meaning.description, rows: [] };
  if (!description && rows.length === 0) return null;
  const box = element("div", "cm-explanation");
  if (description) box.append(element("p", "", ...prose(description)));
  for (const [name, said] of rows) {
    const codes = Array.isArray(said) ? said.flatMap((value, index) => [...(index > 0 ? [", "] : []), element("code", "", value)]) : [said];
    box.append(element("p", "cm-fact", element("span", "cm-factName", name), " ", element("span", "", ...codes)));
  }
  return box;
}

/** Tells of the word under the pointer. */
export function explainWords(root, words) {
  return hoverTooltip((view, position) => {
    const meaning = meaningAt(root, view.state.doc.toString(), position);
    const box = meaning && explanation(root, meaning, words);
    return box && { pos: meaning.from, end: meaning.to, above: true, create: () => ({ dom: box }) };
  });
}
