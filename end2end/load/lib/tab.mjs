// A cold browser tab: what a person waits for, and what the tab costs.
import { openContext, closeBrowser, hydrated } from "../../support/browser.mjs";
import { cordon } from "./changes.mjs";

const ROWS = "table tbody tr";
/** What the overview page is there for: its figures. */
export const FIGURES = "main .figures dd";

/** A fresh browser that has never been here, signed in. */
async function open(url, cookie) {
  const { context, complaints } = await openContext({ baseURL: url });
  // What is slow is measured, not given up on.
  context.setDefaultTimeout(30_000);
  await context.addCookies([{ ...cookie, url }]);
  return { context, page: await context.newPage(), complaints };
}

/** Waits for the browser's module; what the browser complains about is the reason when it does not come. */
async function takenOver(page, complaints) {
  await hydrated(page).catch((error) => {
    throw new Error(`${error.message}\n${complaints.unexpected.join("\n")}`);
  });
}

/**
 * Milliseconds from asking for the page to its first row on the screen, and until the module has taken the page over.
 * The page looks by itself, before each frame, whether it has rows; what the test's own questions cost is not in it.
 */
export async function firstRows(url, cookie, path, rows = ROWS) {
  const { context, page, complaints } = await open(url, cookie);
  try {
    await page.addInitScript((rows) => {
      const look = () => {
        if (document.querySelector(rows) === null) return requestAnimationFrame(look);
        // The frame that has them is painted before the next task.
        const shown = new MessageChannel();
        shown.port1.onmessage = () => (window.rowsAt = performance.timeOrigin + performance.now());
        shown.port2.postMessage(null);
      };
      requestAnimationFrame(look);
    }, rows);
    const began = Date.now();
    await page.goto(path, { waitUntil: "commit" });
    await takenOver(page, complaints);
    const ready = Date.now() - began;
    const shown = (await page.waitForFunction(() => window.rowsAt).then((found) => found.jsonValue())) - began;
    return { rows: shown, ready };
  } finally {
    await context.close();
  }
}

/** The names in a page's rows: what a filter decides, without what time changes. */
const names = async (page) => (await page.locator(`${ROWS} th`).allInnerTexts()).join("\n");

/** The same of the page opened anew. */
async function namesAnew(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  const found = await names(page);
  await page.close();
  return found;
}

/** Milliseconds from a key pressed in the filter to the rows that follow from it, for the keys that change any. */
export async function filterKey(url, cookie, path, text) {
  const { context, page, complaints } = await open(url, cookie);
  try {
    await page.goto(path);
    await takenOver(page, complaints);
    const input = page.locator("input[name=q]").first();
    await input.focus();
    const times = [];
    for (const key of text) {
      await page.evaluate((rows) => {
        const body = document.querySelector(rows)?.closest("main") ?? document.body;
        const shown = () => [...document.querySelectorAll(rows)].map((row) => row.innerText).join("\n");
        const was = shown();
        window.filtered = new Promise((resolve) => {
          let pressed;
          addEventListener("keydown", () => (pressed = performance.now()), { once: true, capture: true });
          const look = new MutationObserver(() => {
            if (pressed === undefined || shown() === was) return;
            look.disconnect();
            requestAnimationFrame(() => resolve(performance.now() - pressed));
          });
          look.observe(body, { childList: true, subtree: true, characterData: true, attributes: true });
          setTimeout(() => resolve(null), 5000);
        });
      }, ROWS);
      await page.keyboard.press(key);
      const time = await page.evaluate(() => window.filtered);
      if (time !== null) times.push(time);
      else if ((await names(page)) !== (await namesAnew(context, page.url()))) {
        throw new Error(`“${key}” had not changed the rows after 5 s`);
      }
      await page.waitForTimeout(300);
    }
    return times;
  } finally {
    await context.close();
  }
}

/** Milliseconds from a node changed at the API server to the change on the screen. */
export async function nodeOnScreen(url, cookie, path, api, name, times) {
  const { context, page, complaints } = await open(url, cookie);
  try {
    await page.goto(path);
    await takenOver(page, complaints);
    await page.waitForTimeout(1500);
    const found = [];
    for (let turn = 0; turn < times; turn += 1) {
      await page.evaluate((rows) => {
        const shown = () => [...document.querySelectorAll(rows)].map((row) => row.innerText).join("\n");
        const was = shown();
        window.changed = new Promise((resolve) => {
          const look = new MutationObserver(() => {
            if (shown() === was) return;
            look.disconnect();
            requestAnimationFrame(() => resolve(Date.now()));
          });
          look.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
          setTimeout(() => resolve(null), 10_000);
        });
      }, ROWS);
      const began = Date.now();
      await cordon(api, name, turn % 2 === 0);
      const at = await page.evaluate(() => window.changed);
      if (at === null) throw new Error(`the change of ${name} was not on the screen within 10 s`);
      found.push(at - began);
      await page.waitForTimeout(600);
    }
    return found;
  } finally {
    await cordon(api, name, false);
    await context.close();
  }
}

/** Keeps the memories of all modules that the page starts in `window.memories`. */
function keepMemories() {
  window.memories = new Set();
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const start = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const started = await start.apply(WebAssembly, given);
      const found = Object.values((started.instance ?? started).exports);
      for (const memory of found.filter((one) => one instanceof WebAssembly.Memory)) window.memories.add(memory);
      return started;
    };
  }
}

/** Bytes of JavaScript's heap and of WebAssembly's memory after the page has settled; bytes sent over the wire. */
export async function cost(url, cookie, path) {
  const { context, page, complaints } = await open(url, cookie);
  try {
    await page.addInitScript(keepMemories);
    const cdp = await context.newCDPSession(page);
    await cdp.send("Network.enable");
    const [documents, sizes] = [new Set(), new Map()];
    cdp.on("Network.responseReceived", ({ requestId, type }) => type === "Document" && documents.add(requestId));
    cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength));
    await page.goto(path);
    await takenOver(page, complaints);
    await page.waitForTimeout(2000);
    await cdp.send("HeapProfiler.collectGarbage");
    const heap = (await cdp.send("Runtime.getHeapUsage")).usedSize;
    const wasm = await page.evaluate(() => [...window.memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0));
    const sum = (ids) => ids.reduce((whole, id) => whole + (sizes.get(id) ?? 0), 0);
    // What is kept from one page to the next, as the module is, comes over the wire once; the document each time.
    return { heap, wasm, wire: sum([...sizes.keys()]), document: sum([...documents]) };
  } finally {
    await context.close();
  }
}

export { closeBrowser };
