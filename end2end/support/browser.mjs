// Debian's Chromium, one for each spec file, and a fresh context for each test. It is the shell that was made to have no
// window: the same pages cost it less than half of the CPU that the whole browser takes. A page is watched from its first
// request on: what the browser complains about fails the test that opened it.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const EXECUTABLES = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
// Chromium says this of a font or module that it took from its cache after all: no fault of the page.
const HARMLESS = [/was preloaded using link preload but not used/];

let running;

/** The browser of this process; started when it is first asked for. */
export function browser() {
  running ??= (async () => {
    const executablePath = process.env.LONGSHORE_CHROMIUM ?? EXECUTABLES.find(existsSync);
    if (!executablePath) throw new Error("Chromium is missing; .ci/setup.sh browser installs it.");
    return chromium.launch({ executablePath, args: FLAGS });
  })();
  return running;
}

/** Ends the browser, if there is one. */
export async function closeBrowser() {
  const started = running;
  running = undefined;
  await (await started)?.close();
}

/** What went wrong in the pages of a context, apart from what a test said it expects. */
export class Complaints {
  #found = [];
  #expected = [];

  /** Says that a complaint matching `pattern` is part of the test. */
  expect(pattern) {
    this.#expected.push(pattern);
  }

  /** Notes a complaint. */
  add(text) {
    this.#found.push(text);
  }

  /** Complaints so far that nobody expected. */
  get unexpected() {
    return this.#found.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
  }

  /** The same, which are forgotten by it: the next screen starts without. */
  take() {
    const left = this.unexpected;
    this.#found = [];
    return left;
  }

  /** Throws when there is an unexpected one. */
  verify() {
    const left = this.unexpected;
    if (left.length > 0) throw new Error(`The browser complained ${left.length} times:\n  ${left.join("\n  ")}`);
  }

  /** Listens to everything that happens in a context. */
  watch(context) {
    context.on("console", (message) => {
      const text = message.text();
      const isTrouble = message.type() === "error" || message.type() === "warning";
      if (!isTrouble || HARMLESS.some((pattern) => pattern.test(text))) return;
      this.add(`console ${message.type()}: ${text} (${message.location().url})`);
    });
    context.on("weberror", (event) => this.add(`uncaught: ${event.error().stack ?? event.error()}`));
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // Leaving a page ends its streams and downloads.
      if (reason !== "net::ERR_ABORTED") this.add(`request failed: ${request.method()} ${request.url()}: ${reason}`);
    });
    context.on("response", (response) => {
      if (response.status() >= 500) this.add(`answer ${response.status()}: ${response.request().method()} ${response.url()}`);
    });
  }
}

/**
 * Opens a fresh context, as a browser that has never been here.
 *
 * Options: `baseURL`, `width` and `height` in CSS pixels (1440 × 900), `theme` ("light" or "dark"), `language` ("en"
 * or "zh"), `storageState` (cookies of an earlier context). Returns `{ context, complaints }`.
 */
export async function openContext({ baseURL, width = 1440, height = 900, theme = "light", language = "en", storageState } = {}) {
  const context = await (await browser()).newContext({
    baseURL,
    storageState,
    viewport: { width, height },
    hasTouch: width < 768,
    colorScheme: theme,
    locale: language === "zh" ? "zh-CN" : "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(10_000);
  if (baseURL) {
    await context.addCookies([
      { name: "theme", value: theme, url: baseURL },
      { name: "lang", value: language, url: baseURL },
    ]);
  }
  const complaints = new Complaints();
  complaints.watch(context);
  return { context, complaints };
}

/** Waits until the browser's module has taken the page over, so that clicks are handled by it. */
export async function hydrated(page) {
  await page.waitForFunction(() => document.documentElement.hasAttribute("data-hydrated"));
}

/**
 * Notes what a page asks the server for besides its stream; call it before the page is opened. `settled()` waits until
 * whatever the module asks for when it takes the page over has been asked for, and tells it; after `end()` nothing is noted.
 */
export function watchLoads(page) {
  const asked = [];
  // The live stream follows every page, and the editor of a document asks what that may say.
  const others = new Set(["/api/v1/live", "/api/v1/apps/specification/schema"]);
  const note = (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/api/") && !others.has(pathname)) asked.push(pathname);
  };
  page.on("request", note);
  return {
    async settled() {
      await hydrated(page);
      // It begins with the first task after that.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))));
      return asked.splice(0);
    },
    end: () => page.off("request", note),
  };
}
