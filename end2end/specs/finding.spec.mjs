// Finding things in a cluster of 120 nodes: what is wrong with a kubeconfig, the list of nodes whose order and page are in
// the address, the command palette, the keys, and a theme that is there from the first picture.
import assert from "node:assert/strict";
import { after } from "node:test";
import { readFile } from "node:fs/promises";
import { assertGood } from "../support/axe.mjs";
import { hydrated, openContext } from "../support/browser.mjs";
import { kubectl } from "../support/kubectl.mjs";
import { lab as labCommand } from "../support/lab.mjs";
import { suite } from "../support/suite.mjs";
import { firstSignIn } from "../pages/session.mjs";

const LAB = "finding";
const PASSWORD = "a harbour of its own";
const REFUSAL = /status of 4\d\d/;
const seen = {};

async function ownLab() {
  await labCommand("up", "--name", LAB, "--no-hosts", "--simulated", "120");
  seen.lab = { path: await labCommand("kubeconfig", "--name", LAB) };
  seen.kubeconfig = await readFile(seen.lab.path, "utf8");
}
after(() => labCommand("down", "--name", LAB));

const it = suite({ journey: true, lab: ownLab, signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, PASSWORD) });

/** The kubeconfig with lines changed; fails when there was nothing to change. */
function changed(...changes) {
  return changes.reduce((text, [from, to]) => {
    const next = text.replace(from, to);
    assert.notEqual(next, text, `the kubeconfig has no ${from}`);
    return next;
  }, seen.kubeconfig);
}

it("says of each kubeconfig that cannot be used what is the matter", async ({ page, complaints }) => {
  complaints.expect(REFUSAL);
  const noKey = [/\n\s*client-key-data:.*/, ""];
  const certificate = /client-certificate-data:\s*(\S+)/;
  const cases = [
    ["", /Paste a kubeconfig/],
    ["this: is\n  not: [yaml", /not the YAML of a kubeconfig/],
    [changed([/current-context:.*/, 'current-context: ""']), /has no current context. Set “current-context” to one of: /],
    [changed([certificate, "exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, interactiveMode: Never}"], noKey), /running the program “aws”/],
    [changed([certificate, "auth-provider: {name: gcp}"], noKey), /through the plug-in “gcp”/],
    [changed([certificate, "username: somebody"], noKey), /no client certificate, token or password/],
    [changed([/server: .*/, "server: https://127.0.0.1:1"]), /The cluster does not answer/],
    [changed([/certificate-authority-data:\s*\S+/, `certificate-authority-data: ${certificate.exec(seen.kubeconfig)[1]}`]), /not signed by the authority in the kubeconfig/],
  ];
  await page.goto("/clusters/new");
  await hydrated(page);
  await page.getByLabel("Name", { exact: true }).fill("harbour");
  const field = page.locator('[name="form[kubeconfig]"]');
  for (const [text, said] of cases) {
    await field.fill(text);
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await page.getByText(said).first().waitFor();
    assert.equal(await field.getAttribute("aria-invalid"), "true", String(said));
  }
});

it("takes a kubeconfig from a file", async ({ page }) => {
  await page.goto("/clusters/new");
  await hydrated(page);
  await page.getByLabel("Name", { exact: true }).fill("harbour");
  await page.getByLabel("From a file").setInputFiles({ name: "config.yaml", mimeType: "application/yaml", buffer: Buffer.from(seen.kubeconfig) });
  await page.waitForFunction((text) => document.querySelector('[name="form[kubeconfig]"]').value === text, seen.kubeconfig);
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByText("It can be connected.").waitFor();
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.waitForURL(/\/clusters\/[0-9a-f-]{36}$/);
  seen.cluster = new URL(page.url()).pathname;
});

const names = (page) => page.getByRole("rowheader").allInnerTexts();
const firstIs = (page, name) => page.waitForFunction((wanted) => document.querySelector('tbody [role="rowheader"]')?.innerText.includes(wanted), name);

it("keeps the order and the page of the nodes in the address", async ({ page }) => {
  await page.goto(`${seen.cluster}/nodes`);
  await hydrated(page);
  // All of them have been told.
  await page.getByText(/of 120/).waitFor();
  const first = (await names(page))[0];
  await page.getByRole("columnheader", { name: "Name" }).getByRole("link").click();
  await page.waitForURL(/sort=-name|sort=name/);
  await page.waitForFunction((before) => !document.querySelector('tbody [role="rowheader"]').innerText.includes(before), first.trim());
  assert.equal(await page.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort"), "descending");
  const last = (await names(page))[0].trim();
  await page.getByRole("link", { name: "Next page" }).click();
  await page.waitForURL(/page=2/);
  await page.getByText(/^5\d–|^\d+–\d+ of 120/).first().waitFor();
  await page.waitForFunction((before) => !document.querySelector('tbody [role="rowheader"]').innerText.includes(before), last);
  const second = (await names(page))[0].trim();
  // Whoever gets the link sees the same.
  await page.reload();
  await firstIs(page, second);
  assert.equal(await page.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort"), "descending");
  await page.goBack();
  await firstIs(page, last);
  await page.goBack();
  await firstIs(page, first.trim());
});

it("shows what becomes of a node in the open list and on its open page, without another load", async ({ page }) => {
  const NODE = "simulated-00042";
  await page.goto(`${seen.cluster}/nodes?q=${NODE}`);
  await hydrated(page);
  const row = page.getByRole("row").filter({ hasText: NODE });
  await row.getByText("Ready", { exact: true }).waitFor();
  // A page that is loaded anew has no such mark.
  await page.evaluate(() => (document.body.dataset.mark = "here"));
  await kubectl(seen.lab, "cordon", NODE);
  await row.getByText("Cordoned", { exact: true }).waitFor();
  await row.getByRole("link", { name: NODE }).click();
  await page.waitForURL((url) => url.pathname === `${seen.cluster}/nodes/${NODE}`);
  await page.getByText("Cordoned", { exact: true }).first().waitFor();
  await page.getByText(/Kubelet v1\.\d+\.\d+/).waitFor();
  await page.getByRole("row").filter({ hasText: "Memory" }).first().waitFor();
  await kubectl(seen.lab, "taint", "node", NODE, "dedicated=shop:NoSchedule");
  await page.getByText("dedicated=shop:NoSchedule").waitFor();
  await kubectl(seen.lab, "taint", "node", NODE, "dedicated-");
  await page.getByText("dedicated=shop:NoSchedule").waitFor({ state: "detached" });
  await kubectl(seen.lab, "uncordon", NODE);
  await page.getByText("Ready", { exact: true }).first().waitFor();
  assert.equal(await page.evaluate(() => document.body.dataset.mark), "here");
});

it("finds a node, a place and what can be begun with the palette", async ({ page }) => {
  await page.goto("/clusters");
  await hydrated(page);
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Search or jump to" });
  const field = palette.getByRole("combobox");
  await field.waitFor();
  await assertGood(page);
  await field.fill("simulated-0001");
  await palette.getByRole("option", { name: /simulated-0001/ }).first().waitFor();
  await assertGood(page);
  await page.keyboard.press("ArrowDown");
  const chosen = palette.locator('[role="option"][aria-selected="true"]');
  assert.equal(await field.getAttribute("aria-activedescendant"), await chosen.getAttribute("id"));
  const name = await chosen.locator(".palette-name").innerText();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === `${seen.cluster}/nodes/${name}`);
  await page.getByRole("heading", { name }).first().waitFor();
  await page.keyboard.press("Control+k");
  await field.fill("connect a cl");
  await palette.getByRole("option", { name: "Connect a cluster" }).click();
  await page.waitForURL("**/clusters/new");
  await page.keyboard.press("Control+k");
  await field.fill("nothing-is-called-so");
  await palette.getByText("Nothing of that name.").waitFor();
  await page.keyboard.press("Escape");
  await palette.waitFor({ state: "hidden" });
});

it("goes by keys, and lists them", { theme: "dark" }, async ({ page }) => {
  await page.goto("/clusters");
  await hydrated(page);
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await page.waitForURL("**/tenants");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await keys.getByText("Find anything, begin anything").waitFor();
  await assertGood(page);
  await page.keyboard.press("Escape");
  await keys.waitFor({ state: "hidden" });
  await page.goto(`${seen.cluster}/nodes`);
  await hydrated(page);
  await page.keyboard.press("/");
  const search = page.getByRole("searchbox").first();
  await search.waitFor();
  assert.ok(await search.evaluate((field) => field === document.activeElement), "the page's search has the focus");
  // A letter that is typed is a letter.
  await page.keyboard.type("g e");
  assert.equal(await search.inputValue(), "g e");
});

it("has the account's menu whole on a phone, with the theme and the language in use", { width: 360, height: 640 }, async ({ page }) => {
  await page.goto("/clusters");
  await hydrated(page);
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("navigation", { name: "Places" }).waitFor();
  assert.equal(await page.getByRole("navigation", { name: "Main" }).filter({ visible: true }).count(), 0, "the rail is the bar");
  assert.equal(await page.locator("thead").filter({ visible: true }).count(), 0, "rows are cards");
  const out = page.getByRole("button", { name: "Sign out" });
  await out.waitFor();
  const { y, height } = await out.boundingBox();
  assert.ok(y + height <= 640, `the way out ends at ${y + height} px of 640`);
  await page.getByRole("button", { name: /Light\s*in use/ }).waitFor();
  assert.equal(await page.getByText("in use", { exact: true }).filter({ visible: true }).count(), 1);
  await assertGood(page);
});

it("has the chosen theme from the first picture, whatever the system says", { signedIn: false }, async ({ server }) => {
  const paper = (page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const colours = {};
  for (const [system, cookie] of [["light", undefined], ["dark", undefined], ["light", "dark"], ["dark", "light"]]) {
    const { context, complaints } = await openContext({ baseURL: server.url, theme: system });
    await context.clearCookies({ name: "theme" });
    if (cookie) await context.addCookies([{ name: "theme", value: cookie, url: server.url }]);
    const page = await context.newPage();
    // The document and its style sheets alone: no script has a say in it.
    await page.route(/\.(js|wasm)$/, (route) => route.abort());
    await page.goto("/sign-in");
    colours[`${system} ${cookie}`] = await paper(page);
    complaints.take();
    await context.close();
  }
  assert.notEqual(colours["light undefined"], colours["dark undefined"], "the system's choice holds where there is no other");
  assert.equal(colours["light dark"], colours["dark undefined"]);
  assert.equal(colours["dark light"], colours["light undefined"]);
});
