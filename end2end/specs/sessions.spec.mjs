// One's own sessions: another browser is in the list, and is out when it is ended from here.
import assert from "node:assert/strict";
import { assertAccessible, assertFits } from "../support/axe.mjs";
import { hydrated } from "../support/browser.mjs";
import { suite } from "../support/suite.mjs";
import { firstSignIn, signIn } from "../pages/session.mjs";

const PASSWORD = "a harbour of its own";

const it = suite({ signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, PASSWORD) });
const rows = (page) => page.getByRole("row").filter({ has: page.getByRole("rowheader") });

for (const [language, width] of [["en", 360], ["zh", 360], ["en", 1440]]) {
  it(`is complete at ${width} px in ${language}`, { language, width }, async ({ page }) => {
    await page.goto("/settings/sessions");
    await hydrated(page);
    await page.getByText(language === "en" ? "this one" : "当前会话").waitFor();
    await assertFits(page);
    await assertAccessible(page);
  });
}

it("ends a session elsewhere", async ({ page, open }) => {
  const { page: elsewhere } = await open({ storageState: undefined });
  await signIn(elsewhere, "admin", PASSWORD);
  await page.goto("/settings");
  await page.getByRole("link", { name: "Show the sessions" }).click();
  await page.waitForURL("**/settings/sessions");
  await hydrated(page);
  await page.getByText(/Chrome on Linux/).first().waitFor();
  const before = await rows(page).count();
  await page.getByRole("button", { name: /^End/ }).first().click();
  await page.waitForFunction((count) => document.querySelectorAll("tbody tr").length < count, before);
  await elsewhere.goto("/settings");
  await elsewhere.waitForURL(/\/sign-in/);
});

it("signs out everywhere else", async ({ page, open }) => {
  const { page: elsewhere, complaints } = await open({ storageState: undefined });
  complaints.expect(/status of 401/);
  await signIn(elsewhere, "admin", PASSWORD);
  await elsewhere.goto("/apps");
  await hydrated(elsewhere);
  await page.goto("/settings/sessions");
  await hydrated(page);
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await page.getByText("You are signed in nowhere else.").waitFor();
  assert.equal(await rows(page).count(), 1);
  // A page that lives says so by itself, and leads back to where it was.
  await elsewhere.getByText("You have been signed out.").waitFor();
  assert.match(await elsewhere.getByRole("link", { name: "Sign in again" }).getAttribute("href"), /^\/sign-in\?next=.*apps$/);
  await elsewhere.goto("/settings");
  await elsewhere.waitForURL(/\/sign-in/);
});
