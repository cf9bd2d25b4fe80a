// The check of sizes is shown sites that are too big in each of the ways it looks for, and one that is not.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const SIZES = { wasm: 500_000, js: 10_000, css: 10_000, icons: 10_000, font: 10_000, editor: 130_000, room: 100_000 };

/** Runs the check on a site whose assets have these sizes on the wire (null for one that is missing), with these rooms. */
async function check({ rooms = ["account"], ...changes }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "longshore-size-"));
  try {
    await mkdir(path.join(folder, "assets"));
    const manifest = {};
    for (const [name, size] of Object.entries({ ...SIZES, ...changes })) {
      if (size === null) continue;
      await writeFile(path.join(folder, "assets", name), Buffer.alloc(size + 1));
      await writeFile(path.join(folder, "assets", `${name}.br`), Buffer.alloc(size));
      if (name === "room") manifest.rooms = Object.fromEntries(rooms.map((room) => [room, ["/assets/room"]]));
      else manifest[name] = `/assets/${name}`;
    }
    await writeFile(path.join(folder, "manifest.json"), JSON.stringify(manifest));
    return await run(process.execPath, [path.join(import.meta.dirname, "check-size.mjs"), folder]).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a site within its limits passes, and what is loaded later does not count as the first load", async () => {
  const { code, stdout } = await check({});
  assert.equal(code, 0);
  assert.match(stdout, /first load: 540\.0 kB on the wire/);
  assert.match(stdout, /^\/apps +540\.0 kB on the wire with nothing more$/m);
  assert.match(stdout, /^\/clusters +540\.0 kB on the wire with nothing more$/m);
  assert.match(stdout, /^\/password +640\.0 kB on the wire with the room account \(1 modules; at most 680\.0 kB\)$/m);
  assert.match(stdout, /editor +130\.0 kB raw +130\.0 kB on the wire/);
});

for (const [what, changes, complaint] of [
  ["a first load", { wasm: 580_000 }, /The first load is too big/],
  ["a room", { room: 151_000 }, /The module room is too big/],
  ["a page that people land on", { wasm: 555_000 }, /Landing on \/password costs too much/],
  ["an editor", { editor: 171_000 }, /The script editor is too big/],
]) {
  test(`${what} that is too big is refused`, async () => {
    const { code, stderr } = await check(changes);
    assert.equal(code, 1);
    assert.match(stderr, complaint);
  });
}

test("a site without the room of such a page is refused", async () => {
  const { code, stderr } = await check({ rooms: ["clusters"] });
  assert.equal(code, 1);
  assert.match(stderr, /\/sign-in\/code is no page of app\/src\/routes\.rs, or in no room of the site/);
});

test("a site without an editor is refused", async () => {
  const { code, stderr } = await check({ editor: null });
  assert.equal(code, 1);
  assert.match(stderr, /manifest\.json does not name: editor\./);
});
