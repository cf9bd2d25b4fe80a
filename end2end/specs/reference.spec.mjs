// The API's reference: for whoever is signed in, complete without script, on a phone too.
import assert from "node:assert/strict";
import { inspect, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { hydrated } from "../support/browser.mjs";
import { firstSignIn } from "../pages/session.mjs";

const it = suite({ journey: true, signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, "a harbour of its own") });

it("leads strangers to the door", async ({ open }) => {
  const { page } = await open({ storageState: undefined });
  await page.goto("/reference");
  await page.waitForURL(/\/sign-in\?next=%2Freference/);
});

it("is found in the settings, and shows what an endpoint takes", async ({ page }) => {
  await page.goto("/settings");
  await hydrated(page);
  await page.getByRole("link", { name: "API reference" }).click();
  await page.getByRole("heading", { level: 1, name: "API reference" }).waitFor();
  await page.getByText("PUT /api/v1/roles/{id}").click();
  const part = page.locator("#update_role");
  await part.getByRole("rowheader", { name: /If-Match/ }).waitFor();
  await part.getByRole("link", { name: "RoleForm" }).click();
  await page.waitForURL(/#schema-RoleForm$/);
  const { openapi } = await (await page.request.get("/api/v1/openapi.json")).json();
  assert.equal(openapi, "3.1.0");
});

it("is complete in both languages, on a desk and on a phone", async ({ server, storageState }) => {
  await inspect("/reference", { baseURL: server.url, storageState, name: "reference", views: NARROW_AND_WIDE, hydration: false });
});
