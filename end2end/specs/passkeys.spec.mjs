// Passkeys as people use them: added on the page of the settings, used alone and after the password, refused by a
// device without harm, renamed and removed. Chromium's virtual authenticator is the device.
import assert from "node:assert/strict";
import { suite } from "../support/suite.mjs";
import { hydrated } from "../support/browser.mjs";
import { assertGood } from "../support/axe.mjs";
import { Device } from "../support/passkeys.mjs";
import { fillSignIn, firstSignIn } from "../pages/session.mjs";

const PASSWORD = "a harbour of its own";
const REFUSAL = /status of 4\d\d/;
const HERE = "/settings/security";
const seen = {};

// Without a public address passkeys work on the machine itself, and there under its name alone.
const it = suite({
  journey: true,
  server: { host: "localhost" },
  signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, PASSWORD),
});

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const section = (page, heading) => page.locator("section").filter({ has: page.getByRole("heading", { name: heading }) });

async function visit(page, address) {
  await page.goto(address);
  await hydrated(page);
}

it("says why there are none at an address that is a number", async ({ server, open }) => {
  const { page, context } = await open({ baseURL: server.url.replace("localhost", "127.0.0.1"), storageState: undefined });
  await visit(page, "/sign-in");
  assert.equal(await page.getByRole("button", { name: "Sign in with a passkey" }).count(), 0);
  await fillSignIn(page, "admin", PASSWORD);
  await page.waitForURL((url) => url.pathname === "/");
  await visit(page, HERE);
  await page.getByText("127.0.0.1 is none. Set --public-url").waitFor();
  assert.equal(await page.getByRole("link", { name: "Add a passkey" }).count(), 0);
  await assertGood(page);
  await context.close();
});

it("is added with a name, the password and a device", async ({ page, complaints }) => {
  complaints.expect(REFUSAL);
  const device = await Device.of(page);
  await visit(page, HERE);
  await assertGood(page);
  await page.getByRole("link", { name: "Add a passkey" }).click();
  await page.waitForURL(/do=add-passkey/);
  const keys = section(page, "Your passkeys");
  await keys.getByLabel("Name of the passkey").fill("my phone");
  await assertGood(page);
  await keys.getByLabel("Your password").fill("not the password");
  await press(page, "Add the passkey");
  await page.getByText("This is not your password.").waitFor();
  await keys.getByLabel("Your password").fill(PASSWORD);
  await device.setKnowsFinger(false);
  await press(page, "Add the passkey");
  await page.getByText("Nothing was done").waitFor();
  await assertGood(page);
  await device.setKnowsFinger(true);
  await press(page, "Add the passkey");
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await codes.first().waitFor();
  seen.codes = await codes.allTextContents();
  assert.equal(seen.codes.length, 10);
  await assertGood(page);
  await press(page, "I have kept them");
  await page.getByText("not in use; your passkeys are").waitFor();
  await page.getByRole("rowheader", { name: "my phone" }).waitFor();
  assert.equal(new URL(page.url()).search, "", "the form is closed");
  await assertGood(page);

  await visit(page, `${HERE}?do=add-passkey`);
  await keys.getByLabel("Name of the passkey").fill("the same phone");
  await keys.getByLabel("Your password").fill(PASSWORD);
  await press(page, "Add the passkey");
  await page.getByText("This device has a passkey of yours already").waitFor();
  seen.passkeys = await device.passkeys();
  assert.equal(seen.passkeys.length, 1);
});

for (const language of ["en", "zh"]) {
  it(`signs in alone, by the keyboard, in ${language}`, { signedIn: false, language, width: 360, height: 740 }, async ({ page }) => {
    const device = await Device.of(page, seen.passkeys);
    await visit(page, "/sign-in?next=%2Ftenants%3Ffrom%3Da-link");
    await assertGood(page);
    const button = page.getByRole("button", { name: language === "en" ? "Sign in with a passkey" : "使用通行密钥登录" });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/tenants\?from=a-link/);
    seen.passkeys = await device.passkeys();
  });
}

it("leaves the page as it is when the device refuses or the browser has none", { signedIn: false }, async ({ page, open }) => {
  const device = await Device.of(page, seen.passkeys);
  await device.setKnowsFinger(false);
  await visit(page, "/sign-in");
  await press(page, "Sign in with a passkey");
  await page.getByText("Nothing was done").waitFor();
  await assertGood(page);
  await fillSignIn(page, "admin", PASSWORD);
  await page.waitForURL(/\/sign-in\/code/);

  const { page: old } = await open({ storageState: undefined });
  await old.addInitScript(() => delete globalThis.PublicKeyCredential);
  await visit(old, "/sign-in");
  await press(old, "Sign in with a passkey");
  await old.getByText("This browser has no passkeys here").waitFor();
  await fillSignIn(old, "admin", PASSWORD);
  await old.waitForURL(/\/sign-in\/code/);
});

it("is the second step after the password, with recovery codes beside it", { signedIn: false }, async ({ page, open, complaints }) => {
  complaints.expect(REFUSAL);
  const device = await Device.of(page, seen.passkeys);
  await visit(page, "/sign-in?next=%2Fapps");
  await fillSignIn(page, "admin", PASSWORD);
  await page.waitForURL(/\/sign-in\/code\?next=/);
  await page.getByRole("button", { name: "Use a passkey" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Use the app's code" }).count(), 0);
  await assertGood(page);
  await press(page, "Use a passkey");
  await page.waitForURL(/\/apps/);
  seen.passkeys = await device.passkeys();

  const { page: other } = await open({ storageState: undefined, width: 360, height: 740 });
  await visit(other, "/sign-in");
  await fillSignIn(other, "admin", PASSWORD);
  await other.waitForURL(/\/sign-in\/code/);
  await other.getByRole("link", { name: "Use a recovery code" }).click();
  await other.waitForURL(/with=recovery/);
  await assertGood(other);
  await other.getByLabel("Recovery code").fill(seen.codes[0]);
  await other.getByRole("button", { name: "Go on" }).click();
  await other.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
});

it("is renamed, and removed with the password", async ({ page, open, complaints }) => {
  complaints.expect(REFUSAL);
  await visit(page, HERE);
  await page.getByRole("link", { name: /^Rename.*my phone$/ }).click();
  await page.waitForURL(/do=rename-passkey/);
  await assertGood(page);
  await page.getByLabel("Name of the passkey").fill("the blue phone");
  await press(page, "Rename");
  await page.getByRole("rowheader", { name: "the blue phone" }).waitFor();
  await page.getByRole("link", { name: /^Remove.*the blue phone$/ }).click();
  await page.waitForURL(/do=remove-passkey/);
  await assertGood(page);
  await page.getByLabel("Your password").fill("not the password");
  await press(page, "Remove the passkey");
  await page.getByText("This is not your password.").waitFor();
  await page.getByLabel("Your password").fill(PASSWORD);
  await press(page, "Remove the passkey");
  await page.getByRole("link", { name: "Add a passkey" }).waitFor();
  await page.getByRole("rowheader").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Begin", exact: true }).waitFor();

  const { page: stale, complaints: refused } = await open({ storageState: undefined });
  refused.expect(REFUSAL);
  await Device.of(stale, seen.passkeys);
  await visit(stale, "/sign-in");
  await press(stale, "Sign in with a passkey");
  await stale.getByText("This passkey lets nobody in here").waitFor();
  await assertGood(stale);
  await fillSignIn(stale, "admin", PASSWORD);
  await stale.waitForURL((url) => url.pathname === "/");
});
