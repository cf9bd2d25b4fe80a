// How the editor looks: a field like the others, made of the site's own tokens (style/tokens.css), so that the theme of
// the page is the editor's at once.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const COARSE = "@media (pointer: coarse)";
const NARROW = "@media (width < 40rem)";
// Of one line; the heights below count lines.
const LINE = 1.6;
const PADDING = "var(--s2)";
const lines = (count) => `calc(${count * LINE}em + 2 * ${PADDING})`;

const frame = {
  "&": {
    border: "1px solid var(--line-control)",
    borderRadius: "var(--radius)",
    background: "var(--surface)",
    color: "var(--ink)",
    overflow: "hidden",
    transition: "border-color var(--quick)",
  },
  "&:hover": { borderColor: "var(--ink-3)" },
  "&.cm-focused": { borderColor: "var(--accent)", outline: "2px solid var(--accent)", outlineOffset: "-1px" },
  "&:has([aria-invalid=true])": { borderColor: "var(--failed)" },
  "&.cm-focused:has([aria-invalid=true])": { outlineColor: "var(--failed)" },
  "&.cm-off": { borderColor: "var(--line-2)", background: "var(--sunken)", color: "var(--ink-2)" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    fontFeatureSettings: "normal",
    fontSize: "0.8125rem",
    lineHeight: String(LINE),
    // Never higher than what a phone shows, or nobody could scroll past it.
    maxHeight: `min(${lines(32)}, 75dvh)`,
    overscrollBehavior: "auto",
    scrollbarColor: "var(--line-2) transparent",
  },
  ".cm-content": { padding: `${PADDING} 0`, caretColor: "var(--ink)", tabSize: "2" },
  ".cm-content, .cm-gutters": { minHeight: lines(12) },
  ".cm-line": { padding: "0 var(--s3) 0 var(--s1)" },
  ".cm-line ::selection, .cm-line::selection": { background: "color-mix(in oklab, var(--accent) 30%, transparent)" },
  "&.cm-focused .cm-activeLine": { background: "color-mix(in oklab, var(--hover) 60%, transparent)" },
  ".cm-activeLine": { background: "transparent" },
  // iOS zooms into anything smaller.
  [COARSE]: { ".cm-scroller": { fontSize: "1rem", lineHeight: "1.5" } },
};

const gutters = {
  ".cm-gutters": { border: "0", background: "transparent", color: "var(--ink-3)", userSelect: "none" },
  "&.cm-off .cm-gutters": { background: "var(--sunken)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "2.25em", padding: "0 2px 0 0" },
  ".cm-activeLineGutter": { background: "transparent" },
  "&.cm-focused .cm-activeLineGutter": { color: "var(--ink)" },
  ".cm-foldGutter .cm-gutterElement": { width: "1.4em", textAlign: "center", cursor: "pointer" },
  ".cm-foldGutter .cm-gutterElement:hover": { color: "var(--ink)" },
  ".cm-foldPlaceholder": {
    margin: "0 var(--s1)",
    padding: "0 var(--s1)",
    border: "1px solid var(--line-2)",
    borderRadius: "var(--radius-small)",
    background: "var(--sunken)",
    color: "var(--ink-2)",
  },
  ".cm-gutter-lint": { width: "1.25em" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0" },
  // The mark of what has failed, as everywhere, in the place of a picture of its own colours.
  ".cm-lint-marker": { width: "auto", height: "auto", textAlign: "center" },
  ".cm-lint-marker-error": { content: "normal", color: "var(--failed-ink)" },
  ".cm-lint-marker-error::before": { content: '"✕"' },
  // What is too small for a finger only takes room from the text.
  [NARROW]: {
    ".cm-foldGutter, .cm-gutter-lint": { display: "none !important" },
    ".cm-lineNumbers .cm-gutterElement": { minWidth: "1.75em", padding: "0 6px 0 0" },
  },
};

const problems = {
  ".cm-lintRange": { paddingBottom: "0" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--failed)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-active": { background: "var(--failed-soft)" },
  ".cm-problem": {
    padding: "2px var(--s3) 3px var(--s1)",
    background: "var(--failed-soft)",
    color: "var(--failed-ink)",
    fontFamily: "var(--sans)",
    fontSize: "var(--text-small)",
    lineHeight: "1.5",
    whiteSpace: "pre-wrap",
  },
  ".cm-diagnostic": { padding: "var(--s1) var(--s3)", margin: "0", fontSize: "var(--text-small)" },
  ".cm-diagnostic-error": { borderInlineStart: "3px solid var(--failed)" },
  ".cm-panel.cm-panel-lint ul [aria-selected], .cm-panel.cm-panel-lint ul:focus [aria-selected]": {
    background: "var(--hover)",
    color: "var(--ink)",
  },
};

const floating = {
  ".cm-tooltip": {
    border: "1px solid var(--line-2)",
    borderRadius: "var(--radius)",
    background: "var(--surface)",
    color: "var(--ink)",
    boxShadow: "var(--lift)",
    fontSize: "var(--text-small)",
    lineHeight: "1.5",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete": { overflow: "visible" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    boxSizing: "border-box",
    minWidth: "min(16rem, calc(100vw - 2 * var(--s4)))",
    maxWidth: "min(34rem, calc(100vw - 2 * var(--s4)))",
    maxHeight: "18rem",
    padding: "var(--s1)",
    fontFamily: "inherit",
    overscrollBehavior: "contain",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    gap: "var(--s3)",
    alignItems: "baseline",
    padding: "3px var(--s2)",
    borderRadius: "var(--radius-small)",
    lineHeight: "1.5",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--accent-soft)", color: "var(--ink)" },
  ".cm-completionLabel": { fontFamily: "var(--mono)", fontFeatureSettings: "normal", flex: "none", minWidth: "11ch" },
  ".cm-offer-required .cm-completionLabel": { fontWeight: "600" },
  ".cm-completionMatchedText": { color: "var(--accent-ink)", textDecoration: "none" },
  ".cm-completionDetail": {
    margin: "0",
    color: "var(--ink-3)",
    fontStyle: "normal",
    overflow: "hidden",
    textOverflow: "ellipsis",
  },
  "li[aria-selected] .cm-completionDetail": { color: "var(--ink-2)" },
  ".cm-tooltip.cm-completionInfo": { padding: "0", whiteSpace: "normal" },
  ".cm-explanation": { display: "grid", gap: "var(--s1)", maxWidth: "24rem", padding: "var(--s2) var(--s3)" },
  ".cm-explanation code": { fontFamily: "var(--mono)", fontSize: "0.9375em" },
  ".cm-fact": { display: "flex", gap: "var(--s2)", color: "var(--ink-2)" },
  ".cm-factName": { flex: "none", minWidth: "4rem", color: "var(--ink-3)" },
  // The row says the name, and below it what it is for; there is no room for more beside it.
  [NARROW]: {
    ".cm-tooltip.cm-completionInfo": { display: "none" },
    ".cm-completionDetail": { whiteSpace: "normal" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { flexDirection: "column", gap: "0", alignItems: "stretch", justifyContent: "center" },
  },
  [COARSE]: { ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { boxSizing: "border-box", minHeight: "44px", padding: "var(--s1) var(--s2)" } },
};

const search = {
  ".cm-panels": { background: "var(--sunken)", color: "var(--ink)", zIndex: "1" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search": {
    display: "flex",
    flexWrap: "wrap",
    gap: "var(--s2)",
    alignItems: "center",
    padding: "var(--s2) 2.75rem var(--s2) var(--s2)",
    fontSize: "var(--text-small)",
  },
  // It selects in several places at once, which is not to be had here.
  ".cm-panel.cm-search [name=select]": { display: "none" },
  ".cm-dialog": { padding: "var(--s2) 2.75rem var(--s2) var(--s2)", fontSize: "var(--text-small)" },
  ".cm-dialog form": { display: "flex", gap: "var(--s2)", alignItems: "center" },
  ".cm-dialog label": { display: "flex", gap: "var(--s2)", alignItems: "center", fontSize: "inherit" },
  ".cm-dialog .cm-textfield": { maxWidth: "6rem" },
  ".cm-panel.cm-search :is(input, button, label)": { margin: "0" },
  ".cm-panel.cm-search label": { display: "flex", gap: "6px", alignItems: "center", fontSize: "inherit", minHeight: "var(--control-small)" },
  ".cm-textfield": {
    flex: "0 1 12rem",
    minWidth: "0",
    minHeight: "var(--control-small)",
    padding: "2px 8px",
    border: "1px solid var(--line-control)",
    borderRadius: "var(--radius-small)",
    background: "var(--surface)",
    color: "var(--ink)",
    fontSize: "inherit",
  },
  ".cm-button": {
    minHeight: "var(--control-small)",
    padding: "2px 10px",
    border: "1px solid var(--line-2)",
    borderRadius: "var(--radius-small)",
    background: "var(--surface)",
    color: "var(--ink)",
    fontSize: "inherit",
    fontWeight: "500",
    cursor: "pointer",
  },
  ".cm-button:hover": { background: "var(--hover)" },
  ".cm-button:active": { background: "var(--hover)" },
  ".cm-panel.cm-search [name=close], .cm-dialog-close": {
    top: "var(--s2)",
    right: "var(--s2)",
    width: "var(--control-small)",
    height: "var(--control-small)",
    borderRadius: "var(--radius-small)",
    background: "transparent",
    color: "var(--ink-2)",
    fontSize: "1.125rem",
    lineHeight: "1",
    cursor: "pointer",
  },
  ".cm-panel.cm-search [name=close]:hover, .cm-dialog-close:hover": { background: "var(--hover)", color: "var(--ink)" },
  ".cm-searchMatch": { background: "color-mix(in oklab, var(--degraded) 30%, transparent)", borderRadius: "2px" },
  ".cm-searchMatch.cm-searchMatch-selected": { background: "color-mix(in oklab, var(--degraded) 60%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { background: "var(--accent-soft)", outline: "1px solid var(--accent-line)" },
  "&.cm-focused .cm-nonmatchingBracket": { background: "var(--failed-soft)" },
  [COARSE]: { ".cm-textfield": { fontSize: "1rem" } },
  // The text has to be seen below it.
  [NARROW]: {
    ".cm-panel.cm-search label:has([name=re], [name=word])": { display: "none" },
    ".cm-panel.cm-search": { paddingRight: "var(--s2)" },
    ".cm-panel.cm-search .cm-textfield": { flex: "1 1 100%" },
    ".cm-panel.cm-search .cm-textfield[name=search]": { flexBasis: "calc(100% - 3.5rem)", marginRight: "3.25rem" },
  },
};

// Ink and paper: what the document is made of stands out by weight, what only divides it steps back.
const inks = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--ink)", fontWeight: "600" },
  { tag: [tags.content, tags.string], color: "var(--ink-2)" },
  { tag: [tags.typeName, tags.labelName, tags.keyword, tags.meta], color: "var(--accent-ink)" },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "var(--ink-3)" },
  { tag: tags.comment, color: "var(--ink-3)", fontStyle: "italic" },
]);

/** The extension. */
export const theme = [...[frame, gutters, problems, floating, search].map((part) => EditorView.theme(part)), syntaxHighlighting(inks)];
