// Turns what cargo and wasm-bindgen made, the style sheets, the icons and the public files into the site: hashed
// names, precompressed copies, and a manifest of addresses by logical name.
//
//   node assets.mjs MODULE_FOLDER SITE_FOLDER     MODULE_FOLDER holds what .ci/bindgen.rs makes.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { build } from "esbuild";
import { editor } from "./editor.mjs";
import { smallFont } from "./font.mjs";
import { sprite } from "./icons.mjs";

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);
const here = import.meta.dirname;
const root = path.resolve(here, "../..");
const compressible = /\.(css|js|wasm|svg|json|webmanifest|txt|html|xml|map)$/;
const browsers = ["chrome111", "firefox128", "safari16.4"];

/** Files of a folder, at any depth, as paths relative to it; none when there is no such folder. */
async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** Collects assets under hashed names. */
class Site {
  files = new Map();
  manifest = {};

  /** Adds an asset; returns its file name. `logical` is its name in the manifest, if it has one. */
  add(name, bytes, logical) {
    const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 10);
    const { dir, name: stem, ext } = path.parse(name);
    const file = path.join(dir, `${stem}.${hash}${ext}`);
    this.files.set(file, bytes);
    if (logical) this.manifest[logical] = `/assets/${file}`;
    return file;
  }

  /** Writes everything into a fresh folder and puts it in the place of the former one. */
  async write(folder) {
    const fresh = `${folder}.new`;
    await rm(fresh, { recursive: true, force: true });
    await Promise.all(
      [...this.files].map(async ([file, bytes]) => {
        const target = path.join(fresh, "assets", file);
        await mkdir(path.dirname(target), { recursive: true });
        await writeFile(target, bytes);
        if (!compressible.test(file)) return;
        const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
        const [small, compatible] = await Promise.all([brotli(bytes, quality), gzip(bytes, { level: 9 })]);
        if (small.length < bytes.length) await writeFile(`${target}.br`, small);
        if (compatible.length < bytes.length) await writeFile(`${target}.gz`, compatible);
      }),
    );
    await writeFile(path.join(fresh, "manifest.json"), `${JSON.stringify(this.manifest, null, 2)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  }
}

/** The style sheets as one file; the fonts they name become assets of their own. */
async function styles(site) {
  const fonts = [];
  const result = await build({
    entryPoints: [path.join(root, "style/main.css")],
    bundle: true,
    minify: true,
    write: false,
    target: browsers,
    outdir: "/",
    logLevel: "warning",
    plugins: [
      {
        name: "hashed-files",
        setup(context) {
          context.onResolve({ filter: /\.(woff2|svg|png)$/ }, async (args) => {
            if (args.kind !== "url-token") return undefined;
            const file = path.resolve(args.resolveDir, args.path);
            const isFont = file.endsWith(".woff2");
            const hashed = site.add(path.basename(file), isFont ? await smallFont(file) : await readFile(file));
            if (isFont) fonts.push(hashed);
            // Only the name goes into the sheet: sheet and file lie in the same folder.
            return { path: `./${hashed}`, external: true };
          });
        },
      },
    ],
  });
  site.add("main.css", result.outputFiles[0].contents, "css");
  if (fonts.length > 0) site.manifest.font = `/assets/${fonts[0]}`;
}

/** The browser's module, its rooms, and the script that loads them. */
async function scripts(site, folder) {
  site.add("longshore.wasm", await readFile(path.join(folder, "longshore_bg.wasm")), "wasm");
  const rooms = await modulesOfRooms(site, folder);
  const result = await build({
    entryPoints: [path.join(folder, "longshore.js")],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: browsers,
    logLevel: "warning",
    // The glue names the rooms' script once for each room.
    logOverride: { "duplicate-object-key": "silent" },
  });
  // The glue knows the modules by the names that they were made under; a page may also pass the main one's address.
  let glue = result.outputFiles[0].text.replaceAll("longshore_bg.wasm", path.basename(site.manifest.wasm));
  for (const [made, hashed] of rooms) {
    if (!glue.includes(`./${made}.wasm`)) throw new Error(`The script does not load ${made}.wasm.`);
    glue = glue.replaceAll(`./${made}.wasm`, `./${hashed}`);
  }
  const known = new Set([path.basename(site.manifest.wasm), ...rooms.values()]);
  const unknown = [...glue.matchAll(/["'`](?:\.\/)?([\w.-]+\.wasm)["'`]/g)].map(([, name]) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`The script loads what no room has: ${unknown.join(", ")}.`);
  site.add("longshore.js", Buffer.from(glue), "js");
}

/**
 * The modules of the rooms, in the manifest as `rooms`: a room's own and those it shares with others. Returns the
 * hashed names by those that they were made under.
 */
async function modulesOfRooms(site, folder) {
  const rooms = JSON.parse(await readFile(path.join(folder, "rooms.json"), "utf8"));
  const hashed = new Map();
  for (const made of new Set(Object.values(rooms).flat())) {
    const name = made.replace(/^split_/, "").replace(/^chunk_/, "shared-");
    hashed.set(made, site.add(`${name}.wasm`, await readFile(path.join(folder, `${made}.wasm`))));
  }
  site.manifest.rooms = Object.fromEntries(
    Object.entries(rooms).map(([room, modules]) => [room, modules.map((made) => `/assets/${hashed.get(made)}`)]),
  );
  return hashed;
}

async function laterScripts(site) {
  site.add("editor.js", await editor(browsers), "editor");
}

async function icons(site) {
  const names = JSON.parse(await readFile(path.join(root, "style/icons.json"), "utf8"));
  site.add("icons.svg", Buffer.from(await sprite(names, path.join(here, "../node_modules/lucide-static/icons"))), "icons");
}

async function publicFiles(site) {
  const folder = path.join(root, "public");
  for (const file of await filesOf(folder)) site.add(file, await readFile(path.join(folder, file)), file);
}

const [moduleFolder, siteFolder] = process.argv.slice(2);
if (!siteFolder) {
  console.error("usage: node assets.mjs MODULE_FOLDER SITE_FOLDER");
  process.exit(2);
}
const site = new Site();
await Promise.all([styles(site), scripts(site, moduleFolder), laterScripts(site), icons(site), publicFiles(site)]);
await site.write(path.resolve(siteFolder));
