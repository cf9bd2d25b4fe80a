// A text area that something else stands in for: it stays where it is and in its form, but is neither seen, nor read out,
// nor reached by Tab. Whatever leads to it (its label, a link to its id, the browser's own check of a form) leads on to
// the one that stands in.

/** How it is hidden. Not by `hidden`, which would let nothing lead to it. */
const HIDDEN = {
  position: "absolute",
  inlineSize: "1px",
  blockSize: "1px",
  minBlockSize: "0",
  margin: "0",
  padding: "0",
  border: "0",
  overflow: "hidden",
  clipPath: "inset(50%)",
  resize: "none",
};

const SPOKEN = ["aria-hidden", "tabindex"];

let count = 0;

/**
 * Prepares to stand in for a text area: `host` is the element to fill, behind it in the page; `attributes` are what the
 * field in it needs to be announced as the text area was, with `hint` read after its description. After `begin`,
 * `write(text)` is as if somebody typed, and `end()` brings the text area back.
 */
export function standIn(textarea, { label, hint }) {
  const host = document.createElement("div");
  host.className = "editor";
  const described = document.createElement("span");
  described.id = `editor-keys-${(count += 1)}`;
  described.hidden = true;
  described.textContent = hint;
  host.append(described);
  textarea.after(host);

  const name = label || textarea.getAttribute("aria-label") || textarea.labels?.[0]?.textContent.trim() || "";
  const descriptions = [textarea.getAttribute("aria-describedby"), described.id].filter(Boolean).join(" ");
  const before = SPOKEN.map((attribute) => [attribute, textarea.getAttribute(attribute)]);
  const style = textarea.getAttribute("style");
  const ending = new AbortController();
  let isTyped = false;

  // What happens inside, such as typing in the search, is none of the form's business.
  for (const event of ["input", "change"]) host.addEventListener(event, (inner) => inner.stopPropagation());

  // As a text area does, it says what was changed when people go on.
  host.addEventListener("focusout", ({ relatedTarget }) => {
    if (!isTyped || host.contains(relatedTarget)) return;
    isTyped = false;
    textarea.dispatchEvent(new Event("change", { bubbles: true }));
  });

  return {
    host,
    attributes: { "aria-label": name, "aria-describedby": descriptions, tabindex: "0" },
    begin({ focus, reset }) {
      const { signal } = ending;
      const hadFocus = document.activeElement === textarea;
      Object.assign(textarea.style, HIDDEN);
      textarea.setAttribute("aria-hidden", "true");
      textarea.setAttribute("tabindex", "-1");
      textarea.addEventListener("focus", focus, { signal });
      // The form puts its fields back after it has said so.
      textarea.form?.addEventListener("reset", () => setTimeout(() => signal.aborted || reset()), { signal });
      if (hadFocus) focus();
    },
    write(text) {
      isTyped = true;
      textarea.value = text;
      textarea.dispatchEvent(new Event("input", { bubbles: true }));
    },
    end() {
      ending.abort();
      host.remove();
      for (const [attribute, value] of before) {
        if (value === null) textarea.removeAttribute(attribute);
        else textarea.setAttribute(attribute, value);
      }
      if (style === null) textarea.removeAttribute("style");
      else textarea.style.cssText = style;
    },
  };
}
