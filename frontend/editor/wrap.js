// Lines that are too long go on below where they began, not at the edge: what is inside what can still be seen.
import { RangeSetBuilder } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin } from "@codemirror/view";

// On a phone a third of a line.
const MOST = 10;
const BEYOND = 2;

const marks = Array.from({ length: MOST + 1 }, (_, columns) =>
  Decoration.line({ class: "cm-hanging", attributes: { style: `--hanging: ${columns}ch` } }),
);

function hanging(view) {
  const builder = new RangeSetBuilder();
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      const columns = /^ *(?:- +)*/.exec(line.text)[0].length + BEYOND;
      builder.add(line.from, line.from, marks[Math.min(columns, MOST)]);
      at = line.to + 1;
    }
  }
  return builder.finish();
}

/** The extension. */
export const wrapping = [
  EditorView.lineWrapping,
  ViewPlugin.fromClass(
    class {
      constructor(view) {
        this.decorations = hanging(view);
      }

      update(update) {
        if (update.docChanged || update.viewportChanged) this.decorations = hanging(update.view);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  ),
  EditorView.theme({
    ".cm-line.cm-hanging": { paddingInlineStart: "calc(var(--s1) + var(--hanging))", textIndent: "calc(-1 * var(--hanging))" },
  }),
];
