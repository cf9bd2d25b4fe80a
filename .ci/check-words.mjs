// Every sentence stands in English and Chinese at the place that uses it: t!("Nodes", "节点"). The compiler sees that
// there are two; this sees that both say something, take the same values, and are in the language they should be.

const CALL = /\b(t|tf|text)!\s*\(\s*"((?:\\[\s\S]|[^"\\])*)"\s*,\s*"((?:\\[\s\S]|[^"\\])*)"/g;
const CHINESE = /\p{Script=Han}/u;

/** Words that stay as they are in Chinese. */
const TERMS = new Set(["kubeconfig", "kubectl", "tmpfs"]);

/** Names of the values that a format string takes, sorted; `en` and `zh` are one value in two languages. */
function values(sentence) {
  const plain = sentence.replaceAll("{{", "").replaceAll("}}", "");
  return [...plain.matchAll(/\{([^}:]*)(:[^}]*)?\}/g)].map(([, name]) => name.trim().replace(/^(en|zh)$/, "words")).sort();
}

/** Whether a phrase is a name, a symbol or a unit that is the same in both languages, such as `CPU` or `{n} GiB`. */
function isNeutral(sentence) {
  const plain = sentence.replaceAll(/\{[^}]*\}/g, " ");
  const words = plain.match(/\p{L}[\p{L}\p{N}.-]*/gu) ?? [];
  return words.every((word) => TERMS.has(word) || /^[A-Z]/.test(word) || word.length <= 3 || /[.\d]/.test(word) || word.includes("-"));
}

/** What is wrong with the sentences of one file; `text` is its source without comments. */
export function wordProblems(file, text) {
  const problems = [];
  for (const match of text.matchAll(CALL)) {
    const [, macro, english, chinese] = match;
    const place = `${file}:${text.slice(0, match.index).split("\n").length}`;
    if (english.trim() === "" || chinese.trim() === "") problems.push(`${place}: an empty sentence in ${macro}!`);
    else if (CHINESE.test(english)) problems.push(`${place}: the English of ${macro}!("${english}", …) is Chinese`);
    else if (!CHINESE.test(chinese) && !(chinese === english || isNeutral(chinese))) problems.push(`${place}: the Chinese "${chinese}" is not Chinese`);
    else if (chinese === english && !isNeutral(english)) problems.push(`${place}: "${english}" is not translated`);
    else if (macro !== "t" && values(english).join() !== values(chinese).join()) {
      problems.push(`${place}: "${english}" and "${chinese}" take different values`);
    }
  }
  return problems;
}
