// The editor of YAML documents as one module, which the pages with such a document load after they are shown.
import path from "node:path";
import { build } from "esbuild";

const folder = path.resolve(import.meta.dirname, "../../frontend/editor");

/** The module's bytes, for browsers such as these. The libraries are those beside this. */
export async function editor(browsers) {
  const result = await build({
    entryPoints: [path.join(folder, "open.js")],
    nodePaths: [path.resolve(import.meta.dirname, "../node_modules")],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: browsers,
    logLevel: "warning",
    banner: { js: "/*! With CodeMirror and Lezer, MIT, (c) Marijn Haverbeke and others: https://codemirror.net */" },
  });
  return result.outputFiles[0].contents;
}
