// What a spec file needs, in one call: a server, the lab when asked for, and a watched page for each test.
//
//   const it = suite({ lab: true });
//   it("connects a cluster", async ({ page, server, lab, complaints }) => { … });
import { after, before, test } from "node:test";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { closeBrowser, openContext } from "./browser.mjs";
import { startLab } from "./lab.mjs";
import { startServer } from "./server.mjs";
import { ARTIFACTS } from "./shots.mjs";

const slug = (name) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");

/** How much of a page is told beside a failure. */
const WORDS = 1500;

/**
 * A picture of each page and the server's log, for whoever has to find out why a test failed. What the pages say is told
 * with the failure as well, since a log may be all that is left of a run elsewhere.
 */
async function keepEvidence(name, contexts, server, handle) {
  const folder = path.join(ARTIFACTS, "failures");
  await mkdir(folder, { recursive: true });
  for (const [index, page] of contexts.flatMap((context) => context.pages()).entries()) {
    const words = await page.locator("main").first().innerText({ timeout: 1000 }).catch(() => "nothing");
    handle?.diagnostic(`${page.url()} says: ${words.replaceAll(/\s+/g, " ").slice(0, WORDS)}`);
    const file = path.join(folder, `${slug(name)}-${index}`);
    await page.screenshot({ path: `${file}.png`, fullPage: true }).catch(() => {});
    await writeFile(`${file}.html`, await page.content().catch(() => "")).catch(() => {});
  }
  if (server) await writeFile(path.join(folder, `${slug(name)}-server.log`), server.output);
}

/**
 * Prepares a spec file and returns its `it(name, [options], body)`.
 *
 * Options: `server` (options of startServer, a function of `{ lab }` that gives them, or false for none), `lab` (true brings it up, or options of startLab, or a function that brings up another), `signIn` (an async
 * function of `{ page, server }` that is run once; its cookies are those every test starts with), `journey` (each test
 * goes on where the one before has stopped, so that none is tried after one that failed).
 */
export function suite({ server: serverOptions = {}, lab: wantsLab = false, signIn, journey = false } = {}) {
  const shared = {};
  before(async () => {
    const own = typeof wantsLab === "function";
    const lab = own ? await wantsLab() : wantsLab ? await startLab(wantsLab === true ? {} : wantsLab) : undefined;
    const options = typeof serverOptions === "function" ? serverOptions({ lab }) : serverOptions;
    const server = options ? await startServer(options) : undefined;
    Object.assign(shared, { server, lab });
    if (!signIn) return;
    const { context, complaints } = await openContext({ baseURL: server.url });
    try {
      await signIn({ page: await context.newPage(), server, lab });
      complaints.verify();
      shared.storageState = await context.storageState();
    } catch (error) {
      await keepEvidence("sign in", [context], server);
      throw error;
    } finally {
      await context.close();
    }
  });
  after(async () => {
    await closeBrowser();
    await shared.server?.remove();
  });

  /** Runs `body({ page, context, complaints, server, lab, open, test })`; `open(view)` gives a further watched page. */
  return function it(name, options, body) {
    if (typeof options === "function") [body, options] = [options, {}];
    const { width, height, theme, language, signedIn = true, ...rest } = options;
    test(name, { timeout: 300_000, ...rest }, async (handle) => {
      if (shared.broken) throw new Error(`not tried, since "${shared.broken}" has failed`);
      const contexts = [];
      const open = async (view = {}) => {
        const opened = await openContext({
          baseURL: shared.server?.url,
          storageState: signedIn ? shared.storageState : undefined,
          ...view,
        });
        contexts.push(opened);
        return { ...opened, page: await opened.context.newPage() };
      };
      try {
        const first = await open({ width, height, theme, language });
        await body({ ...shared, ...first, open, test: handle });
        for (const { complaints } of contexts) complaints.verify();
      } catch (error) {
        if (journey) shared.broken = name;
        await keepEvidence(name, contexts.map(({ context }) => context), shared.server, handle);
        throw error;
      } finally {
        for (const { context } of contexts) await context.close();
      }
    });
  };
}
