// Signing in, the first time and later.
import { hydrated } from "../support/browser.mjs";

/** Fills in the sign-in page that is shown. */
export async function fillSignIn(page, username, password) {
  await hydrated(page);
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Replaces the one-time password on the page that asks for it. */
export async function choosePassword(page, oneTime, chosen) {
  await page.waitForURL("**/password");
  await hydrated(page);
  await page.getByLabel("The present password").fill(oneTime);
  await page.getByLabel("The new password", { exact: true }).fill(chosen);
  await page.getByLabel("The new password again").fill(chosen);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.waitForURL((url) => url.pathname !== "/password");
}

/** Signs in for the first time: with the password that was given, and then with one's own. */
export async function firstSignIn(page, username, oneTime, chosen) {
  await page.goto("/sign-in");
  await fillSignIn(page, username, oneTime);
  await choosePassword(page, oneTime, chosen);
}

/** Signs in and waits for the first page. */
export async function signIn(page, username, password) {
  await page.goto("/sign-in");
  await fillSignIn(page, username, password);
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}
