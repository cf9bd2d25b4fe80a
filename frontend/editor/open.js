// The way in for Longshore's pages: the editor with the words of the page's language, and with what a document may say as
// the server describes it.
import { attach } from "./editor.js";
import { CHINESE } from "./words-zh.js";

export { attach };

/** What is known of the languages beside English, whose words the editor has by itself. */
const LANGUAGES = { "zh-CN": CHINESE };

/** The schema at that address; nothing when it cannot be had, for people can write without suggestions. */
async function schemaAt(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/**
 * Puts an editor in the place of a text area, as `attach` does. Options: `schema`, the address of a JSON Schema, and `lang`,
 * the page's language.
 */
export async function open(textarea, { schema, lang }) {
  const known = await schemaAt(schema);
  // The page may have been left meanwhile.
  if (!textarea.isConnected) throw new Error("The text area is gone.");
  return attach(textarea, { schema: known, words: LANGUAGES[lang] });
}
