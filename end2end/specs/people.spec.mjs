// Somebody's whole way into a tenant, as a chain: a team registers where that is open to all, its main account adds another
// one, whose owner changes the password that was for one time, adds an authenticator app because the tenant asks for it, and
// signs in by password and code; and the pages on that way, on a desk and on a phone.
import assert from "node:assert/strict";
import { assertGood } from "../support/axe.mjs";
import { Authenticator, readQr } from "../support/authenticator.mjs";
import { hydrated } from "../support/browser.mjs";
import { whileBroken } from "../support/database.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { choosePassword, fillSignIn, firstSignIn } from "../pages/session.mjs";

const PASSWORDS = { admin: "a harbour of its own", main: "bread and lamp oil", newcomer: "tides turn twice a day" };
const FIRST = "seven gulls over cold water";
const REFUSAL = /status of 4\d\d/;
/** How a deletion is asked for in each language, and what is said when the database fails in it. */
const DELETION = {
  en: ["Delete the account", "Delete", /^The account could not be deleted, and nothing was changed: Something went wrong inside Longshore\./],
  zh: ["删除账号", "删除", /^用户删除失败，未做任何更改：Longshore 内部出错。/],
};
const seen = {};

const it = suite({
  journey: true,
  signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, PASSWORDS.admin),
});

async function choose(page, path) {
  await page.goto(path);
  await hydrated(page);
}

async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

async function fill(page, fields) {
  for (const [name, value] of Object.entries(fields)) await page.locator(`[name="${name}"]`).fill(value);
}

/** Types something wrong, is told so without having sent anything, and types it right. */
async function isJudged(page, [name, bad, words, good]) {
  const field = page.locator(`[name="${name}"]`);
  const wrong = page.locator(".field").filter({ has: field }).locator(".field-error").getByText(words);
  await field.fill(bad);
  await wrong.waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), "true", name);
  assert.equal(await field.getAttribute("aria-describedby"), `${name}-notes`);
  assert.ok((await page.locator(`[id="${name}-notes"]`).innerText()).includes(words), `${name} is described by what is wrong`);
  await field.fill(good);
  await wrong.waitFor({ state: "detached" });
  assert.equal(await field.getAttribute("aria-invalid"), null, name);
}

/** Adds an authenticator app on the page that is open; gives it back when the recovery codes were put away. */
async function addApp(page, password) {
  await page.getByLabel("Your password").fill(password);
  await press(page, "Begin");
  await page.locator("svg.qr").waitFor();
  await assertGood(page);
  const app = new Authenticator(await readQr(page));
  await page.getByLabel("Code", { exact: true }).fill(app.code());
  await press(page, "Use it from now on");
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await codes.first().waitFor();
  assert.equal(await codes.count(), 10);
  await press(page, "I have kept them");
  return app;
}

it("opens registration to everybody", async ({ page, context }) => {
  await choose(page, "/platform");
  await page.getByLabel("Who registers a tenant").selectOption("open");
  await press(page, "Save");
  await page.getByText("Last changed by admin").waitFor();
  seen.admin = await context.storageState();
});

it("says on the form what names and addresses may be, and while one types what is wrong with one", async ({ open, server }) => {
  const plain = await (await fetch(`${server.url}/register`)).text();
  for (const rule of ["Use at most 40 lower-case letters", "Use 3 to 32 lower-case letters", "1 to 80 characters.", "name@example.org"]) {
    assert.ok(plain.includes(rule), `without a script: ${rule}`);
  }
  const { page } = await open({ storageState: undefined });
  const sent = [];
  page.on("request", (request) => {
    if (request.method() === "POST") sent.push(request.url());
  });
  await choose(page, "/register");
  for (const field of [
    ["form[tenant][name]", "The Quay", "start with a letter", "quay"],
    ["form[tenant][display_name]", "q".repeat(81), "The name has 81 characters", "The Quay"],
    ["form[tenant][owner][username]", "1keeper", "start with a letter", "keeper"],
    ["form[tenant][owner][display_name]", "   ", "A name is needed.", "Ada Keeper"],
    ["form[tenant][owner][email]", "ada@quay", "This is no e-mail address", "ada@quay.example"],
  ]) {
    await isJudged(page, field);
  }
  // An address is optional: nothing is wrong with none.
  await page.locator('[name="form[tenant][owner][email]"]').fill("");
  assert.deepEqual(sent, []);
  assert.equal(await page.locator(".field-error").count(), 0);
});

it("registers a team from the sign-in page, and signs its main account in", async ({ page, open }) => {
  const { page: stranger, context } = await open({ storageState: undefined });
  await choose(stranger, "/sign-in");
  await stranger.getByRole("link", { name: "Register a team" }).click();
  await stranger.waitForURL("**/register");
  await assertGood(stranger);
  await fill(stranger, {
    "form[tenant][name]": "quay",
    "form[tenant][display_name]": "The Quay",
    "form[tenant][owner][username]": "keeper",
    "form[tenant][owner][display_name]": "Ada Keeper",
    "form[tenant][owner][password]": PASSWORDS.main,
    "form[repeat]": PASSWORDS.main,
  });
  await press(stranger, "Register");
  await stranger.waitForURL((url) => url.pathname !== "/register");
  seen.main = await context.storageState();

  await page.goto("/tenants");
  await page.getByRole("link", { name: "quay", exact: true }).click();
  await page.waitForURL(/\/tenants\/[0-9a-f-]{36}$/);
  seen.tenant = new URL(page.url()).pathname;
});

it("has the main account add another, and make a link for a third", async ({ open }) => {
  const { page } = await open({ storageState: seen.main });
  await choose(page, "/accounts/new");
  await fill(page, { "form[username]": "deckhand", "form[display_name]": "Dora Deckhand", "form[password]": FIRST });
  await page.locator('[name="form[roles][0][role]"]').selectOption("developer");
  await press(page, "Add the account");
  seen.account = await page.getByRole("link", { name: "deckhand" }).getAttribute("href");
  await choose(page, "/accounts/invite");
  await press(page, "Make the link");
  seen.join = await page.locator(".copyable code").first().innerText();
  assert.match(seen.join, /^http.*\/join\?token=[0-9a-f]{64}$/);
  await page.getByRole("rowheader", { name: "to join as Developer on tenant quay" }).waitFor();
});

it("says the same on every form about people", async ({ open }) => {
  const { page } = await open({ storageState: seen.main });
  for (const [path, ...fields] of [
    ["/accounts/new", ["form[username]", "Deck", "start with a letter", "deck.two"], ["form[email]", "deck@", "no e-mail address", "d@quay.example"]],
    ["/accounts/new-service", ["form[username]", "1deployer", "start with a letter", "deployer"]],
    ["/accounts/invite", ["form[note]", "n".repeat(81), "Write at most 80 characters", "the cook"]],
    ["/roles/new", ["form[name]", "My role", "start with a letter", "my-role"], ["form[name]", "viewer", "a built-in role's name", "viewers"]],
    ["/settings/tokens", ["form[name]", "Nightly deploy", "start with a letter", "nightly-deploy"]],
    ["/settings", ["form[display_name]", "a".repeat(81), "The name has 81 characters", "Ada Keeper"], ["form[email]", "ada", "no e-mail address", ""]],
  ]) {
    await choose(page, path);
    for (const field of fields) await isJudged(page, field);
  }
  const { page: guest } = await open({ storageState: undefined });
  await choose(guest, seen.join);
  await isJudged(guest, ["form[username]", "Guest", "start with a letter", "guest"]);
  await isJudged(guest, ["form[display_name]", "g".repeat(81), "The name has 81 characters", "Gus Guest"]);
});

it("lets the newcomer do nothing before the password for one time is changed", async ({ open }) => {
  const { page, context } = await open({ storageState: undefined });
  await page.goto("/sign-in");
  await fillSignIn(page, "deckhand", FIRST);
  await page.waitForURL("**/password");
  seen.first = await context.storageState();
  await page.goto("/apps");
  await page.waitForURL("**/password");
});

it("says in both languages that an account could not be deleted, and why, and leaves it whole", async ({ open, server }) => {
  await whileBroken(server, "DELETE ON accounts", async () => {
    for (const [language, [ask, go, words]] of Object.entries(DELETION)) {
      const { page, complaints } = await open({ language, storageState: seen.main });
      complaints.expect(/(answer|status of) 500\b.*delete_account/);
      await choose(page, seen.account);
      await page.locator("summary").filter({ hasText: ask }).click();
      await page.locator('[name="confirm"]').last().fill("deckhand");
      await press(page, go);
      const told = page.locator(".form-errors");
      await told.getByText(words).waitFor();
      assert.match(await told.locator("code").innerText(), /\S/, "the request, by which the log tells more");
      assert.ok(!(await page.locator("main").innerText()).includes("no room"), "what the database said is for the log");
      await assertGood(page);
      await choose(page, "/accounts");
      await page.getByRole("link", { name: "deckhand" }).waitFor();
    }
  });
  // Its session goes on, too.
  const { page } = await open({ storageState: seen.first });
  await page.goto("/apps");
  await page.waitForURL("**/password");
});

it("shows the pages on the way in both languages, on a desk and on a phone", async ({ server }) => {
  const screens = [
    ["register", "/register"],
    ["join", seen.join],
    ["password", "/password", seen.first],
    ["service-new", "/accounts/new-service", seen.main],
    ["role-new", "/roles/new", seen.main],
    ["tenant", seen.tenant, seen.admin],
    ["tenant-account-new", `${seen.tenant}/accounts/new`, seen.admin],
    ["tenant-invite", `${seen.tenant}/accounts/invite`, seen.admin],
  ].map(([name, address, storageState]) => ({ name: `people-${name}`, address, storageState }));
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
});

it("takes a password of their own, and the first one no more", async ({ open }) => {
  const { page, context } = await open({ storageState: seen.first });
  await page.goto("/password");
  await choosePassword(page, FIRST, PASSWORDS.newcomer);
  await page.goto("/apps");
  assert.equal(new URL(page.url()).pathname, "/apps");
  seen.newcomer = await context.storageState();
  const { page: again, complaints } = await open({ storageState: undefined });
  complaints.expect(REFUSAL);
  await again.goto("/sign-in");
  await fillSignIn(again, "deckhand", FIRST);
  await again.getByText("The user name or the password is wrong").first().waitFor();
});

it("has the main account add an app, and ask everybody for a second factor", async ({ open }) => {
  const { page } = await open({ storageState: seen.main });
  await choose(page, "/settings/security");
  await addApp(page, PASSWORDS.main);
  await page.getByText("in use since").waitFor();
  await press(page, "Require it of everybody");
  await page.getByText("Everybody needs a second factor.").waitFor();
});

it("stops the newcomer until there is an app, which reads the code of the page", async ({ open, server }) => {
  const screen = { name: "people-second-factor", address: "/second-factor", storageState: seen.newcomer };
  await inspectAll([screen], { baseURL: server.url, views: NARROW_AND_WIDE });
  const { page } = await open({ storageState: seen.newcomer });
  await page.goto("/apps");
  await page.waitForURL("**/second-factor");
  await hydrated(page);
  seen.app = await addApp(page, PASSWORDS.newcomer);
  await page.waitForURL((url) => ["/", "/apps"].includes(url.pathname));
});

it("signs out, for good", async ({ open }) => {
  const { page } = await open({ storageState: seen.newcomer });
  await choose(page, "/apps");
  await press(page, "Account");
  await press(page, "Sign out");
  await page.waitForURL(/\/sign-in/);
  const { page: stolen } = await open({ storageState: seen.newcomer });
  await stolen.goto("/apps");
  await stolen.waitForURL(/\/sign-in/);
});

it("signs in by password and code", async ({ open }) => {
  const { page } = await open({ storageState: undefined });
  await page.goto("/sign-in");
  await fillSignIn(page, "deckhand", PASSWORDS.newcomer);
  await page.waitForURL(/\/sign-in\/code/);
  await hydrated(page);
  await assertGood(page);
  await page.getByLabel("Code", { exact: true }).fill(seen.app.code());
  await press(page, "Go on");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await choose(page, "/apps");
  await press(page, "Account");
  await page.getByText("Dora Deckhand (deckhand)").waitFor();
});
