// Pictures of a page at three widths, in both themes and both languages, and the checks every screen has to pass.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { assertAccessible, assertFits } from "./axe.mjs";
import { openContext, watchLoads } from "./browser.mjs";

/** Where pictures and traces go. */
export const ARTIFACTS = path.resolve(import.meta.dirname, "../artifacts");

/** A phone's and a desk's width, each in both themes and both languages: enough where no pair is special. */
export const NARROW_AND_WIDE = [
  { width: 360, theme: "light", language: "en" },
  { width: 360, theme: "dark", language: "zh" },
  { width: 1440, theme: "dark", language: "en" },
  { width: 1440, theme: "light", language: "zh" },
];

/** Every view of a page: 3 widths × 2 themes × 2 languages. */
export const VIEWS = [360, 768, 1440].flatMap((width) =>
  ["light", "dark"].flatMap((theme) => ["en", "zh"].map((language) => ({ width, theme, language }))),
);

/** The checks of one screen in a page that is open already; what it finds is told to `found`. */
async function look(page, complaints, { address, name, ready, hydration = true }, view, found) {
  // Nothing that the screen before asks for, or complains of, is taken for this one's.
  await page.goto("about:blank");
  const loads = watchLoads(page);
  try {
    await page.goto(address);
    if (hydration) {
      const asked = await loads.settled();
      if (asked.length > 0) found(`it loads again what came with it: ${asked.join(" ")}`);
    }
    await ready?.(page);
    await page.screenshot({ path: path.join(ARTIFACTS, `${name}-${view.width}-${view.theme}-${view.language}.png`), fullPage: true });
    for (const check of [assertAccessible, assertFits]) await check(page).catch((error) => found(error.message));
  } catch (error) {
    found(error.message);
  } finally {
    loads.end();
  }
  for (const complaint of complaints.take()) found(`the browser complained: ${complaint}`);
}

/**
 * Takes pictures of each screen as `NAME-WIDTH-THEME-LANGUAGE.png`, and fails when the browser complains, when axe
 * finds something, when the page scrolls sideways, or when it asks for anything that it came with. All findings are told at once.
 *
 * A screen is `{ name, address, storageState, ready, hydration }`: a path, who is signed in, what is awaited with the
 * page before the picture, whether to wait for the module (default true). Those of one person share a browser's
 * context in each view, so that the module is fetched and compiled once, as it is for people.
 *
 * Options: `baseURL`, `views` (default: all).
 */
export async function inspectAll(screens, { baseURL, views = VIEWS }) {
  await mkdir(ARTIFACTS, { recursive: true });
  const findings = [];
  for (const view of views) {
    for (const storageState of new Set(screens.map((screen) => screen.storageState))) {
      const { context, complaints } = await openContext({ ...view, height: view.width < 768 ? 740 : 900, baseURL, storageState });
      // One page after the other in the same tab, as a person goes: a new one would compile the module anew.
      const page = await context.newPage();
      for (const screen of screens.filter((one) => one.storageState === storageState)) {
        const label = `${screen.name} at ${view.width} px, ${view.theme}, ${view.language}`;
        await look(page, complaints, screen, view, (text) => findings.push(`${label}: ${text}`));
      }
      await context.close();
    }
  }
  if (findings.length > 0) throw new Error(findings.join("\n"));
}

/** The same for one screen: what `inspectAll` takes of a screen and as options, together. */
export function inspect(address, { baseURL, views, ...screen }) {
  return inspectAll([{ address, ...screen }], { baseURL, views });
}
