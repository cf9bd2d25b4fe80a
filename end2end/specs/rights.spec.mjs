// Who may do what: a role made by a tenant, given to a colleague, explained to others and to whoever has it, taken; every
// page about it in both languages, on a desk and on a phone.
import assert from "node:assert/strict";
import { after } from "node:test";
import { assertGood } from "../support/axe.mjs";
import { hydrated } from "../support/browser.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { Rest } from "../support/rest.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { suite } from "../support/suite.mjs";
import { firstSignIn } from "../pages/session.mjs";

const PASSWORD = "a harbour of its own";
const FIRST = "seven gulls over cold water";
const NAMESPACE = `rights-${Date.now().toString(36)}`;
const seen = {};

const it = suite({
  lab: true,
  journey: true,
  signIn: async ({ page, server, lab }) => {
    seen.lab = lab;
    await firstSignIn(page, "admin", server.password, PASSWORD);
  },
});

after(async () => {
  if (seen.lab) await kubectl(seen.lab, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false");
});

it("makes a tenant, whose owner adds a colleague without a role", async ({ page, open, server }) => {
  await page.goto("/tenants/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill("quay");
  await page.locator('[name="form[display_name]"]').fill("Quay");
  await page.locator('[name="form[owner][username]"]').fill("keeper");
  await page.locator('[name="form[owner][display_name]"]').fill("Ada Keeper");
  await page.locator('[name="form[owner][password]"]').fill(FIRST);
  await page.getByRole("button", { name: "Make the tenant" }).click();
  await page.getByRole("heading", { level: 1, name: "Quay" }).waitFor();
  seen.tenant = new URL(page.url()).pathname.split("/").at(-1);

  const owner = await open({ storageState: undefined });
  await firstSignIn(owner.page, "keeper", FIRST, PASSWORD);
  seen.owner = await owner.context.storageState();
  await owner.page.goto("/accounts/new");
  await hydrated(owner.page);
  await owner.page.locator('[name="form[username]"]').fill("newcomer");
  await owner.page.locator('[name="form[display_name]"]').fill("Nils Newcomer");
  await owner.page.locator('[name="form[password]"]').fill(FIRST);
  await owner.page.locator('[name="form[roles][0][role]"]').selectOption("");
  await owner.page.getByRole("button", { name: "Add the account" }).click();
  await owner.page.getByRole("link", { name: "newcomer" }).click();
  await owner.page.getByRole("heading", { level: 1, name: "Nils Newcomer" }).waitFor();
  await owner.page.getByText("It has no role").waitFor();
  seen.account = new URL(owner.page.url()).pathname;
  assert.match(seen.account, /^\/accounts\//, server.url);
});

it("makes a role of the catalogue and gives it", async ({ open }) => {
  const { page, complaints } = await open({ storageState: seen.owner });
  complaints.expect(/status of 422/);
  await page.goto("/roles/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill("releaser");
  await page.getByRole("button", { name: "Make the role" }).click();
  await page.getByText("Choose at least one permission.").first().waitFor();
  for (const permission of ["app.read", "app.rollback"]) await page.locator(`input[value="${permission}"]`).check();
  await page.getByRole("button", { name: "Make the role" }).click();
  await page.getByRole("link", { name: "releaser" }).waitFor();
  seen.role = await page.getByRole("link", { name: "releaser" }).getAttribute("href");

  await page.goto(seen.account);
  await hydrated(page);
  await page.getByText("Give a role").click();
  await page.locator('[name="form[role]"]').selectOption({ label: "releaser" });
  await page.getByRole("button", { name: "Give the role" }).click();
  await page.getByRole("button", { name: "Revoke the role releaser" }).waitFor();
  await page.getByText("releaser on tenant quay").first().waitFor();
});

it("shows somebody who has a role in one namespace alone what it lets them do, on a phone", async ({ server, lab, open }) => {
  const admin = new Rest(server);
  await admin.post("/session", { username: "admin", password: PASSWORD });
  const cluster = await admin.post("/clusters", { name: "harbour", kubeconfig: lab.kubeconfig });
  const quota = { cpu: "1", memory: "1Gi", pods: "5" };
  const namespace = await admin.post("/namespaces", { cluster: cluster.id, tenant: seen.tenant, name: NAMESPACE, ...quota });
  seen.namespace = namespace.id;
  const owner = new Rest(server);
  await owner.post("/session", { username: "keeper", password: PASSWORD });
  const form = { username: "lookout", display_name: "Lou Lookout", email: "", password: FIRST };
  const lookout = await owner.post("/accounts", form);
  await owner.post(`/accounts/${lookout.id}/bindings`, { role: "viewer", scope: `namespace/${namespace.id}` });

  const { page, context } = await open({ storageState: undefined, width: 360, height: 740 });
  await firstSignIn(page, "lookout", FIRST, PASSWORD);
  seen.lookout = await context.storageState();
  await page.goto("/settings");
  await hydrated(page);
  await page.getByRole("link", { name: "Show what you may do" }).click();
  await page.waitForURL("**/settings/rights");
  await page.getByRole("heading", { level: 1, name: "What you may do" }).waitFor();
  // Without a word about where, the answer is about the one place there is.
  await page.getByText(`Asked for: namespace ${NAMESPACE}`).waitFor();
  await page.getByText(`Viewer on namespace ${NAMESPACE}`).first().waitFor();
  assert.deepEqual(await page.locator('[name="on"] option').allInnerTexts(), [`namespace ${NAMESPACE}`]);
  assert.equal(await page.getByRole("rowheader", { name: "app.publish" }).count(), 0);
  await page.getByText(/What you may not do: \d+/).click();
  await page.getByText("app.publish", { exact: true }).waitFor();
  await page.getByRole("button", { name: "What may you do there?" }).click();
  await page.waitForURL(new RegExp(`/settings/rights\\?on=namespace(/|%2F)${namespace.id}$`, "i"));
  await page.getByText(`Viewer on namespace ${NAMESPACE}`).first().waitFor();
  await assertGood(page);
});

it("makes an account with several roles, each in its place, on a phone and by the keyboard", async ({ open }) => {
  const { page, complaints } = await open({ storageState: seen.owner, width: 360, height: 740 });
  complaints.expect(/status of 422/);
  await page.goto("/accounts/new");
  await hydrated(page);
  await page.locator('[name="form[username]"]').fill("purser");
  await page.locator('[name="form[display_name]"]').fill("Pia Purser");
  await page.locator('[name="form[password]"]').fill(FIRST);
  const role = (n) => page.locator(`[name="form[roles][${n}][role]"]`);
  const place = (n) => page.locator(`[name="form[roles][${n}][scope]"]`);
  await role(0).selectOption("viewer");
  assert.equal(await page.getByRole("button", { name: "Take role 1 out" }).count(), 0, "one row is always there");
  const more = page.getByRole("button", { name: "Another role" });
  for (const n of [1, 2]) {
    await more.press("Enter");
    await role(n).waitFor();
    await page.waitForFunction((name) => document.activeElement?.name === name, `form[roles][${n}][role]`);
  }
  await role(2).selectOption("viewer");
  await assertGood(page);
  await page.getByRole("button", { name: "Take role 2 out" }).press("Enter");
  await role(1).waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement?.closest("#more-roles"));

  // The same role in the same place is refused at the row that says it again, and nothing that was typed is lost.
  await page.getByRole("button", { name: "Add the account" }).click();
  await page.getByRole("group", { name: "Role 3" }).getByText("gets this role there already").waitFor();
  assert.equal(await place(0).getAttribute("aria-invalid"), null);
  assert.equal(await place(2).getAttribute("aria-invalid"), "true");
  await role(2).selectOption("developer");
  await place(2).selectOption({ label: `namespace ${NAMESPACE}` });
  await page.getByRole("button", { name: "Add the account" }).click();
  await page.getByRole("link", { name: "purser" }).click();
  await page.getByRole("heading", { level: 1, name: "Pia Purser" }).waitFor();
  await page.getByRole("button", { name: "Revoke the role Viewer" }).waitFor();
  await page.getByRole("button", { name: "Revoke the role Developer" }).waitFor();
  const roles = page.getByRole("table", { name: "Roles" });
  await roles.getByText("tenant quay").first().waitFor();
  await roles.getByText(`namespace ${NAMESPACE}`).first().waitFor();
});

it("leads there from the menu of the account", async ({ open }) => {
  const { page } = await open({ storageState: seen.owner });
  await page.goto("/apps");
  await hydrated(page);
  await page.getByRole("button", { name: "Account", exact: true }).click();
  await page.getByRole("link", { name: "What you may do" }).click();
  await page.waitForURL("**/settings/rights");
  await page.getByText("Owner on tenant quay").first().waitFor();
  // Whoever reaches the whole tenant asks about anything in it.
  const places = await page.locator('[name="on"] option').allInnerTexts();
  assert.deepEqual(places, ["tenant quay", "cluster harbour", `namespace ${NAMESPACE}`]);
});

it("lets everybody change the own profile", async ({ open }) => {
  const { page } = await open({ storageState: seen.owner });
  await page.goto("/settings");
  await hydrated(page);
  const name = page.locator('[name="form[display_name]"]');
  await name.fill("Ada the Keeper");
  await page.locator('[name="form[email]"]').fill("ada@quay.example");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForFunction(() => document.querySelector('[name="form[version]"]').value === "2");
  await page.reload();
  assert.equal(await name.inputValue(), "Ada the Keeper");
});

it("answers who may, and why", async ({ open }) => {
  const { page } = await open({ storageState: seen.owner });
  await page.goto("/access");
  await hydrated(page);
  await page.locator('[name="permission"]').selectOption("app.rollback");
  await page.getByRole("button", { name: "Who may?" }).click();
  await page.waitForURL(/permission=app\.rollback/);
  await page.getByRole("link", { name: "newcomer" }).waitFor();
  await page.getByRole("link", { name: "keeper" }).waitFor();
});

it("shows all of it in both languages, on a desk and on a phone", async ({ server }) => {
  const screens = [
    ["accounts", "/accounts"],
    ["account", seen.account],
    ["account-there", `${seen.account}?on=namespace/${seen.namespace}`],
    ["account-new", "/accounts/new"],
    ["roles", "/roles"],
    ["role", seen.role],
    ["access", "/access"],
    ["access-answer", "/access?permission=app.rollback"],
    ["settings", "/settings"],
    ["own", "/settings/rights"],
    ["own-narrow", "/settings/rights", seen.lookout],
  ].map(([name, address, storageState = seen.owner]) => ({ name: `rights-${name}`, address, storageState }));
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
});

it("takes the role, disables the account and deletes it", async ({ open, complaints }) => {
  const { page } = await open({ storageState: seen.owner });
  await page.goto(seen.account);
  await hydrated(page);
  await page.getByRole("button", { name: "Revoke the role releaser" }).click();
  await page.getByText("It has no role").waitFor();
  await page.getByRole("button", { name: "Disable the account" }).click();
  await page.getByText("disabled", { exact: true }).first().waitFor();
  await page.getByText("Delete the account").click();
  await page.locator('[name="confirm"]').last().fill("newcomer");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.waitForURL("**/accounts");
  await page.getByRole("link", { name: "keeper" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "newcomer" }).count(), 0);
  complaints.verify();
});
