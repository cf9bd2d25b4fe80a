import assert from "node:assert/strict";
import { test } from "node:test";
import { isAllowed, licenceProblems, packagesOf } from "./check-licences.mjs";

test("an expression is met by what is allowed", () => {
  for (const good of [
    "MIT",
    "MIT/Apache-2.0",
    "MIT OR Apache-2.0",
    "GPL-3.0-only OR MIT",
    "Apache-2.0 WITH LLVM-exception",
    "(MIT OR Apache-2.0) AND Unicode-3.0",
    "Apache-2.0 AND (GPL-2.0 OR ISC)",
  ]) {
    assert.ok(isAllowed(good), good);
  }
  for (const bad of ["GPL-3.0-only", "MIT AND AGPL-3.0", "(GPL-2.0 OR LGPL-3.0) AND MIT", "MIT OR", "", "(MIT", "MIT)", "Apache-2.0 WITH Classpath-exception-2.0", "SEE LICENSE IN file"]) {
    assert.ok(!isAllowed(bad), bad);
  }
});

test("a package is named with what it says", () => {
  const metadata = { packages: [{ name: "ours", version: "1.0.0", source: null }, { name: "a", version: "1.0.0", source: "registry", license: "AGPL-3.0" }] };
  const lock = { packages: { "": {}, "node_modules/b/node_modules/c": { version: "2.0.0" }, "node_modules/d": { version: "3.0.0", license: "MIT" } } };
  const problems = licenceProblems(packagesOf(metadata, lock));
  assert.equal(problems.length, 2);
  assert.match(problems[0], /^a 1\.0\.0 is licensed as AGPL-3\.0/);
  assert.match(problems[1], /^c 2\.0\.0 is licensed as nothing/);
});
