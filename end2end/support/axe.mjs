// Accessibility: no violation of WCAG 2.2 AA or of axe's best practices on a page.
import axe from "axe-core";

/** Throws with a line for each element that violates a rule. */
export async function assertAccessible(page) {
  await page.evaluate(axe.source);
  const lines = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${rule.help}: ${node.target.join(" ")}`));
  });
  if (lines.length > 0) throw new Error(`${page.url()} has ${lines.length} accessibility violations:\n  ${lines.join("\n  ")}`);
}

/** Throws when the page itself scrolls sideways. */
export async function assertFits(page) {
  const { scroll, client } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    client: document.documentElement.clientWidth,
  }));
  if (scroll > client) throw new Error(`${page.url()} is ${scroll} px wide in a window of ${client} px`);
}

/** What every screen has to be, at a desk's and at a phone's width. */
export async function assertGood(page) {
  const before = page.viewportSize();
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    await assertAccessible(page);
    await assertFits(page);
  }
  await page.setViewportSize(before);
}
