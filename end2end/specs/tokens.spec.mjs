// Tokens: made, shown once, used by a script, revoked; and a service account with one of its own.
import assert from "node:assert/strict";
import { firstSignIn } from "../pages/session.mjs";
import { hydrated } from "../support/browser.mjs";
import { suite } from "../support/suite.mjs";

const it = suite({ signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, "a long pass phrase 1") });

const TOKEN = /ls[ps]_[0-9A-Za-z]{49}/;

/** Fills the form and answers the token that the page shows. */
async function make(page, name, permission) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.locator(`input[value="${permission}"]`).check();
  await page.getByRole("button", { name: "Make the token" }).click();
  const shown = page.locator(".copyable code");
  await shown.waitFor();
  return (await shown.textContent()).match(TOKEN)[0];
}

/** What a script with the token is answered; it has no cookies. */
async function asked(page, token) {
  const answer = await fetch(new URL("/api/v1/session", page.url()), { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: await answer.json() };
}

it("makes a token that is shown once, works, and is revoked", async ({ page }) => {
  await page.goto("/settings/tokens");
  await hydrated(page);
  const token = await make(page, "night-deploy", "cluster.read");
  await page.getByRole("rowheader", { name: /night-deploy/ }).waitFor();
  const { status, body } = await asked(page, token);
  assert.equal(status, 200);
  assert.deepEqual(body.permissions, ["cluster.read"]);

  await page.reload();
  await hydrated(page);
  await page.getByRole("rowheader", { name: /night-deploy/ }).waitFor();
  assert.ok(!(await page.content()).includes(token), "it is shown again");

  await page.setViewportSize({ width: 360, height: 800 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "wider than a phone");
  await page.getByRole("button", { name: "Revoke the token night-deploy" }).click();
  await page.getByText("There is no token.").waitFor();
  assert.equal((await asked(page, token)).status, 401);
});

it("makes a service account, gives it a role, and makes a token for it", async ({ page }) => {
  await page.goto("/accounts");
  await hydrated(page);
  await page.getByRole("link", { name: "Make a service account" }).click();
  await page.getByRole("heading", { level: 1, name: "Make a service account" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill("inventory");
  await page.getByLabel("What it does").fill("Counts the clusters");
  await page.getByRole("button", { name: "Make the service account" }).click();
  await page.getByRole("heading", { level: 1, name: "Counts the clusters" }).waitFor();
  await page.getByText("Give it a role first.").waitFor();

  await page.getByText("Give a role").click();
  await page.getByLabel("Role", { exact: true }).selectOption("platform_auditor");
  await page.getByRole("button", { name: "Give the role" }).click();
  await page.getByRole("button", { name: "Make the token" }).waitFor();
  const token = await make(page, "count", "cluster.read");
  assert.ok(token.startsWith("lss_"));
  assert.equal((await asked(page, token)).body.username, "inventory");
});
