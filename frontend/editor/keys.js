// What Tab does. It indents for those who write here, and never holds those who only come by on their way through the
// page: until the text was clicked, changed or moved through, Tab and Shift-Tab go on to what is next. From then on
// Escape, then Tab, does, as in every CodeMirror; its
// description tells those who cannot see that.
import { indentLess, indentMore } from "@codemirror/commands";
import { ViewPlugin, keymap } from "@codemirror/view";
import { acceptCompletion } from "@codemirror/autocomplete";

const atWork = ViewPlugin.fromClass(
  class {
    isAtWork = false;

    update(update) {
      const isOurs = (event) => update.transactions.some((transaction) => transaction.isUserEvent(event));
      if (update.focusChanged && !update.view.hasFocus) this.isAtWork = false;
      if (isOurs("select") || isOurs("input") || isOurs("delete") || isOurs("move")) this.isAtWork = true;
    }
  },
  { eventHandlers: { pointerdown() { this.isAtWork = true; } } },
);

/** Runs a command once somebody works here, else lets the key do what it does everywhere. */
const once = (command) => (view) => (view.plugin(atWork)?.isAtWork ? command(view) : false);

/** The extension: `indent` as above, or `move` for a Tab that always goes on. */
export function tabKey(tab) {
  if (tab === "move") return [];
  return [
    atWork,
    keymap.of([
      { key: "Tab", run: once((view) => acceptCompletion(view) || indentMore(view)), shift: once(indentLess) },
    ]),
  ];
}
