// Each rule is shown a tree that breaks it, and one that does not.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { problemsIn } from "./check-architecture.mjs";

const made = [];
after(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

/** The problems of a tree with these files. */
function check(files) {
  const root = mkdtempSync(path.join(os.tmpdir(), "longshore-arrows-"));
  made.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return problemsIn(root);
}
const lines = (count) => "// a line\n".repeat(count);

test("a tree in order has no problem", () => {
  assert.deepEqual(
    check({
      "server/src/kubernetes.rs": "use kube::Client;\nuse k8s_openapi::api::core::v1::Pod;\n",
      "server/src/kubernetes/apply.rs": "use kube::{Api, Client};\n",
      "server/src/render/deployment.rs": "use k8s_openapi::api::apps::v1::Deployment;\n",
      "server/src/database/apps.rs": "use sea_orm::EntityTrait;\n",
      "server/tests/support/cluster.rs": "use kube::Client;\n",
      "migrations/src/first.rs": "use sea_orm_migration::prelude::*;\n",
      "server/src/services/apps.rs": '// kube::Client is not for us\nuse crate::{database, kubernetes};\n/* sea_orm:: */\n',
      "app/Cargo.toml": '[features]\nssr = ["dep:axum"]\n[dependencies]\nleptos.workspace = true\naxum = { workspace = true, optional = true }\n',
      "frontend/Cargo.toml": '[dependencies]\napp = { workspace = true }\nleptos.workspace = true\n',
      "app/src/pages/nodes.rs": 't!("Nodes", "节点"); tf!("{n} nodes", "{n} 个节点"); t!("CPU", "CPU"); tf!("{value} GiB", "{value} GiB");\n',
    }),
    [],
  );
});

const BREACHES = [
  ["kube in services", { "server/src/services/apps.rs": "fn f() {}\nuse kube::Client;\n" }, /^server\/src\/services\/apps\.rs:2: uses kube,/],
  ["kube by its full path", { "server/src/http/live.rs": "fn f(c: &kube::Client) {}\n" }, /uses kube,/],
  ["kube in render", { "server/src/render/deployment.rs": "use kube::Client;\n" }, /uses kube,/],
  ["kube in app", { "app/src/model/node.rs": "use kube::Client;\n" }, /uses kube,/],
  ["k8s_openapi in operations", { "server/src/operations/publish.rs": "use k8s_openapi::Resource;\n" }, /uses k8s_openapi,/],
  ["sea_orm in services", { "server/src/services/apps.rs": "use sea_orm::EntityTrait;\n" }, /uses sea_orm,/],
  ["sea_orm in boot", { "server/src/boot.rs": "sea_orm::Database::connect(url);\n" }, /uses sea_orm,/],
  ["sqlx in boot", { "server/src/boot.rs": "sqlx::query(text);\n" }, /uses sqlx,/],
  ["a renamed import", { "server/src/boot.rs": "use sea_orm as orm;\n" }, /uses sea_orm,/],
  ["database that knows kubernetes", { "server/src/database/apps.rs": "use crate::kubernetes::Index;\n" }, /database must not know kubernetes/],
  ["services that know http", { "server/src/services/apps.rs": "use crate::{error, http::status};\n" }, /services must not know http/],
  ["an action without words", { "app/src/pages/audit/words.rs": '"app.publish" => x,', "server/src/services/apps.rs": 'f("app.publish"); f("app.scale");' }, /apps\.rs:1: the action app\.scale has no words/],
  ["an entry of a new noun without words", { "app/src/pages/audit/words.rs": "", "server/src/database/nodes.rs": 'Entry::ok("node.drain", x)' }, /the action node\.drain has no words/],
  ["words that nothing needs", { "app/src/pages/audit/words.rs": '"app.publish" => x,' }, /nothing does app\.publish any more/],
  ["mod.rs", { "server/src/http/mod.rs": "" }, /no mod\.rs/],
  ["too deep a folder", { "server/src/http/rest/apps.rs": "" }, /too deep/],
  ["601 lines", { "app/src/a.rs": lines(601), ".ci/long-files.txt": "app/src/a.rs it is whole\n" }, /601 lines; split it \(at most 600\)/],
  ["401 lines without a reason", { "app/src/a.rs": lines(401) }, /401 lines; split it, or give a reason/],
  ["a reason nobody needs", { "app/src/a.rs": lines(10), ".ci/long-files.txt": "app/src/a.rs it is whole\n" }, /needs no reason/],
  ["a reason for no file", { ".ci/long-files.txt": "app/src/a.rs it is whole\n" }, /does not exist/],
  ["app that lists kube", { "app/Cargo.toml": "[dependencies]\nkube.workspace = true\n" }, /app must not know kube/],
  ["app that lists the server", { "app/Cargo.toml": '[dependencies.backend]\npath = "../server"\n[dependencies]\nx = { package = "longshore-server" }\n' }, /app must not know x/],
  ["axum that is not optional", { "app/Cargo.toml": "[dependencies]\naxum.workspace = true\n" }, /axum must be optional/],
  [
    "axum in the browser's feature",
    { "app/Cargo.toml": '[features]\nhydrate = ["dep:axum"]\n[dependencies]\naxum = { workspace = true, optional = true }\n' },
    /the feature hydrate brings axum/,
  ],
  ["frontend that lists serde", { "frontend/Cargo.toml": "[dependencies]\nserde.workspace = true\n" }, /must not list serde/],
  ["an empty sentence", { "app/src/a.rs": 't!("Nodes", "")' }, /app\/src\/a\.rs:1: an empty sentence/],
  ["a sentence left in English", { "app/src/a.rs": 't!("The node is cordoned", "The node is cordoned")' }, /is not translated/],
  ["Chinese that is not", { "app/src/a.rs": 't!("The node is cordoned", "el nodo esta acordonado")' }, /is not Chinese/],
  ["languages the wrong way round", { "app/src/a.rs": 't!("节点", "Nodes")' }, /is Chinese/],
  ["a value lost in translation", { "app/src/a.rs": 'tf!("{n} of {all} nodes", "{n} 个节点")' }, /take different values/],
];
for (const [title, files, expected] of BREACHES) {
  test(`${title} is a breach`, () => {
    const problems = check(files);
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(problems[0], expected);
  });
}

test("up to 600 lines stand with a reason", () => {
  assert.deepEqual(check({ "app/src/a.rs": lines(600), ".ci/long-files.txt": "app/src/a.rs one table\n" }), []);
});
