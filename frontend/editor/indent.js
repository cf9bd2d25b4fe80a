// How far a new line is indented: under the keys beside it, under the text after a dash, or two further after `key:`.
import { indentService, syntaxTree } from "@codemirror/language";

const TWO = 2;
const BRACKETS_AND_QUOTES = new Set(["FlowMapping", "FlowSequence", "QuotedLiteral"]);

/** The column for what follows a line; null when it is not for this to say. */
export function columnAfter(line) {
  const [, space, dashes, content] = /^( *)((?:- +)*)(.*)$/s.exec(line);
  const said = content.replace(/(^|\s)#.*$/, "").trimEnd();
  // The list that the line is an item of goes on.
  if (/^-$/.test(said)) return null;
  const opens = /(?:^|\s|[^\s:]):(?:\s+[&!]\S+)*(?:\s+[|>][-+\d]*)?$/.test(said);
  const column = space.length + dashes.length;
  if (opens) return column + TWO;
  const isKey = /^(?:"[^"]*"|'[^']*'|[^\s"'[\]{}#][^#]*?)\s*:\s/.test(said);
  if (dashes && !isKey) return said === "" ? column : space.length + dashes.lastIndexOf("-");
  return column;
}

/** The extension, for new lines; the language itself indents what is inside brackets. */
export const indentation = indentService.of((context, position) => {
  if (context.simulatedBreak !== position) return undefined;
  for (let node = syntaxTree(context.state).resolveInner(position, -1); node; node = node.parent) {
    if (BRACKETS_AND_QUOTES.has(node.name) && node.from < position && node.to > position) return undefined;
  }
  const { from } = context.state.doc.lineAt(position);
  const line = context.state.sliceDoc(from, position);
  const isInBlock = syntaxTree(context.state).resolveInner(position, -1).name === "BlockLiteralContent";
  return isInBlock ? line.search(/\S|$/) : columnAfter(line);
});
