// Suggestions of keys and values from the schema, in the editor.
import { autocompletion, completionKeymap, pickedCompletion, startCompletion } from "@codemirror/autocomplete";
import { keymap } from "@codemirror/view";
import { explanation } from "./explain.js";
import { offersAt } from "./offers.js";

const REST_OF_WORD = /^[\w.-]*/;

/** Writes an offer in the place of what was typed of it, and of the rest of the word at the cursor. */
function write(offer) {
  return (view, completion, from, to) => {
    const { doc } = view.state;
    const rest = doc.sliceString(to, doc.lineAt(to).to);
    const word = REST_OF_WORD.exec(rest)[0];
    // A key that has its colon already only gets another name.
    const isRenamed = offer.kind === "key" && /^\s*:/.test(rest.slice(word.length));
    const [before, after] = isRenamed ? ["", ""] : [offer.before, offer.after];
    const head = offer.text + before;
    view.dispatch({
      changes: { from, to: to + word.length, insert: head + after },
      selection: { anchor: from + head.length },
      scrollIntoView: true,
      userEvent: "input.complete",
      annotations: pickedCompletion.of(completion),
    });
    if (offer.more && !isRenamed) startCompletion(view);
  };
}

function source(root, words) {
  return ({ state, pos, explicit }) => {
    const found = offersAt(root, state.doc.toString(), pos, explicit);
    if (!found) return null;
    return {
      from: found.from,
      validFor: /^[\w-]+$/,
      options: found.offers.map((offer, index) => ({
        label: offer.label,
        detail: offer.detail,
        type: offer.isRequired ? "required" : offer.kind,
        // In the order of the schema, what is required first.
        sortText: String(index).padStart(4, "0"),
        boost: offer.isRequired ? 1 : 0,
        info: () => (offer.schemas ? explanation(root, offer, words) : null),
        apply: write(offer),
      })),
    };
  };
}

/** The extension; without a schema there is nothing to suggest. */
export function completion(root, words) {
  if (!root) return [];
  return [
    autocompletion({
      override: [source(root, words)],
      icons: false,
      defaultKeymap: false,
      optionClass: ({ type }) => `cm-offer-${type}`,
    }),
    keymap.of(completionKeymap),
  ];
}
