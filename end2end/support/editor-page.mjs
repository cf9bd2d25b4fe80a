// A page with nothing but the editor in a form, under the content security policy of Longshore's pages and with their
// style sheets, for what tests and pictures ask of it.
import { readFile } from "node:fs/promises";
import http from "node:http";
import { once } from "node:events";
import path from "node:path";
import { build } from "esbuild";
import { editor } from "../build/editor.mjs";

const root = path.resolve(import.meta.dirname, "../..");
const NONCE = "bm9uY2U";
const POLICY =
  `default-src 'none'; script-src 'self' 'nonce-${NONCE}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-${NONCE}'; img-src 'self' data:; ` +
  "media-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The site's style sheets, without its typeface. */
async function styles() {
  const result = await build({
    entryPoints: [path.join(root, "style/main.css")],
    bundle: true,
    write: false,
    loader: { ".woff2": "empty" },
    logLevel: "warning",
  });
  return result.outputFiles[0].contents;
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** The page; what the tests need is in `window.editor`, `window.events` and `window.textarea`. */
const page = (text, options) => `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>The editor</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/main.css" />
  </head>
  <body>
    <main class="editor-page">
      <h1>The editor</h1>
      <form class="form" method="post" action="/posted">
        <div class="field">
          <label class="field-label" for="document">Specification</label>
          <textarea class="textarea textarea-code" id="document" name="document" rows="12" aria-describedby="document-hint">\n${escaped(text)}</textarea>
          <p class="field-hint" id="document-hint">YAML or JSON.</p>
        </div>
        <div class="form-actions"><button class="button" id="publish">Publish</button></div>
      </form>
    </main>
    <script type="module" nonce="${NONCE}">
      import { attach } from "/editor.js";
      window.textarea = document.getElementById("document");
      window.events = [];
      for (const name of ["input", "change"]) {
        document.addEventListener(name, (event) => window.events.push(name + " " + (event.target.id || event.target.className)));
      }
      document.addEventListener("securitypolicyviolation", (event) => window.events.push("refused " + event.violatedDirective));
      const schema = await (await fetch("/schema.json")).json();
      window.attach = (options) => (window.editor = attach(window.textarea, { schema, ...${JSON.stringify(options)}, ...options }));
      try {
        window.attach();
      } catch (error) {
        window.failed = error.message;
      }
      document.documentElement.dataset.ready = "";
    </script>
  </body>
</html>`;

/**
 * Serves such a page at `url`, with `?plain` for one whose policy has no nonce for styles. `text` is what its text area
 * has, `options` what the editor is attached with. `close()` ends it.
 */
export async function editorPage({ text, schema, options = {} }) {
  const module = await editor(["chrome111"]);
  const files = {
    "/editor.js": ["text/javascript", module],
    "/main.css": ["text/css", await styles()],
    "/schema.json": ["application/json", await readFile(schema)],
  };
  const server = http.createServer((request, response) => {
    const { pathname, search } = new URL(request.url, "http://localhost");
    if (pathname === "/") {
      const policy = search === "?plain" ? POLICY.replace(`style-src 'self' 'nonce-${NONCE}'`, "style-src 'self'") : POLICY;
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy }).end(page(text, options));
    } else if (pathname === "/posted") {
      const parts = [];
      const answer = () => `<!DOCTYPE html><title>Posted</title><link rel="icon" href="data:," /><pre>${escaped(Buffer.concat(parts).toString())}</pre>`;
      request.on("data", (part) => parts.push(part)).on("end", () => response.writeHead(200, { "content-type": "text/html" }).end(answer()));
    } else if (files[pathname]) {
      response.writeHead(200, { "content-type": files[pathname][0] }).end(files[pathname][1]);
    } else {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
