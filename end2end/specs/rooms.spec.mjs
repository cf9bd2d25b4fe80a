// Pages whose code is fetched when somebody goes there: opened directly, reached from another page, reached while the
// code is on its way, and reached when the code is not to be had.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { firstSignIn } from "../pages/session.mjs";
import { hydrated, watchLoads } from "../support/browser.mjs";
import { suite } from "../support/suite.mjs";

const manifest = JSON.parse(readFileSync(path.join(import.meta.dirname, "../../target/site/manifest.json"), "utf8"));
/** The module that only the pages about people need. */
const PEOPLE = manifest.rooms.people.at(-1);
/** What a browser says when it cannot have that module. */
const MISSING = /Failed to (fetch|load resource).*|request failed: GET .*\/assets\/people/;

const it = suite({ signIn: ({ page, server }) => firstSignIn(page, "admin", server.password, "a long pass phrase 1") });

/** Counts the visits that the server renders, and marks the document so that a new one is recognised. */
async function arrive(page, address) {
  await page.goto(address);
  await hydrated(page);
  await page.evaluate(() => (window.sameDocument = true));
}
const isSameDocument = (page) => page.evaluate(() => window.sameDocument === true);
const heading = (page, name) => page.getByRole("heading", { level: 1, name, exact: true });
const follow = (page, name) => page.getByRole("navigation").getByRole("link", { name, exact: true }).first().click();

it("takes over a page of a room that is opened directly, and sends its code along", async ({ page, context }) => {
  await arrive(page, "/tenants");
  assert.equal(await page.locator(`head link[rel=preload][href="${PEOPLE}"]`).count(), 1);
  await heading(page, "Tenants").waitFor();
  // It is taken over: a click stays within the document.
  await follow(page, "Apps");
  await heading(page, "Apps").waitFor();
  assert.ok(await isSameDocument(page));

  // Whoever has no script reads the same.
  assert.match(await (await context.request.get("/tenants")).text(), /<h1>Tenants</);
});

/** Every page that needs neither a name in its address nor a link that was sent. */
const PAGES = [...readFileSync(path.join(import.meta.dirname, "../../app/src/routes.rs"), "utf8").matchAll(/path!\("(\/[^":]*)"\)/g)]
  .map(([, address]) => address)
  .filter((address) => !address.startsWith("/sign-in") && address !== "/join");

it("asks for nothing that came with a page, and draws nothing anew", async ({ page }) => {
  assert.ok(PAGES.length > 25, PAGES.join(" "));
  const loads = watchLoads(page);
  for (const address of PAGES) {
    await page.goto(address);
    await page.evaluate(() => {
      for (const element of document.querySelectorAll("main input, main a")) element.cameWithThePage = true;
    });
    assert.deepEqual(await loads.settled(), [], address);
    const anew = await page.evaluate(
      () => [...document.querySelectorAll("main input, main a")].filter((element) => !element.cameWithThePage).map((e) => e.outerHTML),
    );
    assert.deepEqual(anew, [], address);
  }
});

it("opens every room from another page within the document", async ({ page }) => {
  await arrive(page, "/apps");
  for (const title of ["Tenants", "Audit", "Templates"]) {
    await follow(page, title);
    await heading(page, title).waitFor();
    assert.ok(await isSameDocument(page), `${title} made a new document`);
  }
  await page.getByRole("button", { name: "Account", exact: true }).click();
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await heading(page, "Settings").waitFor();
  await page.goBack();
  await heading(page, "Templates").waitFor();
  assert.ok(await isSameDocument(page));
});

it("shows the former page until the code is there", async ({ page, context }) => {
  let letGo;
  const held = new Promise((resolve) => (letGo = resolve));
  await context.route(`**${PEOPLE}`, async (route) => {
    await held;
    await route.continue();
  });
  await arrive(page, "/apps");
  await follow(page, "Tenants");
  await page.waitForTimeout(500);
  assert.ok(await heading(page, "Apps").isVisible());
  assert.equal(new URL(page.url()).pathname, "/apps");
  letGo();
  await heading(page, "Tenants").waitFor();
  await page.waitForURL("**/tenants");
  assert.ok(await isSameDocument(page));
});

it("asks the server for the page once when the code is not to be had", async ({ page, context, complaints }) => {
  complaints.expect(MISSING);
  await context.route(`**${PEOPLE}`, (route) => route.abort());
  const visits = [];
  context.on("request", (request) => {
    if (request.isNavigationRequest()) visits.push(new URL(request.url()).pathname + new URL(request.url()).search);
  });
  await arrive(page, "/apps");
  await follow(page, "Tenants");
  await heading(page, "Tenants").waitFor();
  await page.waitForTimeout(500);
  assert.deepEqual(visits, ["/apps", "/tenants"]);
  assert.equal(await isSameDocument(page), false);

  // Its links work without us, and lead to pages that are taken over again.
  await follow(page, "Apps");
  await heading(page, "Apps").waitFor();
  await hydrated(page);
  assert.deepEqual(visits, ["/apps", "/tenants", "/apps"]);
});

it("does the same when one goes back to such a page", async ({ page, context, complaints }) => {
  await arrive(page, "/tenants");
  await follow(page, "Apps");
  await heading(page, "Apps").waitFor();
  await page.reload();
  await hydrated(page);
  await page.evaluate(() => (window.sameDocument = true));

  complaints.expect(MISSING);
  await context.route(`**${PEOPLE}`, (route) => route.abort());
  await page.goBack();
  await heading(page, "Tenants").waitFor();
  assert.equal(new URL(page.url()).pathname, "/tenants");
  assert.equal(await isSameDocument(page), false);
});
