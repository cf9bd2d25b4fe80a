// Pictures of a page at three widths, in both themes and both languages, and the checks every screen has to pass.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { assertAccessible, assertFits } from "./axe.mjs";
import { hydrated, openContext } from "./browser.mjs";

/** Where pictures and traces go. */
export const ARTIFACTS = path.resolve(import.meta.dirname, "../artifacts");

/** Every view of a page: 3 widths × 2 themes × 2 languages. */
export const VIEWS = [360, 768, 1440].flatMap((width) =>
  ["light", "dark"].flatMap((theme) => ["en", "zh"].map((language) => ({ width, theme, language }))),
);

/**
 * Takes pictures of `address` (a path) as `NAME-WIDTH-THEME-LANGUAGE.png`, and fails when the browser complains,
 * when axe finds something, or when the page scrolls sideways. All findings are told at once.
 *
 * Options: `baseURL`, `storageState` (who is signed in), `name`, `views` (default: all), `ready` (awaited with the
 * page before the picture), `hydration` (wait for the module; default true).
 */
export async function inspect(address, { baseURL, storageState, name, views = VIEWS, ready, hydration = true }) {
  await mkdir(ARTIFACTS, { recursive: true });
  const findings = [];
  for (const view of views) {
    const label = `${name} at ${view.width} px, ${view.theme}, ${view.language}`;
    const { context, complaints } = await openContext({ ...view, height: view.width < 768 ? 740 : 900, baseURL, storageState });
    try {
      const page = await context.newPage();
      await page.goto(address);
      if (hydration) await hydrated(page);
      await ready?.(page);
      await page.screenshot({ path: path.join(ARTIFACTS, `${name}-${view.width}-${view.theme}-${view.language}.png`), fullPage: true });
      for (const check of [assertAccessible, assertFits, () => complaints.verify()]) {
        await Promise.resolve().then(() => check(page)).catch((error) => findings.push(`${label}: ${error.message}`));
      }
    } catch (error) {
      findings.push(`${label}: ${error.message}`);
    } finally {
      await context.close();
    }
  }
  if (findings.length > 0) throw new Error(findings.join("\n"));
}
