// The audit trail in a browser: found by what is in the address, opened, taken along as a file, on a phone too.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite } from "../support/suite.mjs";
import { hydrated } from "../support/browser.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { firstSignIn } from "../pages/session.mjs";

const it = suite({
  journey: true,
  signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, "a harbour of its own"),
});
const spec = (tag) => ({ image: `registry.test/web:${tag}`, replicas: "1", port: "", cpu: "100m", memory: "64Mi", health_path: "", env: "", config_path: "", config_content: "", secrets: "", deadline: "60" });

it("finds an entry by words and by a link, and keeps both in the address", async ({ page }) => {
  const template = (tag) => ({ name: "web", description: "", spec: spec(tag) });
  const made = await page.request.post("/api/v1/templates", { data: template("1") });
  const { id } = await made.json();
  await page.request.put(`/api/v1/templates/${id}`, { data: template("2") });
  await page.goto("/audit");
  await hydrated(page);
  await page.getByRole("searchbox").first().fill("template/web");
  await page.waitForURL(/q=template%2Fweb/);
  await page.getByRole("rowheader").getByRole("link", { name: /Change template/ }).waitFor();
  await page.getByRole("rowheader").getByRole("link", { name: /Sign in/ }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "admin", exact: true }).first().click();
  await page.waitForURL(/actor=admin/);
  await page.getByRole("group", { name: "Time" }).getByRole("link", { name: "24 hours" }).click();
  await page.waitForURL(/since=24h/);
  await page.getByRole("rowheader").getByRole("link", { name: /Change template/ }).waitFor();
});

it("shows what changed, before and after", async ({ page }) => {
  await page.goto("/audit?action=template.update");
  await hydrated(page);
  await page.getByRole("rowheader").getByRole("link", { name: /Change template/ }).click();
  await page.waitForURL(/\/audit\/\d+$/);
  await page.getByText("What changed").waitFor();
  const difference = page.getByRole("group", { name: "Before → After" });
  await difference.getByText("registry.test/web:1").first().waitFor();
  await difference.getByText("registry.test/web:2").first().waitFor();
});

it("gives the chosen entries as a file", async ({ page }) => {
  await page.goto("/audit?action=template.update");
  await hydrated(page);
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export as CSV" }).click();
  const file = await (await coming).path();
  const lines = (await readFile(file, "utf8")).trim().split("\r\n");
  assert.equal(lines.length, 2);
  assert.match(lines[1], /template\.update/);
});

it("says that nothing matches", async ({ page }) => {
  await page.goto("/audit?q=nothing-of-the-sort");
  await page.getByText("No entry matches").waitFor();
});

it("is for everybody at every width", async ({ page, server, storageState }) => {
  const { rows } = await (await page.request.get("/api/v1/audit?action=template.update")).json();
  const screens = [
    { name: "audit-list", address: "/audit", storageState },
    { name: "audit-entry", address: `/audit/${rows[0].sequence}`, storageState },
  ];
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
});
