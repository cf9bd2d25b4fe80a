// Every action of the audit trail has words for people, and no words are left over for one that is gone.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { withoutComments } from "./rust-text.mjs";

const WORDS = "app/src/pages/audit/words.rs";
const ACTION = /"([a-z_]+)\.([a-z_]+)"/g;
/** Where an action is named beyond doubt, whatever its noun. */
const ENTRY = /Entry::(?:ok|refused|failed)\(\s*"([a-z_]+)\.[a-z_]+"/g;

const read = (root, file) => withoutComments(readFileSync(path.join(root, file), "utf8")).split("#[cfg(test)]")[0];

/** The breaches in the tree at `root`, whose Rust files are `files`. */
export function actionProblems(root, files) {
  if (!existsSync(path.join(root, WORDS))) return [];
  const known = new Set([...read(root, WORDS).matchAll(ACTION)].map(([, noun, verb]) => `${noun}.${verb}`));
  const sources = files
    .filter((file) => file.startsWith("server/src/") && !file.endsWith("tests.rs"))
    .map((file) => ({ file, text: read(root, file) }));
  const nouns = new Set([...known].map((action) => action.split(".")[0]));
  for (const { text } of sources) for (const [, noun] of text.matchAll(ENTRY)) nouns.add(noun);

  const problems = [];
  const used = new Set();
  for (const { file, text } of sources) {
    text.split("\n").forEach((line, index) => {
      for (const [, noun, verb] of line.matchAll(ACTION)) {
        const action = `${noun}.${verb}`;
        used.add(action);
        if (nouns.has(noun) && !known.has(action)) problems.push(`${file}:${index + 1}: the action ${action} has no words in ${WORDS}`);
      }
    });
  }
  for (const action of known) if (!used.has(action)) problems.push(`${WORDS}: nothing does ${action} any more`);
  return problems;
}
