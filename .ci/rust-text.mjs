// Just enough of Rust's grammar to look at source text without being misled by comments.

/**
 * The source with comments blanked out, line for line. With `keepStrings` false the contents of string literals are
 * blanked as well.
 */
export function withoutComments(source, { keepStrings = true } = {}) {
  const blank = (text) => text.replaceAll(/[^\n]/g, " ");
  const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|r(#*)"[\s\S]*?"\1|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[^\n]+?|[^'\\\n])'/g;
  return source.replaceAll(token, (text) => {
    if (text.startsWith("//") || text.startsWith("/*")) return blank(text);
    return keepStrings || text.startsWith("'") ? text : `"${blank(text.slice(1, -1))}"`;
  });
}
