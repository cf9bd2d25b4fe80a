// The check of the screens, checked: against trees that are in order, and ones that are not.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { addressesIn, pageOf, routesIn, screenProblems } from "./check-screens.mjs";

const made = [];
after(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

/** The problems of a tree with these pages and this spec. */
function check(pages, spec, elsewhere = {}) {
  const root = mkdtempSync(path.join(os.tmpdir(), "longshore-screens-"));
  made.push(root);
  const files = {
    "app/src/routes.rs": pages.map((page) => `<Route path=path!("${page}") view=Page />`).join("\n"),
    "end2end/specs/one.spec.mjs": spec,
    "end2end/specs/notes.md": 'inspect("/notes")',
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return screenProblems(root, elsewhere);
}

test("pages are read of the routes, without the frame's and without comments", () => {
  const source = 'path!("") path!("/") // path!("/old")\npath!("/apps/:id")';
  assert.deepEqual(routesIn(source), ["/", "/apps/:id"]);
});

test("a screen is found however it is given", () => {
  const spec = [
    'const screens = [{ name: "nodes", address: `/clusters/${seen.cluster}/nodes?sort=name`, storageState }];',
    'const SCREENS = () => [["apps", "/apps", "owner"], ["app", seen.app, "owner"], ["app-upgrade", `${seen.app}/upgrade`]];',
    'await shot("app-run", `${path}/run`); await inspect("/reference", { baseURL });',
    "await inspectAll(screens, { baseURL });",
  ].join("\n");
  const found = ["/clusters/:/nodes", "/apps", "/apps/:id", "/apps/:id/upgrade", "/apps/:id/run", "/reference"];
  assert.deepEqual(addressesIn(spec), found);
  assert.deepEqual(addressesIn('["apps", "/apps"]'), [], "nothing is inspected here");
});

test("an address leads to the page of that name, else to one that takes any", () => {
  const routes = ["/accounts/:id", "/accounts/new", "/apps/:id/releases", "/apps/:id/releases/:n"];
  assert.equal(pageOf("/accounts/new", routes), "/accounts/new");
  assert.equal(pageOf("/accounts/:", routes), "/accounts/:id");
  assert.equal(pageOf("/apps/:/releases/1", routes), "/apps/:id/releases/:n");
  assert.equal(pageOf("/apps/:/:", routes), undefined, "what may be any is no name");
  assert.equal(pageOf("/apps", routes), undefined);
});

test("a tree in order has no problem", () => {
  const spec = 'await inspectAll([{ name: "apps", address: "/apps" }]);';
  assert.deepEqual(check(["", "/", "/apps"], spec, { "/": "It leads on." }), []);
});

for (const [title, problems, expected] of [
  ["a page that nobody inspects", check(["/apps", "/apps/new"], 'inspect("/apps")'), /no journey inspects \/apps\/new;/],
  ["a page that is opened alone", check(["/apps"], 'await page.goto("/apps"); inspect("/reference")'), /no journey inspects \/apps;/],
  ["a page in what is no spec", check(["/notes"], 'inspect("/reference")'), /no journey inspects \/notes;/],
  ["a reason for what is inspected", check(["/apps"], 'inspect("/apps")', { "/apps": "why" }), /\/apps is inspected and needs no reason/],
  ["a reason for no page", check(["/apps"], 'inspect("/apps")', { "/old": "why" }), /\/old is no page and needs no reason/],
]) {
  test(`${title} is a problem`, () => {
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(problems[0], expected);
  });
}
