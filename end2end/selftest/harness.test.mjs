// The harness has to be able to fail: each of its checks is shown a page, or a server, with the fault it looks for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import http from "node:http";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import { assertAccessible, assertFits } from "../support/axe.mjs";
import { closeBrowser, openContext } from "../support/browser.mjs";
import { Server, freePort } from "../support/server.mjs";
import { ARTIFACTS, inspect } from "../support/shots.mjs";

const document = (body, head = "") =>
  `<!DOCTYPE html><html lang="en"><head><title>A page</title><link rel="icon" href="data:,">${head}</head><body><main><h1>A page</h1>${body}</main></body></html>`;
const PAGES = {
  "/good": document("<p>Nothing to complain about.</p>"),
  "/console": document("<script>console.error('a node is missing')</script>"),
  "/throws": document("<script>throw new Error('boom')</script>"),
  "/gone": document("<script>fetch('http://127.0.0.1:1/').catch(() => {})</script>"),
  "/broken": document("<script>fetch('/500').catch(() => {})</script>"),
  "/unlabelled": document("<input name='x'>"),
  "/wide": document("<div class='w'>wide</div>", "<style>.w { width: 3000px }</style>"),
};
let site;
let baseURL;

before(async () => {
  site = http.createServer((request, response) => {
    const page = PAGES[request.url];
    response.writeHead(page ? 200 : 500, { "content-type": "text/html" }).end(page ?? "broken");
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  baseURL = `http://127.0.0.1:${site.address().port}`;
});
after(async () => {
  await closeBrowser();
  site.closeAllConnections();
  site.close();
});

async function visit(address) {
  const { context, complaints } = await openContext({ baseURL });
  const page = await context.newPage();
  await page.goto(address, { waitUntil: "networkidle" });
  return { page, complaints };
}

test("a good page passes every check", async () => {
  const { page, complaints } = await visit("/good");
  complaints.verify();
  await assertAccessible(page);
  await assertFits(page);
});

for (const [address, expected] of [
  ["/console", /console error: a node is missing/],
  ["/throws", /uncaught: .*boom/],
  ["/gone", /request failed: GET http:\/\/127\.0\.0\.1:1\//],
  ["/broken", /answer 500: GET/],
]) {
  test(`the fault of ${address} fails the test`, async () => {
    const { complaints } = await visit(address);
    assert.throws(() => complaints.verify(), expected);
  });
}

test("a fault that the test expects does not fail it", async () => {
  const { complaints } = await visit("/console");
  complaints.expect(/a node is missing/);
  complaints.verify();
});

test("an input without a label fails", async () => {
  const { page } = await visit("/unlabelled");
  await assert.rejects(assertAccessible(page), /label \(critical\)/);
});

test("a page that scrolls sideways fails", async () => {
  const { page } = await visit("/wide");
  await assert.rejects(assertFits(page), /3\d\d\d px wide/);
});

test("a page is inspected in every view, and a finding names the view", async () => {
  const views = [{ width: 360, theme: "dark", language: "zh" }];
  await inspect("/good", { baseURL, name: "selftest-good", views, hydration: false });
  assert.ok((await stat(path.join(ARTIFACTS, "selftest-good-360-dark-zh.png"))).size > 1000);
  await assert.rejects(inspect("/unlabelled", { baseURL, name: "selftest-bad", views, hydration: false }), /selftest-bad at 360 px, dark, zh: .*accessibility/);
});

const PROGRAM = `#!/usr/bin/env node
const http = require("node:http"), fs = require("node:fs"), path = require("node:path");
const value = (name) => process.argv[process.argv.indexOf(name) + 1];
const seen = path.join(value("--data-dir"), "seen");
if (process.env.REFUSE) { console.error("cannot open the database"); process.exit(3); }
const [host, port] = value("--listen").split(":");
http.createServer((_, response) => response.end(String(process.pid))).listen(port, host, () => {
  console.log("Longshore listens on http://" + host + ":" + port + "/");
  if (!fs.existsSync(seen)) { fs.writeFileSync(seen, ""); console.log("One-time administrator password: tide-harbour"); }
});
`;

test("a server is started, killed, started on the same data, and stopped", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "longshore-harness-"));
  const program = path.join(folder, "longshore");
  await writeFile(program, PROGRAM);
  await chmod(program, 0o755);
  process.env.LONGSHORE_BINARY = program;
  try {
    const server = await new Server({ dataDir: folder, port: await freePort() }).start();
    assert.equal(server.password, "tide-harbour");
    const first = await (await fetch(server.url)).text();
    await server.kill9();
    assert.equal(server.isRunning, false);
    await server.restart();
    assert.notEqual(await (await fetch(server.url)).text(), first);
    await server.stop();
    await assert.rejects(fetch(server.url));
    await assert.rejects(new Server({ dataDir: folder, port: await freePort(), env: { REFUSE: "1" } }).start(), /ended \(3\):\ncannot open the database/);
  } finally {
    delete process.env.LONGSHORE_BINARY;
    await rm(folder, { recursive: true, force: true });
  }
});
