// What the server objects to, at its place: marked in the text and beside the line, and said below the line, as forms say
// it below a field. A pointer need not find it, so it is the same by touch.
import { lintGutter, linter, setDiagnostics } from "@codemirror/lint";
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType } from "@codemirror/view";
import { find, outline } from "./outline.js";
import { filled } from "./words.js";

/** Where a problem is: the range of characters that are marked. */
export function rangeOf(text, problem, root = outline(text)) {
  if (Number.isInteger(problem.line)) return rangeInLine(text, problem.line, problem.column);
  const entry = problem.path ? find(root, problem.path) : null;
  if (!entry) return rangeInLine(text, 1, null);
  // The value that is wrong; of what has parts, the key.
  return entry.text ? trimmed(text, entry.valueFrom, entry.valueTo) : trimmed(text, entry.from, Math.max(entry.to, entry.from + 1));
}

/** The first line of a range alone: what goes on is marked where it begins. */
function trimmed(text, from, to) {
  const end = text.indexOf("\n", from);
  return { from, to: end < 0 ? to : Math.min(to, end) };
}

/** The word at a line and column, which count from 1; without a column the line. Beyond the end it is the last one. */
function rangeInLine(text, line, column) {
  let from = 0;
  for (let left = line; left > 1; left -= 1) {
    const next = text.indexOf("\n", from);
    if (next < 0) break;
    from = next + 1;
  }
  const end = text.indexOf("\n", from);
  const to = end < 0 ? text.length : end;
  const content = text.slice(from, to);
  const start = column > 0 ? Math.min(column - 1, content.length) : Math.max(content.search(/\S/), 0);
  const rest = content.slice(start);
  const length = column > 0 ? (/^[^\s:,[\]{}]+/.exec(rest)?.[0].length ?? 1) : rest.trimEnd().length;
  return { from: from + start, to: from + Math.min(start + length, content.length) };
}

class Sentence extends WidgetType {
  constructor(message) {
    super();
    this.message = message;
  }

  eq(other) {
    return other.message === this.message;
  }

  toDOM() {
    const line = document.createElement("div");
    line.className = "cm-problem";
    line.textContent = this.message;
    return line;
  }
}

const setSentences = StateEffect.define();

const sentences = StateField.define({
  create: () => Decoration.none,
  update(shown, transaction) {
    const set = transaction.effects.find((effect) => effect.is(setSentences));
    return set ? set.value : shown.map(transaction.changes);
  },
  provide: (field) => [
    EditorView.decorations.from(field),
    EditorView.contentAttributes.from(field, (shown) => ({ "aria-invalid": shown.size > 0 ? "true" : "false" })),
  ],
});

const messages = (shown) => {
  const found = [];
  for (let cursor = shown.iter(); cursor.value; cursor.next()) found.push(cursor.value.spec.widget.message);
  return found.join("\n");
};

/** Shows problems in the place of those before. Those that were shown already are not announced again. */
export function showProblems(view, problems, words) {
  const { doc } = view.state;
  const text = doc.toString();
  const root = outline(text);
  const found = problems
    .map((problem) => ({ ...rangeOf(text, problem, root), message: problem.message, severity: "error" }))
    .sort((one, other) => one.from - other.from);
  const below = found.map(({ from, message }) => Decoration.widget({ widget: new Sentence(message), block: true, side: 1 }).range(doc.lineAt(from).to));
  const said = Decoration.set(below, true);
  const effects = [setSentences.of(said)];
  if (found.length > 0 && messages(said) !== messages(view.state.field(sentences))) {
    const sentence = found.length === 1 ? words.problem : words.problems;
    const values = { count: found.length, line: doc.lineAt(found[0].from).number, message: found[0].message };
    effects.push(EditorView.announce.of(filled(sentence, values)));
  }
  const shown = setDiagnostics(view.state, found);
  view.dispatch({ ...shown, effects: [...[shown.effects ?? []].flat(), ...effects] });
}

/** The extension. What is said below the line need not be said again over it. */
export const problemMarks = [
  sentences,
  linter(null, { tooltipFilter: () => [] }),
  lintGutter({ tooltipFilter: () => [] }),
];
