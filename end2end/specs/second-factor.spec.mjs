// The second factor as people use it: added with an app that reads the QR code, asked for at sign-in, replaced by a
// recovery code when the phone is lost, and taken away; and the captcha after several failures.
import assert from "node:assert/strict";
import { suite } from "../support/suite.mjs";
import { hydrated } from "../support/browser.mjs";
import { assertGood } from "../support/axe.mjs";
import { Authenticator, readQr } from "../support/authenticator.mjs";
import { fillSignIn, firstSignIn } from "../pages/session.mjs";

const PASSWORD = "a harbour of its own";
const REFUSAL = /status of 4\d\d/;
const seen = {};

const it = suite({ journey: true, signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, PASSWORD) });

async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

it("judges a new password while it is typed", async ({ page }) => {
  await page.goto("/settings");
  await hydrated(page);
  const field = page.getByLabel("The new password", { exact: true });
  await field.fill("qwertyuiop123");
  await page.getByText(/Guessed at once|Easy to guess/).first().waitFor();
  await field.fill("lamp oil and bread at dawn");
  await page.getByText("Very hard to guess").waitFor();
  await assertGood(page);
});

it("is added with an app that reads the code of the page", async ({ page, complaints }) => {
  complaints.expect(REFUSAL);
  await page.goto("/settings");
  await page.getByRole("link", { name: "Signing in" }).click();
  await page.waitForURL(/\/settings\/security/);
  await hydrated(page);
  await assertGood(page);
  await page.getByLabel("Your password").fill("not the password");
  await press(page, "Begin");
  await page.getByText("This is not your password.").waitFor();
  await page.getByLabel("Your password").fill(PASSWORD);
  await press(page, "Begin");
  await page.locator("svg.qr").waitFor();
  await assertGood(page);
  seen.app = new Authenticator(await readQr(page));
  assert.equal(seen.app.issuer, "Longshore");
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await press(page, "Use it from now on");
  await page.getByText("This code is wrong").first().waitFor();
  await page.getByLabel("Code", { exact: true }).fill(seen.app.code());
  await press(page, "Use it from now on");
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await codes.first().waitFor();
  seen.codes = await codes.allTextContents();
  assert.equal(seen.codes.length, 10);
  await assertGood(page);
  await press(page, "I have kept them");
  await page.getByText("in use since").waitFor();
  await assertGood(page);
  await page.reload();
  assert.ok(!(await page.content()).includes(seen.codes[0]), "the codes are shown once");
});

it("is asked for at sign-in, and leads to where one was going", { signedIn: false }, async ({ page, complaints }) => {
  complaints.expect(REFUSAL);
  await page.goto("/tenants?from=a-link");
  await page.waitForURL(/\/sign-in\?next=/);
  await fillSignIn(page, "admin", PASSWORD);
  await page.waitForURL(/\/sign-in\/code\?next=/);
  await page.getByLabel("Code", { exact: true }).waitFor();
  await assertGood(page);
  await page.goto("/apps");
  await page.waitForURL(/\/sign-in\?next=/);
  await page.goto("/sign-in/code?next=%2Ftenants%3Ffrom%3Da-link");
  await hydrated(page);
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await press(page, "Go on");
  await page.getByText("This code is wrong").first().waitFor();
  await page.getByLabel("Code", { exact: true }).fill(seen.app.code());
  await press(page, "Go on");
  await page.waitForURL(/\/tenants\?from=a-link/);
});

it("is replaced once by a recovery code", { signedIn: false, width: 360, height: 740 }, async ({ page, complaints }) => {
  complaints.expect(REFUSAL);
  const start = async () => {
    await page.goto("/sign-in");
    await fillSignIn(page, "admin", PASSWORD);
    await page.waitForURL(/\/sign-in\/code/);
    await page.getByRole("link", { name: "Use a recovery code" }).click();
    await page.waitForURL(/with=recovery/);
    await page.getByLabel("Recovery code").fill(seen.codes[0]);
    await press(page, "Go on");
  };
  await start();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await start();
  await page.getByText("This recovery code is wrong").first().waitFor();
  await assertGood(page);
});

it("asks for a captcha after several failures, by eye and by ear", { signedIn: false }, async ({ page, complaints }) => {
  complaints.expect(REFUSAL);
  await page.goto("/sign-in");
  const fail = async () => {
    const answered = page.waitForResponse(/\/session\/sign_in/);
    await fillSignIn(page, "nobody-here", "a wrong password");
    await (await answered).finished();
  };
  // Failures of the tests before count for this address, too, so that it may be there after the first.
  const picture = page.locator(".captcha img");
  for (let attempt = 0; attempt < 3 && !(await picture.isVisible()); attempt += 1) {
    await fail();
    await page.waitForTimeout(300);
  }
  await picture.waitFor();
  assert.ok(await picture.evaluate(async (img) => (await img.decode(), img.naturalWidth === 240)));
  const seconds = page.locator(".captcha audio").evaluate(
    (audio) => new Promise((resolve, reject) => {
      audio.onloadedmetadata = () => resolve(audio.duration);
      audio.onerror = () => reject(new Error("the sound cannot be played"));
      audio.preload = "auto";
      audio.load();
    }),
  );
  assert.ok((await seconds) > 3);
  await assertGood(page);
  await page.getByLabel("What you read or hear").fill("AAAAA");
  await fillSignIn(page, "nobody-here", "a wrong password");
  await page.getByText("Here is another picture").first().waitFor();
});

it("is taken away with password and code", async ({ page, complaints }) => {
  complaints.expect(REFUSAL);
  await page.goto("/settings/security");
  await page.getByRole("link", { name: "Remove it" }).click();
  await page.waitForURL(/do=remove/);
  await hydrated(page);
  await assertGood(page);
  await page.getByLabel("Your password").fill(PASSWORD);
  await page.getByLabel("Code", { exact: true }).fill(seen.codes[1]);
  await press(page, "Remove the second factor");
  await page.getByRole("button", { name: "Begin", exact: true }).waitFor();
});
