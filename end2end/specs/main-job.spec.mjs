// The main job, as people do it in a browser, against a real Kubernetes: connect, see nodes, publish, upgrade without a
// failed request, see a bad release fail while the old one serves, roll back exactly, delete without a trace.
import assert from "node:assert/strict";
import { suite } from "../support/suite.mjs";
import { hydrated } from "../support/browser.mjs";
import { hasRealHosts, lab as labCommand } from "../support/lab.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { inspectAll, NARROW_AND_WIDE } from "../support/shots.mjs";
import { askUntil, startTraffic } from "../support/traffic.mjs";
import { firstSignIn } from "../pages/session.mjs";
import { becomes, publish, upgrade } from "../pages/app.mjs";

const PASSWORDS = { admin: "a harbour of its own", owner: "bread and lamp oil", developer: "ships at dawn 42" };
const ONE_TIME = { owner: "first-owner-pass", developer: "first-oar-pass-1" };
// A namespace that no earlier run on the same lab has left its name to.
const NAMESPACE = `shop-${Date.now().toString(36)}`;
const CONFIG = { one: "mode: first\nlimit: 10\n", two: "mode: second\nlimit: 20\n" };

const it = suite({
  lab: true,
  journey: true,
  server: ({ lab }) => ({ args: ["--insecure-registry", lab.registry] }),
  signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, PASSWORDS.admin),
});
const seen = {};
// What the browser says of an answer that refuses something, where a test provokes one.
const REFUSAL = /status of 4\d\d/;
const image = (lab, name) => `${lab.registry}/${name}`;
const asOwner = async (open, { refused = false } = {}) => {
  const { page, complaints } = await open({ storageState: seen.owner });
  if (refused) complaints.expect(REFUSAL);
  return page;
};

it("leads whoever is signed out to the sign-in page and back", { signedIn: false }, async ({ page, complaints }) => {
  complaints.expect(REFUSAL);
  await page.goto("/clusters?from=a-link");
  await page.waitForURL(/\/sign-in\?next=/);
  await hydrated(page);
  await page.getByLabel("User name").fill("admin");
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText(/do not match|wrong|not right/i).first().waitFor();
  await page.getByLabel("Password", { exact: true }).fill(PASSWORDS.admin);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL(/\/clusters\?from=a-link/);
});

it("connects a cluster, and refuses what is none with a reason", async ({ page, complaints, lab }) => {
  complaints.expect(REFUSAL);
  await page.goto("/clusters/new");
  await hydrated(page);
  await page.getByLabel("Name", { exact: true }).fill("harbour");
  const kubeconfig = page.locator('[name="form[kubeconfig]"]');
  const check = page.getByRole("button", { name: "Check", exact: true });
  await kubeconfig.fill("this: is\n  not: [yaml");
  await check.click();
  await page.getByText(/YAML/).first().waitFor();
  await kubeconfig.fill(lab.kubeconfig.replace(/server: .*/, "server: https://127.0.0.1:1"));
  await check.click();
  await page.getByText(/cannot be reached|does not answer|refused/i).first().waitFor();
  await kubeconfig.fill(lab.kubeconfig);
  await check.click();
  await page.getByText("It can be connected.").waitFor();
  await page.getByText(/v1\.34\./).first().waitFor();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.waitForURL(/\/clusters\/[0-9a-f-]{36}$/);
  seen.cluster = new URL(page.url()).pathname;
  assert.ok(!(await page.content()).includes("client-key-data"), "no page shows the kubeconfig");
});

it("shows the nodes, filtered by what is in the address", async ({ page }) => {
  await page.goto(`${seen.cluster}/nodes`);
  const names = hasRealHosts ? ["host-1", "host-2"] : ["simulated-"];
  for (const name of names) await page.getByText(name).first().waitFor();
  await hydrated(page);
  await page.getByRole("searchbox").first().fill("no-such-node");
  await page.waitForURL(/q=no-such-node/);
  await page.getByText(names[0]).first().waitFor({ state: "detached" });
  await page.goBack();
});

it("makes a tenant with its owner, a member, and a namespace with a quota", async ({ page, open }) => {
  await page.goto("/tenants/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill("shop");
  await page.locator('[name="form[display_name]"]').fill("The shop");
  await page.locator('[name="form[owner][username]"]').fill("keeper");
  await page.locator('[name="form[owner][display_name]"]').fill("Keeper");
  await page.locator('[name="form[owner][password]"]').fill(ONE_TIME.owner);
  await page.getByRole("button", { name: "Make the tenant" }).click();
  await page.waitForURL(/\/tenants\/[0-9a-f-]{36}$/);

  await page.goto("/namespaces/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill(NAMESPACE);
  await page.locator('[name="form[cpu]"]').fill("2");
  await page.locator('[name="form[memory]"]').fill("1Gi");
  await page.locator('[name="form[pods]"]').fill("20");
  await page.getByRole("button", { name: "Make the namespace" }).click();
  await page.waitForURL(/\/namespaces\/[0-9a-f-]{36}$/);

  const owner = await open({ storageState: undefined });
  await firstSignIn(owner.page, "keeper", ONE_TIME.owner, PASSWORDS.owner);
  await owner.page.goto("/accounts/new");
  await hydrated(owner.page);
  await owner.page.locator('[name="form[username]"]').fill("dev");
  await owner.page.locator('[name="form[display_name]"]').fill("Developer");
  await owner.page.locator('[name="form[roles][0][role]"]').selectOption("developer");
  await owner.page.locator('[name="form[password]"]').fill(ONE_TIME.developer);
  await owner.page.getByRole("button", { name: "Add the account" }).click();
  await owner.page.waitForURL(/\/accounts$/);
  seen.owner = await owner.context.storageState();

  const developer = await open({ storageState: undefined });
  developer.complaints.expect(REFUSAL);
  await firstSignIn(developer.page, "dev", ONE_TIME.developer, PASSWORDS.developer);
  await developer.page.goto("/accounts");
  await developer.page.getByText(/lacks the permission|not exist/).first().waitFor();
});

it("publishes from a template and watches it come up", { skip: !hasRealHosts }, async ({ lab, open }) => {
  const page = await asOwner(open);
  await page.goto("/templates/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill("web-service");
  await page.locator('[name="form[description]"]').fill("A small service with a configuration file");
  await page.locator('[name="form[spec][health_path]"]').fill("/readyz");
  await page.locator('[name="form[spec][config_path]"]').fill("/etc/demo/config.yaml");
  await page.getByRole("button", { name: "Make the template" }).click();
  await page.waitForURL(/\/templates(\/[0-9a-f-]{36})?$/);
  await page.goto("/apps/new");
  await page.getByRole("link", { name: /web-service/ }).first().click();
  await page.waitForURL(/template=/);

  seen.app = await publish(page, {
    name: "web",
    image: image(lab, "demo:1.0.0"),
    replicas: 3,
    port: 8080,
    cpu: "50m",
    memory: "64Mi",
    health_path: "/readyz",
    env: "GREETING=hello from one",
    config_path: "/etc/demo/config.yaml",
    config_content: CONFIG.one,
    secrets: "TOKEN=s3cr3t-of-the-shop",
    deadline: 120,
    reason: "first version",
  });
  await becomes(page, "Serving", 1);
  seen.url = await labCommand("service-url", NAMESPACE, "web", "--name", lab.name);
  const answer = await askUntil(seen.url, (a) => a.version === "1.0.0");
  assert.equal(answer.config, CONFIG.one);
  assert.equal(answer.greeting, "hello from one");
  await page.goto(`${seen.app}?tab=configuration`);
  await page.getByText("TOKEN").first().waitFor();
  assert.ok(!(await page.content()).includes("s3cr3t-of-the-shop"), "no page shows a secret");
});

it("says what is short when it does not fit", { skip: !hasRealHosts }, async ({ lab, open }) => {
  const page = await asOwner(open, { refused: true });
  await page.goto("/apps/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill("whale");
  await page.locator('[name="form[spec][image]"]').fill(image(lab, "demo:1.0.0"));
  await page.locator('[name="form[spec][memory]"]').fill("900Mi");
  await page.locator('[name="form[spec][replicas]"]').fill("4");
  await page.getByRole("button", { name: "Will it fit?" }).click();
  await page.getByText(/short/i).first().waitFor();
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByText(/short/i).first().waitFor();
  assert.match(page.url(), /\/apps\/new/);
});

it("upgrades under load without a failed request", { skip: !hasRealHosts }, async ({ lab, open }) => {
  const page = await asOwner(open);
  const traffic = startTraffic(seen.url, { rate: 60 });
  await upgrade(page, seen.app, {
    image: image(lab, "demo:2.0.0"),
    env: "GREETING=hello from two",
    config_content: CONFIG.two,
    reason: "second version",
  });
  await becomes(page, "Serving", 2);
  const answer = await askUntil(seen.url, (a) => a.version === "2.0.0");
  assert.equal(answer.config, CONFIG.two);
  await askUntil(seen.url, (a) => a.version === "2.0.0");
  const result = await traffic.stop();
  assert.deepEqual(result.failures, [], `of ${result.sent} requests`);
  assert.ok(result.rate >= 50, `${result.rate} requests a second`);
  assert.ok(result.versions["1.0.0"] > 0 && result.versions["2.0.0"] > 0, JSON.stringify(result.versions));
});

it("keeps the old version serving when a new one never gets ready, and says why", { skip: !hasRealHosts }, async ({ lab, open }) => {
  const page = await asOwner(open);
  await upgrade(page, seen.app, { image: image(lab, "never-ready:1.0.0"), deadline: 15, reason: "a bad build" });
  await page.goto(`${seen.app}?tab=releases`);
  await page.locator('main li[data-state="failed"]').getByText(/did not get ready within 15 s/).waitFor({ timeout: 90_000 });
  const answer = await askUntil(seen.url, () => true);
  assert.equal(answer.version, "2.0.0");
});

it("rolls back image, configuration and environment, and shows the difference first", { skip: !hasRealHosts }, async ({ open }) => {
  const page = await asOwner(open);
  await page.goto(`${seen.app}/rollback/1`);
  await page.getByText("hello from one").first().waitFor();
  await page.getByText("mode: first").first().waitFor();
  await page.getByText(/Dry run: the cluster would take all objects/).waitFor();
  await hydrated(page);
  await page.locator('[name="reason"]').fill("the second one was slow");
  await page.getByRole("button", { name: "Roll back to 1" }).first().click();
  await page.waitForURL((url) => url.pathname === seen.app);
  await becomes(page, "Serving", 4);
  const answer = await askUntil(seen.url, (a) => a.version === "1.0.0");
  assert.equal(answer.config, CONFIG.one);
  assert.equal(answer.greeting, "hello from one");
});

it("keeps a second tenant's people away from the first tenant's things", { skip: !hasRealHosts }, async ({ page, open }) => {
  await page.goto("/tenants/new");
  await hydrated(page);
  await page.locator('[name="form[name]"]').fill("rival");
  await page.locator('[name="form[display_name]"]').fill("The rival");
  await page.locator('[name="form[owner][username]"]').fill("rival");
  await page.locator('[name="form[owner][display_name]"]').fill("Rival");
  await page.locator('[name="form[owner][password]"]').fill("first-chance-pass");
  await page.getByRole("button", { name: "Make the tenant" }).click();
  await page.waitForURL(/\/tenants\/[0-9a-f-]{36}$/);
  const rival = await open({ storageState: undefined });
  await firstSignIn(rival.page, "rival", "first-chance-pass", "a chance for others");
  rival.complaints.expect(REFUSAL);
  await rival.page.goto("/apps");
  assert.equal(await rival.page.getByRole("link", { name: "web", exact: true }).count(), 0);
  await rival.page.goto(seen.app);
  await rival.page.getByText(/not exist/).first().waitFor();
});

const SCREENS = () => [
  ["sign-in", "/sign-in", undefined],
  ["clusters", "/clusters", "admin"],
  ["cluster-new", "/clusters/new", "admin"],
  ["cluster", seen.cluster, "admin"],
  ["nodes", `${seen.cluster}/nodes`, "admin"],
  ["node", `${seen.cluster}/nodes/host-1`, "admin"],
  ["pods", `${seen.cluster}/pods`, "admin"],
  ["tenants", "/tenants", "admin"],
  ["tenant-new", "/tenants/new", "admin"],
  ["platform", "/platform", "admin"],
  ["namespace-new", "/namespaces/new", "admin"],
  ["namespaces", "/namespaces", "owner"],
  ["accounts", "/accounts", "owner"],
  ["account-new", "/accounts/new", "owner"],
  ["account-invite", "/accounts/invite", "owner"],
  ["templates", "/templates", "owner"],
  ["template-new", "/templates/new", "owner"],
  ["apps", "/apps", "owner"],
  ["app-new", "/apps/new", "owner"],
  ["apps-deleted", "/apps/deleted", "owner"],
  ["app", seen.app, "owner"],
  ["app-pods", `${seen.app}?tab=pods`, "owner"],
  ["app-releases", `${seen.app}?tab=releases`, "owner"],
  ["app-configuration", `${seen.app}?tab=configuration`, "owner"],
  ["app-settings", `${seen.app}?tab=settings`, "owner"],
  ["app-upgrade", `${seen.app}/upgrade`, "owner"],
  ["app-history", `${seen.app}/releases`, "owner"],
  ["app-release", `${seen.app}/releases/1`, "owner"],
  ["app-compare", `${seen.app}/compare/1/2`, "owner"],
  ["app-rollback", `${seen.app}/rollback/2`, "owner"],
  ["app-delete", `${seen.app}/delete`, "owner"],
  ["operations", "/operations", "owner"],
  ["operation", seen.operation, "owner"],
  ["audit", "/audit", "owner"],
  ["settings", "/settings", "owner"],
  ["settings-sessions", "/settings/sessions", "owner"],
  ["settings-security", "/settings/security", "owner"],
  ["settings-tokens", "/settings/tokens", "owner"],
];

it("has only screens that everybody can use", { skip: !hasRealHosts, timeout: 1_200_000 }, async ({ server, storageState, open }) => {
  const { page } = await open({ storageState: seen.owner });
  await page.goto("/operations");
  seen.operation = await page.locator('main a[href^="/operations/"]').first().getAttribute("href");
  const people = { admin: storageState, owner: seen.owner };
  const screens = SCREENS().map(([name, address, who]) => ({ name, address, storageState: who && people[who] }));
  await inspectAll(screens, { baseURL: server.url, views: NARROW_AND_WIDE });
});

it("deletes an application and leaves nothing in the cluster", { skip: !hasRealHosts }, async ({ lab, open }) => {
  const page = await asOwner(open, { refused: true });
  const id = seen.app.split("/").at(-1);
  const owned = () => kubectl(lab, "get", "all,configmaps,secrets,poddisruptionbudgets", "-n", NAMESPACE, "-l", `longshore.dev/app=${id}`, "-o", "name");
  assert.notEqual(await owned(), "", "the application has objects before");
  await page.goto(`${seen.app}/delete`);
  await page.getByText("Deployment").first().waitFor();
  await hydrated(page);
  await page.locator('[name="confirm"]').fill("not-web");
  await page.getByRole("button", { name: "Delete web" }).click();
  await page.locator('[name="confirm"][aria-invalid="true"]').waitFor();
  await page.locator('[name="confirm"]').fill("web");
  await page.getByRole("button", { name: "Delete web" }).click();
  await page.waitForURL(/\/(operations|apps)/);
  const end = Date.now() + 90_000;
  while ((await owned()) !== "" && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(await owned(), "");
  await page.goto("/apps");
  await page.getByRole("link", { name: "web", exact: true }).waitFor({ state: "detached", timeout: 30_000 });
});

it("signs in again on a phone, in Chinese", { signedIn: false, width: 360, language: "zh" }, async ({ page }) => {
  await page.goto("/sign-in");
  await hydrated(page);
  await page.getByLabel("用户名").fill("keeper");
  await page.getByLabel("密码", { exact: true }).fill(PASSWORDS.owner);
  await page.getByRole("button", { name: "登录" }).click();
  await page.waitForURL(/\/apps/);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
});
