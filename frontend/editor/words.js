// The words that people see or hear. Whoever attaches the editor gives them in their language; these are the English
// ones. `{…}` stands for a value.

/** Our own. */
export const WORDS = {
  /** Read to those who cannot see that this is an editor, after its name. */
  keyboard: "Control and Space suggest what may stand here. Escape, then Tab, leave the editor.",
  /** Announced when there is one problem or there are several. */
  problem: "A problem in line {line}: {message}",
  problems: "{count} problems; the first is in line {line}: {message}",
  /** In what is told of a key. */
  required: "Required",
  type: "Type",
  default: "Default",
  values: "Values",
  /** The types, as JSON Schema names them. */
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "true or false",
  object: "mapping",
  array: "list",
  /** Of a list with items of a type, of several types, of a number's least and most. */
  listOf: "list; each item: {items}",
  or: "{one} or {other}",
  range: "{min} to {max}",
};

/** CodeMirror's own, by the names it has for them; `words.phrases` gives them in another language. */
export const PHRASES = {
  // Labels of the search, and what is read out of it.
  Find: "Find",
  Replace: "Replace with",
  next: "Next",
  previous: "Previous",
  "match case": "Match case",
  regexp: "Pattern",
  "by word": "Whole words",
  replace: "Replace",
  "replace all": "Replace all",
  close: "Close",
  "current match": "Found",
  "on line": "in line",
  "replaced match on line $": "Replaced in line $",
  "replaced $ matches": "Replaced $ times",
  // Going to a line.
  "Go to line": "Go to line",
  go: "Go",
  // Folding: hints, and what is read out.
  "Fold line": "Fold",
  "Unfold line": "Unfold",
  "folded code": "Folded lines",
  unfold: "Unfold",
  "Folded lines": "Folded lines",
  "Unfolded lines": "Unfolded lines",
  to: "to",
  // Names of lists, for those who cannot see them.
  Completions: "Suggestions",
  Diagnostics: "Problems",
  "No diagnostics": "No problems",
  // What cannot be seen.
  "Control character": "Control character",
  "Selection deleted": "Selection deleted",
};

/** A sentence with its values. */
export function filled(sentence, values) {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
