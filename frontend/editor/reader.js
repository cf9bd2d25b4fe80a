// What a YAML document says and where, as far as it can be understood while somebody writes it. The tree that colours
// the text is no help there: it takes an unfinished line for more of the value before it. This reads line by line, goes
// by how far each is indented, and never fails. It knows neither the editor nor what a document may say.

/**
 * What stands at a place: a mapping or a list, or `kind` null while it has no entries yet. `parent` is the entry whose
 * value it is. An entry has its `key` (in a list its number), the `node` it belongs to, its `value` if that has entries
 * of its own, else its `text`; `from` and `to` bound the key or the dash, `valueFrom` and `valueTo` the text.
 */
const newNode = (parent) => ({ kind: null, entries: [], parent });

const PLAIN_KEY = /[^\s[\]{}"'#&*!|>%@`,][^\n]*?(?=[ \t]*:(?:[ \t\n]|$))/y;
const QUOTED_KEY = /(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*')(?=[ \t]*:(?:[ \t\n]|$))/y;
const QUOTED = { '"': /"(?:[^"\\]|\\[\s\S])*"/y, "'": /'(?:[^']|'')*'/y };
const FLOW_PLAIN = /(?:[^,:{}[\]\n#]|:(?![\s,{}[\]]|$)|(?<!\s)#)+/y;

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function unquoted(token) {
  if (token.length > 1 && token.startsWith("'") && token.endsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  if (!token.startsWith('"')) return token.trim();
  try {
    return String(JSON.parse(token));
  } catch {
    return token.replaceAll('"', "");
  }
}

/** Reads a text at once: its `root`, and the `place` of the cursor if it is at one. */
export class Reader {
  root = newNode(null);
  // The open mappings and lists, outermost first, each with the column of its entries.
  levels = [];
  place = null;
  at = 0;

  constructor(text, cursor) {
    this.text = text;
    this.cursor = cursor;
    while (this.at <= text.length) this.line();
  }

  isIn(from, to) {
    return this.cursor >= from && this.cursor <= to;
  }

  add(node, key, from, to) {
    const entry = { key, node, value: null, text: null, from, to, valueFrom: to, valueTo: to };
    node.entries.push(entry);
    return entry;
  }

  /** The value of an entry, to be filled with entries of that kind. */
  valueOf(entry, kind) {
    if (!entry) return newNode(null);
    entry.value ??= newNode(entry);
    // One that is of the other kind already stays: this line is out of place.
    return kind === null || entry.value.kind === null || entry.value.kind === kind ? entry.value : newNode(entry);
  }

  /** The mapping or list with entries at a column, or what would be one if the kind is null. */
  level(column, kind) {
    const { levels } = this;
    while (levels.length > 0 && levels.at(-1).column > column) levels.pop();
    // A list may stand as far to the left as the key that it belongs to.
    if (kind !== "seq" && levels.at(-1)?.node.kind === "seq" && levels.at(-2)?.column === column) levels.pop();
    const top = levels.at(-1);
    if (top?.column === column) {
      top.node.kind ??= kind;
      if (kind === null || kind === top.node.kind) return top.node;
      // A key where only dashes can stand belongs to nothing.
      if (kind === "map") return { ...newNode(null), kind };
    }
    const node = top ? this.valueOf(top.node.entries.at(-1), kind) : this.root;
    node.kind ??= kind;
    levels.push({ column, node });
    return node;
  }

  /** The entry that a value at a column belongs to, and the column that its lines have to pass. */
  holder(column) {
    const top = this.levels.findLast((level) => level.column < column);
    return { entry: top?.node.entries.at(-1), column: top?.column ?? -1 };
  }

  /** Says that the cursor is at a word that may become a key or a value. */
  word(column, from, to) {
    const { entry } = this.holder(column);
    const node = this.level(column, null);
    const isContinued = node.parent !== null && node.parent === entry && entry.text !== null;
    if (!isContinued) this.place = { kind: "word", node, entry: null, from, to, column, flow: false };
  }

  endOfLine(at = this.at) {
    const end = this.text.indexOf("\n", at);
    return end < 0 ? this.text.length : end;
  }

  line() {
    const { text } = this;
    const start = this.at;
    const end = this.endOfLine();
    this.at += /^[ \t]*/.exec(text.slice(start, end))[0].length;
    if (this.at === end) {
      if (this.isIn(start, end)) this.word(this.cursor - start, this.cursor, this.cursor);
    } else if (/^(---|\.\.\.)(\s|$)/.test(text.slice(start, start + 4))) {
      this.levels = [];
    } else if (text[this.at] !== "#") {
      this.entries(start, end);
      return;
    }
    this.at = end + 1;
  }

  /** Reads the dashes and the key of a line, and what follows them, to the start of the next line. */
  entries(start, end) {
    const { text } = this;
    while (text[this.at] === "-" && /[ \t\n]|^$/.test(text[this.at + 1] ?? "")) {
      const node = this.level(this.at - start, "seq");
      const entry = this.add(node, node.entries.length, this.at, this.at + 1);
      this.at += 1 + /^[ \t]*/.exec(text.slice(this.at + 1, end))[0].length;
      entry.valueFrom = entry.valueTo = this.at;
      if (this.at === end || text[this.at] === "#") {
        if (this.isIn(entry.to + 1, this.at)) this.word(this.cursor - start, this.cursor, this.cursor);
        this.at = end + 1;
        return;
      }
    }
    const column = this.at - start;
    const key = matchAt(QUOTED_KEY, text, this.at) ?? matchAt(PLAIN_KEY, text, this.at);
    if (key === undefined || /\s#/.test(key)) {
      this.loose(column, end);
      return;
    }
    const from = this.at;
    const entry = this.add(this.level(column, "map"), unquoted(key), from, from + key.length);
    if (this.isIn(entry.from, entry.to)) {
      this.place = { kind: "key", node: entry.node, entry, from, to: entry.to, column, flow: false };
    }
    this.at = text.indexOf(":", entry.to) + 1;
    this.value(entry, column, end);
  }

  /** A line, or the rest of one after dashes, without a key. */
  loose(column, end) {
    const { entry, column: outer } = this.holder(column);
    const to = this.endOfPlain(end);
    if (this.isIn(this.at, to) && !/["'{[|>#]/.test(this.text[this.at])) {
      this.word(column, this.at, to);
      this.at = end + 1;
    } else if (entry && entry.text === null && !entry.value) {
      this.value(entry, outer, end);
    } else if (!entry && this.levels.length === 0 && /[{[]/.test(this.text[this.at])) {
      this.flow(this.root, -1);
      this.at = this.endOfLine() + 1;
    } else {
      this.at = end + 1;
    }
  }

  /** Where a plain value ends that begins here: before a comment and the spaces at the end. */
  endOfPlain(end) {
    const line = this.text.slice(this.at, end);
    return this.at + line.replace(/(^|\s)#.*$/, "").trimEnd().length;
  }

  /** Reads the value of an entry, to the start of the next line. Its further lines are indented beyond `column`. */
  value(entry, column, end) {
    const { text } = this;
    const began = this.at;
    // Anchors and tags say nothing here.
    this.at += /^[ \t]*(?:[&!]\S*[ \t]*)*/.exec(text.slice(this.at, end))[0].length;
    entry.valueFrom = entry.valueTo = this.at;
    const first = text[this.at];
    if (this.at === end || first === "#") {
      if (this.isIn(began + 1, this.at)) this.place = { kind: "value", node: entry.node, entry, from: this.cursor, to: this.cursor, flow: false };
      this.at = end + 1;
    } else if (/[|>]/.test(first)) {
      this.block(entry, column, end);
    } else if (/[{[]/.test(first)) {
      this.flow(this.valueOf(entry, null), column);
      entry.valueTo = Math.min(this.at, text.length);
      // A mapping that was never closed has ended at the start of a line.
      this.at = text[this.at - 1] === "\n" ? this.at : this.endOfLine() + 1;
    } else {
      const quoted = QUOTED[first] && this.quoted(first, column);
      entry.valueTo = quoted ? this.at + quoted.length : this.endOfPlain(end);
      entry.text = unquoted(text.slice(this.at, entry.valueTo));
      if (!QUOTED[first] && this.isIn(this.at, entry.valueTo)) {
        this.place = { kind: "value", node: entry.node, entry, from: this.at, to: entry.valueTo, flow: false };
      }
      this.at = this.endOfLine(entry.valueTo) + 1;
    }
  }

  /** A quoted value, unless its quote is closed only beyond where it has to end. */
  quoted(quote, column) {
    const found = matchAt(QUOTED[quote], this.text, this.at);
    const isWithin = (line) => line.trim() === "" || line.search(/\S/) > column;
    return found?.split("\n").slice(1).every(isWithin) ? found : undefined;
  }

  /** Lines of text after `|` or `>`. Empty ones behind them may be where something else begins. */
  block(entry, column, end) {
    let last = end;
    for (let at = end + 1; at <= this.text.length; ) {
      const lineEnd = this.endOfLine(at);
      const indent = this.text.slice(at, lineEnd).search(/\S/);
      if (indent >= 0 && indent <= column) break;
      if (indent >= 0) last = lineEnd;
      at = lineEnd + 1;
    }
    entry.text = this.text.slice(Math.min(end + 1, last), last);
    entry.valueTo = last;
    this.at = last + 1;
  }

  /** Skips white space and comments inside brackets. False where they cannot go on: they were never closed. */
  gap(column) {
    const { text } = this;
    while (this.at < text.length) {
      if (text[this.at] === "#") {
        this.at = this.endOfLine();
      } else if (text[this.at] === "\n") {
        const next = /^[ \t]*/.exec(text.slice(this.at + 1, this.endOfLine(this.at + 1)))[0].length;
        const first = text[this.at + 1 + next] ?? "\n";
        this.at += 1;
        if (next <= column && !/[}\],\n#]/.test(first)) return false;
      } else if (/\s/.test(text[this.at])) {
        this.at += 1;
      } else {
        return true;
      }
    }
    return false;
  }

  flowToken() {
    const quoted = QUOTED[this.text[this.at]] && matchAt(QUOTED[this.text[this.at]], this.text, this.at);
    const token = quoted ?? (matchAt(FLOW_PLAIN, this.text, this.at) ?? "").trimEnd();
    this.at += token.length;
    return token;
  }

  /** Reads `{…}` or `[…]`. False when it was never closed. */
  flow(node, column) {
    const { text } = this;
    node.kind = text[this.at] === "{" ? "map" : "seq";
    this.at += 1;
    for (let isNext = true; ; ) {
      const began = this.at;
      const goesOn = this.gap(column);
      const isEnd = !goesOn || /[,}\]]/.test(text[this.at]);
      if (isNext && this.isIn(began, isEnd ? this.at : this.at - 1)) {
        const here = { node, from: this.cursor, to: this.cursor, flow: true };
        const entry = node.kind === "map" ? null : { key: node.entries.length, node, text: null };
        this.place = { ...here, kind: entry ? "value" : "word", entry };
      }
      if (!goesOn) return false;
      isNext = text[this.at] === ",";
      if (/[}\]]/.test(text[this.at])) {
        this.at += 1;
        return true;
      }
      if (text[this.at] === ",") {
        this.at += 1;
      } else if (node.kind === "seq") {
        if (!this.flowValue(this.add(node, node.entries.length, this.at, this.at), column)) return false;
      } else if (!this.pair(node, column)) {
        return false;
      }
    }
  }

  /** A key inside braces with its value. */
  pair(node, column) {
    const from = this.at;
    const entry = this.add(node, unquoted(this.flowToken()), from, this.at);
    if (this.isIn(from, entry.to)) this.place = { kind: "key", node, entry, from, to: entry.to, flow: true };
    if (!this.gap(column)) return false;
    if (this.text[this.at] === ":") {
      this.at += 1;
      return this.flowValue(entry, column);
    }
    // Something that has no place here; go on behind it.
    if (this.at === from) this.at += 1;
    return true;
  }

  flowValue(entry, column) {
    const { text } = this;
    const began = this.at;
    const goesOn = this.gap(column);
    const isEnd = !goesOn || /[,}\]]/.test(text[this.at]);
    const place = (from, to) => ({ kind: "value", node: entry.node, entry, from, to, flow: true });
    if (this.isIn(began + 1, isEnd ? this.at : this.at - 1)) this.place = place(this.cursor, this.cursor);
    entry.valueFrom = entry.valueTo = this.at;
    if (!goesOn || isEnd) return goesOn;
    if (/[{[]/.test(text[this.at])) {
      const isClosed = this.flow(this.valueOf(entry, null), column);
      entry.valueTo = this.at;
      return isClosed;
    }
    const isQuoted = text[this.at] in QUOTED;
    const token = this.flowToken();
    if (token === "") this.at += 1;
    entry.valueTo = this.at;
    entry.text = unquoted(token);
    if (!isQuoted && this.isIn(entry.valueFrom, entry.valueTo)) this.place = place(entry.valueFrom, entry.valueTo);
    return true;
  }
}
