// The editor of a YAML document, in the place of a text area: the text area stays in the form and is what is posted, and
// says `input` when somebody types here, so that whatever listens to it need not know of this. It is loaded when it is
// needed, after the page; until then and without it the text area does.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, isolateHistory } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentUnit } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, tooltips } from "@codemirror/view";
import { completion } from "./completion.js";
import { explainWords } from "./explain.js";
import { indentation } from "./indent.js";
import { tabKey } from "./keys.js";
import { problemMarks, showProblems } from "./problems.js";
import { standIn } from "./textarea.js";
import { theme } from "./theme.js";
import { PHRASES, WORDS } from "./words.js";
import { wrapping } from "./wrap.js";

/** Marks a change that comes from outside: nobody has typed it. */
const given = Annotation.define();

/** What is visible, a phone's keyboard taken off: nothing floats beneath it. */
function visibleSpace() {
  const { offsetTop: top, offsetLeft: left, height, width } = window.visualViewport;
  return { top, left, bottom: top + height, right: left + width };
}

/** The smallest change that makes one text of another, so that the cursor and what is folded stay where they are. */
function difference(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}

function extensions({ schema, words, nonce, tab }) {
  return [
    EditorView.cspNonce.of(nonce),
    EditorState.phrases.of({ ...PHRASES, ...words.phrases }),
    tabKey(tab),
    completion(schema, words),
    schema ? explainWords(schema, words) : [],
    yaml(),
    indentation,
    indentUnit.of("  "),
    EditorState.tabSize.of(2),
    wrapping,
    problemMarks,
    lineNumbers(),
    foldGutter(),
    codeFolding(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    bracketMatching(),
    closeBrackets(),
    history(),
    search({ top: true }),
    tooltips({ tooltipSpace: visibleSpace }),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap]),
    theme,
  ];
}

/** What makes a document one that can be read alone; it still can be reached by keyboard, to scroll and to copy. */
function access(isDisabled) {
  if (!isDisabled) return [];
  return [
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.editorAttributes.of({ class: "cm-off" }),
    EditorView.contentAttributes.of({ "aria-readonly": "true" }),
  ];
}

const attached = new WeakMap();

/**
 * Puts an editor in the place of a text area, and returns what steers it:
 *
 * - `setText(text)` shows another text when it differs; nobody is told of it.
 * - `setProblems([{ path, line, column, message }])` shows what is wrong where, in the place of what it showed before.
 *   Line and column count from 1; without a line, the path of the value says where: `containers[0].ports[1].port`.
 * - `setDisabled(isDisabled)`: whether it can be read alone.
 * - `destroy()` brings the text area back, with the text as it is.
 *
 * Options: `schema` (JSON Schema) for suggestions, `label` (default: that of the text area), `words` (see words.js),
 * `nonce` for its styles (default: that of the page's script), `tab` (see keys.js). Throws, with the text area as it
 * was, when the page's content security policy refuses the styles.
 */
export function attach(textarea, { schema = null, label, words, nonce, tab = "indent" } = {}) {
  attached.get(textarea)?.destroy();
  const said = { ...WORDS, ...words };
  const accessible = new Compartment();
  const stand = standIn(textarea, { label, hint: said.keyboard });
  const view = new EditorView({
    parent: stand.host,
    doc: textarea.value,
    extensions: [
      accessible.of(access(textarea.disabled || textarea.readOnly)),
      extensions({ schema, words: said, nonce: nonce ?? document.querySelector("script[nonce]")?.nonce ?? "", tab }),
      EditorView.contentAttributes.of(stand.attributes),
      EditorView.updateListener.of((update) => {
        const isTyped = update.transactions.some((transaction) => transaction.docChanged && !transaction.annotation(given));
        if (isTyped) stand.write(update.state.doc.toString());
      }),
    ],
  });
  if (view.dom.isConnected && getComputedStyle(view.scrollDOM).display !== "flex") {
    view.destroy();
    stand.end();
    throw new Error("The page's content security policy refuses the editor's styles: it needs their nonce.");
  }

  const handle = {
    setText(text) {
      const before = view.state.doc.toString();
      const after = text.replaceAll(/\r\n?/g, "\n");
      if (textarea.value !== after) textarea.value = after;
      if (before === after) return;
      view.dispatch({ changes: difference(before, after), annotations: [given.of(true), isolateHistory.of("full")] });
    },
    setProblems: (problems) => showProblems(view, problems, said),
    setDisabled: (isDisabled) => view.dispatch({ effects: accessible.reconfigure(access(isDisabled)) }),
    destroy() {
      if (attached.get(textarea) !== handle) return;
      attached.delete(textarea);
      view.destroy();
      stand.end();
    },
  };
  stand.begin({ focus: () => view.focus(), reset: () => handle.setText(textarea.value) });
  attached.set(textarea, handle);
  return handle;
}
