// The two faces of an application's form: fields, and the whole document.
import assert from "node:assert/strict";
import { hydrated } from "../support/browser.mjs";
import { assertGood } from "../support/axe.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { firstSignIn } from "../pages/session.mjs";

const seen = {};
const it = suite({
  journey: true,
  signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, "a harbour of its own"),
});
const field = (page, name) => page.locator(`[name="form[spec][${name}]"]`);
const face = (page, name) => page.getByRole("button", { name, exact: true });

it("shows what the fields say as a document", async ({ page }) => {
  await page.goto("/templates/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill("web");
  await field(page, "image").fill("registry.example.org/shop/web:1");
  await field(page, "env").fill("GREETING=hello");
  await field(page, "secrets").fill("TOKEN");
  await page.getByText("Autoscaling and updates").click();
  await field(page, "max_replicas").fill("9");
  await assertGood(page);
  await face(page, "Document").click();
  await page.getByLabel("Specification").waitFor();
  const text = await field(page, "document").inputValue();
  for (const part of ["image: registry.example.org/shop/web:1", "GREETING: hello", "max: 9", "- TOKEN"]) assert.ok(text.includes(part), text);
  assert.equal(await field(page, "secrets").inputValue(), "TOKEN", "what was typed stays");
  await assertGood(page);
});

it("says with its line what it cannot read, and keeps what was typed", async ({ page, complaints }) => {
  complaints.expect(/422/);
  await page.goto("/templates/new");
  await hydrated(page);
  await field(page, "image").fill("web:1");
  await face(page, "Document").click();
  await page.getByLabel("Specification").waitFor();
  const text = await field(page, "document").inputValue();
  await field(page, "document").fill(text.replace("exposure:", "exposed:"));
  await face(page, "Fields").click();
  await page.getByText(/Line \d+/).first().waitFor();
  assert.match(await field(page, "document").inputValue(), /exposed:/);
  await field(page, "document").fill(text.replace("web:1", "web:2"));
  await face(page, "Fields").click();
  await page.getByLabel("Image").waitFor();
  assert.equal(await field(page, "image").inputValue(), "web:2");
});

it("keeps a helper that the fields do not show", async ({ page }) => {
  await page.goto("/templates/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill("with-helper");
  await field(page, "image").fill("web:1");
  await face(page, "Document").click();
  await page.getByLabel("Specification").waitFor();
  const text = await field(page, "document").inputValue();
  await field(page, "document").fill(text.replace(/^containers:\n/m, "init_containers:\n  - { name: prepare, image: 'migrate:1' }\ncontainers:\n"));
  await face(page, "Fields").click();
  await field(page, "cpu").fill("2");
  await page.getByRole("button", { name: "Make the template" }).click();
  await page.waitForURL(/\/templates\/[0-9a-f-]{36}$/);
  seen.template = new URL(page.url()).pathname;
  await hydrated(page);
  assert.equal(await field(page, "cpu").inputValue(), "2");
  await face(page, "Document").click();
  await page.getByLabel("Specification").waitFor();
  assert.match(await field(page, "document").inputValue(), /image: migrate:1/);
});

it("keeps every version of a template and shows what differs", async ({ page }) => {
  await page.goto(seen.template);
  await hydrated(page);
  await field(page, "env").fill("GREETING=hello");
  await page.getByRole("button", { name: "Save as version 2" }).click();
  await page.getByRole("link", { name: "version 2", exact: true }).click();
  await page.waitForURL(/\/versions$/);
  await page.getByRole("link", { name: /Compare version 1 with 2/ }).first().waitFor();
  assert.equal(await page.locator("main tbody tr").count(), 2);
  await page.getByRole("link", { name: /Compare version 1 with 2/ }).first().click();
  await page.waitForURL(/\/compare\/1\/2$/);
  await page.getByText("GREETING=hello").first().waitFor();
});

it("is for everybody at every width", async ({ server, storageState }) => {
  const asDocument = async (page) => {
    await page.locator(".spec-faces button").nth(1).click();
    await page.locator('textarea[name="form[spec][document]"]').waitFor();
  };
  const screens = [
    { name: "specification-fields", address: seen.template, storageState },
    { name: "template-versions", address: `${seen.template}/versions`, storageState },
    { name: "template-compare", address: `${seen.template}/compare/1/2`, storageState },
    { name: "specification-document", address: seen.template, storageState, ready: asDocument },
  ];
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
});
