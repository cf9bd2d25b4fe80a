// Signing in by a real identity provider: connected by the form, roles by claims, and everything that can go wrong on the
// way there and back.
import assert from "node:assert/strict";
import { after } from "node:test";
import { assertAccessible, assertFits } from "../support/axe.mjs";
import { hydrated } from "../support/browser.mjs";
import { CLIENT, IdentityProvider, agree } from "../support/identity-provider.mjs";
import { Rest } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { firstSignIn, signIn } from "../pages/session.mjs";

const PASSWORD = "a harbour of its own";
const OWNER = "bread and lamp oil";
// What the browser says of an answer that refuses something, where a test provokes one.
const REFUSAL = /status of 4\d\d/;
const it = suite({ journey: true, signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, PASSWORD) });
const provider = new IdentityProvider();
const seen = {};
after(() => provider.stop());

const callback = (server) => `${server.url}/sign-in/with/acme/callback`;
const notice = (page, words) => page.getByRole("alert").getByText(words).waitFor();
const fill = (page, name, value) => page.locator(`[name="form[${name}]"]`).fill(value);

/** From the sign-in page to the provider's. */
async function toProvider(page, next = "") {
  await page.goto(`/sign-in?provider=acme${next}`);
  await page.getByRole("link", { name: "Sign in with Acme" }).click();
  await page.getByLabel("Who are you?").waitFor();
}

/** Signs in by the provider; resolves on the first page. */
async function byProvider(page, who) {
  await toProvider(page);
  await agree(page, who);
  await page.waitForURL((url) => url.pathname !== "/sign-in" && !url.pathname.startsWith("/interaction"));
}

async function rolesOf(owner, username) {
  const account = (await owner.get("/accounts")).rows.find((row) => row.username === username);
  return (await owner.get(`/accounts/${account.id}`)).bindings.map((binding) => binding.role).sort();
}

it("is connected by the form, which says what is wrong", async ({ page, server, complaints }) => {
  complaints.expect(REFUSAL);
  await provider.start([callback(server)]);
  const admin = new Rest(server);
  await admin.post("/session", { username: "admin", password: PASSWORD });
  for (const name of ["shop", "bank"]) {
    const owner = { username: `${name}-owner`, display_name: "Owner", password: "first-owner-pass" };
    await admin.post("/tenants", { name, display_name: `The ${name}`, owner });
  }
  seen.owner = await new Rest(server).firstSignIn("shop-owner", "first-owner-pass", OWNER);
  await new Rest(server).firstSignIn("bank-owner", "first-owner-pass", OWNER);

  await page.goto("/tenants");
  await hydrated(page);
  await page.getByRole("link", { name: "Identity providers" }).click();
  await page.getByText("There is no identity provider yet.").waitFor();
  await page.getByRole("link", { name: "Add a provider" }).click();
  await page.getByLabel("Whose people sign in by it").selectOption({ label: "The shop (shop)" });
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("For the people of shop.").waitFor();
  await hydrated(page);
  await fill(page, "slug", "acme");
  await page.getByText("/sign-in/with/acme/callback").waitFor();
  await fill(page, "issuer", `${provider.url}/`);
  await fill(page, "name", "Acme");
  await fill(page, "client_id", CLIENT.id);
  await fill(page, "client_secret", "not the secret");
  await fill(page, "scopes", "groups");
  for (const [n, value, role] of [[0, "devs", "developer"], [1, "ops", "operator"]]) {
    await page.getByLabel(`Claim ${n + 1}`).fill("groups");
    await page.getByLabel(`Value ${n + 1}`).fill(value);
    await page.getByLabel(`Role ${n + 1}`).selectOption(role);
  }
  await page.getByRole("button", { name: "Another rule" }).click();
  await page.getByLabel("Claim 3").waitFor();
  const submit = page.getByRole("button", { name: "Check and add" });
  await submit.click();
  await page.getByText("The discovery document there is of another issuer.").first().waitFor();
  await fill(page, "issuer", provider.url);
  await submit.click();
  await page.getByText("does not know this client ID with this secret").first().waitFor();
  await assertAccessible(page);
  await fill(page, "client_secret", CLIENT.secret);
  await submit.click();
  await page.waitForURL(/\/identity-providers\/[0-9a-f-]{36}$/);
  seen.provider = new URL(page.url()).pathname;
  await page.getByText(callback(server)).waitFor();
  await hydrated(page);
  await page.getByRole("button", { name: "Check it again" }).click();
  await page.getByText("All that is needed is there").waitFor();
  assert.ok(!(await page.content()).includes(CLIENT.secret));
});

it("leads its people in, and gives them roles", { signedIn: false }, async ({ page, context }) => {
  provider.people.ada = { name: "Ada Lovelace", preferred_username: "Ada.L", email: "ada@acme.example", groups: ["devs"] };
  await page.goto("/sign-in");
  await hydrated(page);
  assert.equal(await page.getByText("Acme").count(), 0, "nobody is told who is not to know");
  await page.goto("/templates?from=a-link");
  await page.waitForURL(/\/sign-in\?next=/);
  await toProvider(page, `&next=${encodeURIComponent("/templates?from=a-link")}`);
  let back;
  page.on("request", (request) => request.url().includes("/callback?") && (back = request.url()));
  await agree(page, "ada");
  await page.waitForURL(/\/templates\?from=a-link$/);
  assert.deepEqual(await rolesOf(seen.owner, "ada.l"), ["developer"]);
  await hydrated(page);
  seen.ada = await context.storageState();
  // The address by which one came back is worth nothing any more.
  await page.goto(back);
  await page.waitForURL(/problem=state/);
  await notice(page, "or it was used already");
  await page.goto("/settings");
  await page.locator("main").getByText("Ada Lovelace").first().waitFor();
});

it("gives other roles when the claims are others", { signedIn: false }, async ({ page }) => {
  provider.people.ada.groups = ["ops", "dancers"];
  provider.people.ada.preferred_username = "somebody-else";
  await byProvider(page, "ada");
  assert.deepEqual(await rolesOf(seen.owner, "ada.l"), ["operator"]);
  await page.goto("/settings");
  await page.locator("main").getByText("ada.l", { exact: true }).first().waitFor();
});

it("is nothing to another tenant", async ({ open }) => {
  const { page, complaints } = await open({ storageState: undefined });
  complaints.expect(REFUSAL);
  await signIn(page, "bank-owner", OWNER);
  await page.goto("/settings/identities");
  await page.getByText("There is no other for your account.").waitFor();
  await page.goto(seen.provider);
  await page.getByText(/lacks the permission/).first().waitFor();
  assert.equal(await page.getByText("Acme").count(), 0);
});

it("says what went wrong, and that is all", { signedIn: false }, async ({ page }) => {
  await toProvider(page);
  await page.getByRole("button", { name: "Refuse" }).click();
  await page.waitForURL(/\/sign-in\?problem=denied/);
  await notice(page, "You did not agree at the identity provider");
  assert.ok(!(await page.content()).includes("<b>no</b>"));
  await assertAccessible(page);

  // Gone, in the moment when it has sent somebody back.
  provider.onReturn = () => provider.stop();
  await toProvider(page);
  await agree(page, "ada");
  await page.waitForURL(/problem=unreachable/);
  await notice(page, "cannot be reached just now");
  provider.onReturn = () => false;
  await provider.resume();
});

it("lets nobody bring another browser's answer", { signedIn: false }, async ({ page, open }) => {
  let back;
  provider.onReturn = (to) => (back = to) !== "";
  await toProvider(page);
  await agree(page, "ada");
  await page.getByText("Held").waitFor();
  provider.onReturn = () => false;
  const { page: other } = await open({ storageState: undefined });
  await other.goto(back);
  await other.waitForURL(/problem=state/);
  await notice(other, "belongs to nothing that this browser has begun");
  await other.goto("/apps");
  await other.waitForURL(/\/sign-in/);
});

it("is linked with an account that there is, and unlinked", { signedIn: false }, async ({ page, open }) => {
  await signIn(page, "shop-owner", OWNER);
  await page.goto("/settings");
  await page.getByRole("link", { name: "Linked accounts" }).click();
  await page.getByRole("button", { name: "Link with Acme" }).click();
  await agree(page, "keeper");
  await page.waitForURL(/\/settings\/identities$/);
  await page.getByRole("rowheader", { name: "Acme" }).waitFor();
  const { page: other } = await open({ storageState: undefined });
  await byProvider(other, "keeper");
  await other.goto("/settings");
  await other.locator("main").getByText("shop-owner", { exact: true }).first().waitFor();
  await hydrated(page);
  await page.getByRole("button", { name: "Unlink Acme" }).click();
  await page.getByText("Your account is linked with none.").waitFor();
  await other.goto("/settings");
  await other.waitForURL(/\/sign-in/);
});

it("looks right everywhere", async ({ server, context, page }) => {
  await page.goto(seen.provider);
  const storageState = await context.storageState();
  const tenant = (await (await fetch(`${server.url}/api/v1/tenants`, { headers: { cookie: storageState.cookies.map((c) => `${c.name}=${c.value}`).join("; ") } })).json()).rows.find((row) => row.name === "shop");
  const screens = [
    { name: "openid-sign-in", address: "/sign-in?provider=acme&problem=slow" },
    { name: "openid-providers", address: "/identity-providers", storageState },
    { name: "openid-new", address: `/identity-providers/new?tenant=${tenant.id}`, storageState },
    { name: "openid-provider", address: seen.provider, storageState },
    { name: "openid-identities", address: "/settings/identities?problem=taken", storageState: seen.ada },
  ];
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
});

it("ends what it has opened when it is deleted", async ({ page, open }) => {
  const { page: ada } = await open({ storageState: seen.ada });
  await ada.goto("/apps");
  await hydrated(ada);
  await page.goto(seen.provider);
  await hydrated(page);
  await assertFits(page);
  await page.getByText("Delete the provider").click();
  await page.getByLabel("Type acme to delete it").fill("acme");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.waitForURL(/\/identity-providers$/);
  await page.getByText("There is no identity provider yet.").waitFor();
  // The open page hears of it, and leads to the sign-in page at the latest when it is left.
  await ada.goto("/templates");
  await ada.waitForURL(/\/sign-in/);
  await ada.goto("/sign-in?provider=acme");
  await notice(ada, "There is no such identity provider for you");
  assert.deepEqual(await rolesOf(seen.owner, "ada.l"), []);
});
