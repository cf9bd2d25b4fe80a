// Publishing, watching, upgrading, rolling back and deleting an application, as a person does it.
import { hydrated } from "../support/browser.mjs";

/** Fills in the parts of an application's form that are given; the rest stays as it is. */
export async function fillSpec(page, spec) {
  for (const [field, value] of Object.entries(spec)) {
    const control = page.locator(`[name="form[spec][${field}]"]`);
    // Some stand behind a fold.
    if (!(await control.isVisible())) await page.locator(".fieldset-more:not([open]) > summary").click();
    if ((await control.evaluate((c) => c.tagName)) === "SELECT") await control.selectOption(String(value));
    else await control.fill(String(value));
  }
}

/** Publishes an application; returns its page's path. */
export async function publish(page, { name, reason = "", ...spec }) {
  await page.goto("/apps/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill(name);
  await fillSpec(page, spec);
  await page.locator('[name="form[reason]"]').fill(reason);
  await page.getByRole("button", { name: "Will it fit?" }).click();
  await page.getByText(/^Fits/).first().waitFor();
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.waitForURL(/\/apps\/[0-9a-f-]{36}/);
  return new URL(page.url()).pathname;
}

/** Upgrades the application at `path`. */
export async function upgrade(page, path, { reason, ...spec }) {
  await page.goto(`${path}/upgrade`);
  await hydrated(page);
  await fillSpec(page, spec);
  await page.locator('[name="form[reason]"]').fill(reason);
  await page.getByRole("button", { name: "Upgrade", exact: true }).click();
  await page.waitForURL((url) => url.pathname === path);
}

/** Waits on the application's page, without loading it anew, until its head shows `word` for release `number`. */
export async function becomes(page, word, number, timeout = 90_000) {
  const head = page.locator("header.page-header, .page-header").first();
  await head.getByRole("link", { name: `release ${number}`, exact: true }).waitFor({ timeout });
  await head.getByText(word, { exact: true }).waitFor({ timeout });
}
