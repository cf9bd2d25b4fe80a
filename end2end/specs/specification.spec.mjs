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
/** The document's text area, behind its editor. */
const area = (page) => page.locator('textarea[id="form[spec][document]"]');
/** The editor of the document, once it stands in for the text area. */
const editor = (page) => page.locator(".spec-document .cm-content");
/** Writes the whole document anew, as people bring one along. */
async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press("Control+A");
  await editor(page).evaluate((content, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    content.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}
/** A form with room for one face. */
async function open(page, address) {
  await page.setViewportSize({ width: 1200, height: 900 });
  await page.goto(address);
  await hydrated(page);
}
const face = (page, name) => page.getByRole("button", { name, exact: true });

it("shows what the fields say as a document", async ({ page }) => {
  await open(page, "/templates/new");
  await page.locator('[name="form[name]"]').fill("web");
  await field(page, "image").fill("registry.example.org/shop/web:1");
  await field(page, "env").fill("GREETING=hello");
  await field(page, "secrets").fill("TOKEN");
  await page.getByText("Autoscaling and updates").click();
  await field(page, "max_replicas").fill("9");
  await assertGood(page);
  await face(page, "Document").click();
  await editor(page).waitFor();
  const text = await area(page).inputValue();
  for (const part of ["image: registry.example.org/shop/web:1", "GREETING: hello", "max: 9", "- TOKEN"]) assert.ok(text.includes(part), text);
  assert.equal(await field(page, "secrets").inputValue(), "TOKEN", "what was typed stays");
  await assertGood(page);
});

it("says with its line what it cannot read, and keeps what was typed", async ({ page, complaints }) => {
  complaints.expect(/422/);
  await open(page, "/templates/new");
  await field(page, "image").fill("web:1");
  await face(page, "Document").click();
  await editor(page).waitFor();
  const text = await area(page).inputValue();
  await write(page, text.replace("exposure:", "exposed:"));
  await face(page, "Fields").click();
  await page.getByText(/Line \d+/).first().waitFor();
  assert.match(await area(page).inputValue(), /exposed:/);
  await write(page, text.replace("web:1", "web:2"));
  await face(page, "Fields").click();
  await page.getByLabel("Image").waitFor();
  assert.equal(await field(page, "image").inputValue(), "web:2");
});

it("keeps a helper that the fields do not show", async ({ page }) => {
  await open(page, "/templates/new");
  await page.locator('[name="form[name]"]').fill("with-helper");
  await field(page, "image").fill("web:1");
  await face(page, "Document").click();
  await editor(page).waitFor();
  const text = await area(page).inputValue();
  await write(page, text.replace(/^containers:\n/m, "init_containers:\n  - { name: prepare, image: 'migrate:1' }\ncontainers:\n"));
  await face(page, "Fields").click();
  await field(page, "cpu").fill("2");
  await page.getByRole("button", { name: "Make the template" }).click();
  await page.waitForURL(/\/templates\/[0-9a-f-]{36}$/);
  seen.template = new URL(page.url()).pathname;
  await hydrated(page);
  assert.equal(await field(page, "cpu").inputValue(), "2");
  await face(page, "Document").click();
  await editor(page).waitFor();
  assert.match(await area(page).inputValue(), /image: migrate:1/);
});

it("shows both faces side by side, each with what is typed into the other", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(seen.template);
  await hydrated(page);
  await editor(page).waitFor();
  assert.equal(await page.locator(".spec-faces").isVisible(), false, "there is nothing to turn to");
  await field(page, "replicas").fill("7");
  await editor(page).getByText("replicas: 7").waitFor();
  assert.match(await area(page).inputValue(), /image: migrate:1/, "the helper is still there");
  const text = await area(page).inputValue();
  await write(page, text.replace("replicas: 7", "replicas: 5").replace("cpu: \"2\"", "cpu: 500m").replace("cpu: 2\n", "cpu: 500m\n"));
  await page.waitForFunction(() => document.querySelector('[name="form[spec][replicas]"]').value === "5");
  assert.equal(await field(page, "cpu").inputValue(), "500m");
  await assertGood(page);
});

it("builds on what was typed last, in whichever side that was", async ({ page }) => {
  await page.goto(seen.template);
  await hydrated(page);
  await editor(page).getByText("replicas: 2").waitFor();
  const text = await area(page).inputValue();
  await write(page, `${text.replace("replicas: 2", "replicas: 7")}autoscaling: { min: 2, max: 9, memory_percent: 60 }\n`);
  // At once, before anybody could have said what the document comes to.
  await field(page, "cpu").fill("3");
  await page.waitForFunction(() => document.querySelector('[name="form[spec][max_replicas]"]').value === "9");
  await editor(page).getByText("memory_percent: 60").waitFor();
  assert.equal(await field(page, "cpu").inputValue(), "3");
  // A field that is empty for a while takes nothing of the document with it for good.
  await page.getByText("Autoscaling and updates").click();
  await field(page, "max_replicas").fill("");
  await page.waitForFunction(() => !document.getElementById("form[spec][document]").value.includes("memory_percent"));
  await field(page, "max_replicas").fill("8");
  await editor(page).getByText("memory_percent: 60").waitFor();
});

it("marks what is wrong at its place while it is typed, and leaves the fields as they are", async ({ page }) => {
  await page.goto(seen.template);
  await hydrated(page);
  await editor(page).waitFor();
  await page.waitForFunction(() => document.getElementById("form[spec][document]").value.includes("replicas"));
  const text = await area(page).inputValue();
  await write(page, text.replace("replicas: 2", "replicas: 5000"));
  const verdict = page.locator(".spec-verdict");
  await verdict.getByText(/^One thing is wrong\. replicas: /).waitFor();
  await page.locator(".spec-document .cm-lintRange-error").first().waitFor();
  assert.equal(await field(page, "replicas").inputValue(), "2");
  await write(page, text.replace("exposure:", "exposed:"));
  await verdict.getByText(/Line \d+: /).waitFor();
  await assertGood(page);
  // A field cannot say what the document does not, as long as that cannot be read.
  await field(page, "replicas").fill("3");
  await verdict.getByText(/this is from before/).waitFor();
  await write(page, text);
  await verdict.getByText("The fields are explained").waitFor();
});

/** What the tab keeps of forms that were not sent. */
const drafts = (page) =>
  page.evaluate(() => Object.entries(sessionStorage).filter(([key]) => key.startsWith("draft:")).map(([, text]) => text));

it("keeps what was typed over a reload, without values of secrets, until it is sent or thrown away", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto("/templates/new");
  await hydrated(page);
  await page.waitForTimeout(1000);
  assert.deepEqual(await drafts(page), [], "nobody has typed anything");
  await page.locator('[name="form[name]"]').fill("half-done");
  await field(page, "image").fill("web:3");
  await field(page, "secrets").fill("TOKEN=hunter22");
  await page.waitForFunction(() => Object.keys(sessionStorage).some((key) => key.startsWith("draft:") && sessionStorage[key].includes("TOKEN")));
  const [kept] = await drafts(page);
  assert.ok(!kept.includes("hunter22"), "values of secrets are not kept");
  await page.reload();
  await hydrated(page);
  await page.getByText("What you had typed is here again").waitFor();
  await editor(page).getByText("image: web:3").waitFor();
  assert.deepEqual(
    [await page.locator('[name="form[name]"]').inputValue(), await field(page, "image").inputValue(), await field(page, "secrets").inputValue()],
    ["half-done", "web:3", "TOKEN"],
  );
  assert.equal(await page.locator('[name="form[spec][source]"]').inputValue(), "fields");
  await page.getByRole("button", { name: "Start over" }).click();
  await page.getByText("What you had typed is here again").waitFor({ state: "detached" });
  assert.equal(await field(page, "image").inputValue(), "");
  assert.equal(await page.locator('[name="form[name]"]').inputValue(), "");
  await page.waitForFunction(() => !Object.keys(sessionStorage).some((key) => key.startsWith("draft:")));

  await page.locator('[name="form[name]"]').fill("sent");
  await field(page, "image").fill("web:4");
  await page.waitForFunction(() => Object.keys(sessionStorage).some((key) => key.startsWith("draft:") && sessionStorage[key].includes("web:4")));
  await page.getByRole("button", { name: "Make the template" }).click();
  await page.waitForURL(/\/templates\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await page.waitForTimeout(1000);
  assert.deepEqual(await drafts(page), [], "what was sent is kept by the server");
});

it("completes the document's fields in the form", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(seen.template);
  await hydrated(page);
  await editor(page).getByText("replicas: 2").waitFor();
  const content = page.locator(".spec-document .cm-content");
  await content.click();
  await page.keyboard.press("Control+End");
  // On a line of its own, wherever the document ends.
  if ((await area(page).inputValue()).endsWith("\n") === false) await page.keyboard.press("Enter");
  await page.keyboard.type("disru", { delay: 30 });
  const choice = page.locator(".cm-tooltip-autocomplete li[aria-selected]").filter({ hasText: "disruption" });
  await choice.waitFor();
  // A key that comes at once after the list is taken for one that was meant for the text.
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
  await page.keyboard.type("max_unavailable: 1", { delay: 10 });
  await page.waitForFunction(() => /disruption:\n\s+max_unavailable: 1/.test(document.getElementById("form[spec][document]").value));
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
    const turn = page.locator(".spec-faces button").nth(1);
    if (await turn.isVisible()) await turn.click();
    await editor(page).waitFor();
  };
  const screens = [
    { name: "specification-fields", address: seen.template, storageState },
    { name: "template-versions", address: `${seen.template}/versions`, storageState },
    { name: "template-compare", address: `${seen.template}/compare/1/2`, storageState },
    { name: "specification-document", address: seen.template, storageState, ready: asDocument },
  ];
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
});
