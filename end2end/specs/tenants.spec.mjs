// Tenants as people have them: registered by a link, joined by another, suspended and resumed, a lost password chosen
// anew, deleted without a trace.
import assert from "node:assert/strict";
import { assertAccessible, assertFits } from "../support/axe.mjs";
import { hydrated } from "../support/browser.mjs";
import { suite } from "../support/suite.mjs";
import { fillSignIn, firstSignIn, signIn } from "../pages/session.mjs";

const PASSWORDS = { admin: "a harbour of its own", owner: "bread and lamp oil", member: "ships at dawn 42", again: "tides turn twice a day" };
const it = suite({
  journey: true,
  signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, PASSWORDS.admin),
});
const seen = {};
// What the browser says of an answer that refuses something, where a test provokes one.
const REFUSAL = /status of 4\d\d/;
const link = (page) => page.locator(".copyable code").first();
const choose = async (page, path) => {
  await page.goto(path);
  await hydrated(page);
};

it("opens registration to those who have a link", async ({ page }) => {
  await choose(page, "/platform");
  await page.getByLabel("Who registers a tenant").selectOption("invitation");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Last changed by admin").waitFor();
  await page.getByLabel("For whom").fill("the shop");
  await page.getByRole("button", { name: "Make a link to register a tenant" }).click();
  seen.register = await link(page).innerText();
  assert.match(seen.register, /^http.*\/register\?token=[0-9a-f]{64}$/);
  await page.getByRole("cell", { name: "waits" }).waitFor();
});

for (const [language, width] of [["en", 360], ["zh", 360], ["en", 1440]]) {
  it(`is complete at ${width} px in ${language}`, { language, width }, async ({ page, open }) => {
    for (const path of ["/platform", "/accounts/invite"]) {
      await choose(page, path);
      await assertFits(page);
      await assertAccessible(page);
    }
    const { page: stranger } = await open({ language, width, storageState: undefined });
    await choose(stranger, seen.register);
    await assertFits(stranger);
    await assertAccessible(stranger);
  });
}

it("registers a tenant and signs its main account in", async ({ open }) => {
  const { page, context, complaints } = await open({ storageState: undefined });
  complaints.expect(REFUSAL);
  await choose(page, "/sign-in");
  assert.equal(await page.getByRole("link", { name: "Register a team" }).count(), 0);
  await choose(page, seen.register);
  const fill = async (name, value) => page.locator(`[name="${name}"]`).fill(value);
  await fill("form[tenant][name]", "shop");
  await fill("form[tenant][display_name]", "The Shop");
  await fill("form[tenant][owner][username]", "shop-owner");
  await fill("form[tenant][owner][display_name]", "Ada");
  await fill("form[tenant][owner][password]", PASSWORDS.owner);
  await fill("form[repeat]", "something else altogether");
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByText("The two passwords differ").first().waitFor();
  await fill("form[repeat]", PASSWORDS.owner);
  await page.getByRole("button", { name: "Register" }).click();
  await page.waitForURL((url) => url.pathname !== "/register");
  seen.owner = await context.storageState();
  await page.goto(seen.register);
  await page.getByText("The link was used already.").first().waitFor();
});

it("invites a member, who chooses a name and a password, and loses it", async ({ open }) => {
  const { page } = await open({ storageState: seen.owner });
  await choose(page, "/accounts/invite");
  await page.getByRole("button", { name: "Make the link" }).click();
  const address = await link(page).innerText();
  const { page: member } = await open({ storageState: undefined });
  await choose(member, address);
  await member.getByRole("heading", { name: "Join The Shop" }).waitFor();
  await member.locator('[name="form[username]"]').fill("shop-bo");
  await member.locator('[name="form[display_name]"]').fill("Bo");
  await member.locator('[name="form[password]"]').fill(PASSWORDS.member);
  await member.locator('[name="form[repeat]"]').fill(PASSWORDS.member);
  await member.getByRole("button", { name: "Join" }).click();
  await member.waitForURL((url) => url.pathname !== "/join");
  await page.goto("/accounts");
  await page.getByRole("link", { name: "shop-bo" }).click();
  await page.waitForURL(/\/accounts\/[0-9a-f-]{36}$/);
  await hydrated(page);
  await page.getByRole("button", { name: "Make a link for a new password" }).click();
  await choose(member, await link(page).innerText());
  await member.locator('[name="form[password]"]').fill(PASSWORDS.again);
  await member.locator('[name="form[repeat]"]').fill(PASSWORDS.again);
  await member.getByRole("button", { name: "Set the password" }).click();
  await member.waitForURL("**/sign-in");
  await signIn(member, "shop-bo", PASSWORDS.again);
});

it("suspends the tenant: its people are out, and are told why with the right password", async ({ page, open }) => {
  await page.goto("/tenants");
  await page.getByRole("link", { name: "shop", exact: true }).click();
  await page.waitForURL(/\/tenants\/[0-9a-f-]{36}$/);
  seen.tenant = new URL(page.url()).pathname;
  await hydrated(page);
  await page.getByText("Suspend the tenant").click();
  await page.getByLabel("Reason").fill("Unpaid since March");
  await page.getByRole("button", { name: "Suspend", exact: true }).click();
  await page.getByText("Unpaid since March").first().waitFor();
  await assertAccessible(page);
  const { page: owner, complaints } = await open({ storageState: seen.owner });
  complaints.expect(REFUSAL);
  await owner.goto("/apps");
  await owner.waitForURL(/\/sign-in/);
  await fillSignIn(owner, "shop-owner", PASSWORDS.owner);
  await owner.getByText("is suspended").first().waitFor();
  await page.getByRole("button", { name: "Resume the tenant" }).click();
  await page.getByText("Suspend the tenant").waitFor();
});

it("deletes the tenant by a durable operation", async ({ page }) => {
  await choose(page, seen.tenant);
  await page.getByText("Delete the tenant").click();
  await page.getByText("It has no roles, templates, registries, identity providers or links of its own.").waitFor();
  await assertFits(page);
  await assertAccessible(page);
  await page.getByLabel("Type shop to delete it").fill("shop");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.waitForURL(/\/operations\/[0-9a-f-]{36}$/);
  await page.getByText(/(\d+) of \1 steps done/).waitFor();
  await page.goto("/tenants");
  await page.getByText("There is no tenant yet.").waitFor();
});
