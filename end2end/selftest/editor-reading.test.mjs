// What the editor of specifications knows of a document and its schema, without a browser: what may stand at the cursor
// (marked by ▮ in the texts below), where a path leads, how far a new line is indented.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { meaningAt, offersAt } from "../../frontend/editor/offers.js";
import { find, outline, placeAt } from "../../frontend/editor/outline.js";
import { about, firstSentence } from "../../frontend/editor/schema.js";
import { PHRASES, WORDS } from "../../frontend/editor/words.js";
import { CHINESE } from "../../frontend/editor/words-zh.js";

const schema = JSON.parse(await readFile(path.join(import.meta.dirname, "editor-schema.json"), "utf8"));

function at(marked, explicit = true, root = schema) {
  const cursor = marked.indexOf("▮");
  assert.ok(cursor >= 0, "the text has no cursor");
  return offersAt(root, marked.replace("▮", ""), cursor, explicit);
}
const labels = (marked, explicit) => at(marked, explicit)?.offers.map(({ label }) => label) ?? null;
const offer = (marked, label) => at(marked).offers.find((one) => one.label === label);

const OUTER = ["containers", "kind", "replicas", "volumes", "job", "update", "notify", "backup", "labels"];
const CONTAINER = ["image", "name", "command", "ports", "resources", "env", "files", "readiness"];
const without = (names, ...left) => names.filter((name) => !left.includes(name));

test("an empty document may have every key, the required ones first", () => {
  assert.deepEqual(labels("▮"), OUTER);
  assert.equal(offer("▮", "containers").isRequired, true);
  assert.equal(offer("▮", "replicas").isRequired, false);
  assert.equal(offer("▮", "replicas").detail, "How many pods; with autoscaling, how many there are at first.");
});

test("nothing is offered where no word was begun, unless somebody asks", () => {
  assert.equal(labels("▮", false), null);
  assert.deepEqual(labels("k▮", false), OUTER);
});

test("keys that are there are not offered, be they above or below", () => {
  assert.deepEqual(labels("kind: worker\n▮\nreplicas: 2\ncontainers:\n  - image: a\n"), without(OUTER, "kind", "replicas", "containers"));
  assert.deepEqual(labels("containers:\n  - name: a\n    ▮\n    image: b\nkind: worker\n"), without(CONTAINER, "name", "image"));
});

test("a key that is being renamed is offered itself", () => {
  assert.ok(labels("ki▮nd: worker\nreplicas: 1\n").includes("kind"));
  assert.ok(!labels("ki▮nd: worker\nreplicas: 1\n").includes("replicas"));
});

for (const [what, text, expected] of [
  ["items after a dash", "containers:\n  - ▮", CONTAINER],
  ["an unfinished word after a dash", "containers:\n  - na▮\n    image: b", without(CONTAINER, "image")],
  ["a list as far left as its key", "containers:\n- image: b\n  ▮", without(CONTAINER, "image")],
  ["the next item", "containers:\n  - image: a\n  - image: b\n    po▮", without(CONTAINER, "image")],
  ["a list in a list's item", "containers:\n  - image: a\n    ports:\n      - port: 80\n        ▮", ["name", "protocol"]],
  ["after a deeper part", "containers:\n  - image: a\n    ports:\n      - port: 80\n    ▮", without(CONTAINER, "image", "ports")],
  ["back at the outermost", "containers:\n  - image: a\n▮", without(OUTER, "containers")],
  ["through a reference or null", "containers:\n  - image: a\n    readiness:\n      ▮", ["http", "timeout_seconds", "failures"]],
  ["a reference with a default beside it", "update:\n  ▮", ["max_surge", "max_unavailable", "first_batch"]],
  ["a map of parts", "labels:\n  tier:\n    ▮", ["value", "inherit", "nested"]],
  ["a part within itself", "labels:\n  tier:\n    nested:\n      nested:\n        value: a\n        ▮", ["inherit", "nested"]],
  ["quoted keys", "\"labels\":\n  'a tier':\n    ▮", ["value", "inherit", "nested"]],
  ["anchors and tags", "containers: &all\n  - &one\n    ▮", CONTAINER],
  ["beyond a block of text", "containers:\n  - files:\n      - path: /a\n        content: |\n          kind: a\n\n          b\n    ▮", without(CONTAINER, "files")],
  ["beyond a comment", "# containers:\nkind: worker # replicas: 1\n▮", without(OUTER, "kind")],
]) {
  test(`keys: ${what}`, () => assert.deepEqual(labels(text), expected));
}

for (const [what, text] of [
  ["in a comment", "kind: worker # a▮"],
  ["in a line of comment", "# a▮"],
  ["in a block of text", "containers:\n  - files:\n      - content: |\n          na▮me"],
  ["in an empty line of such a block", "containers:\n  - files:\n      - content: |\n          a\n          ▮\n          b"],
  ["in quotes", "containers:\n  - image: \"na▮\""],
  ["in quotes over several lines", "containers:\n  - image: \"a\n      na▮\n      b\""],
  ["under a plain value", "kind: worker\n  ▮"],
  ["under a key that nobody knows", "what:\n  ▮"],
  ["as a name of a map", "containers:\n  - env:\n      GREE▮"],
  ["as a value that is free", "containers:\n  - image: ▮"],
  ["right after a colon", "kind:▮"],
]) {
  test(`nothing ${what}`, () => assert.equal(labels(text), null));
}

test("values come with what is said of each", () => {
  assert.deepEqual(labels("kind: ▮", false), ["service", "worker", "cron_job"]);
  assert.equal(offer("kind: ▮", "worker").detail, "It works by itself; nobody calls it.");
  assert.equal(offer("kind: ▮", "service").isDefault, true);
  assert.equal(offer("update:\n  first_batch: w▮", "wait").detail, "A person is asked whether to go on or to abort.");
});

test("values: true and false, those of a list of values without null, and on a line of their own", () => {
  assert.deepEqual(labels("volumes:\n  - name: a\n    in_memory: ▮"), ["true", "false"]);
  assert.deepEqual(labels("job:\n  overlap: r▮"), ["skip", "allow", "replace"]);
  assert.deepEqual(labels("kind:\n  ▮"), ["service", "worker", "cron_job"]);
});

test("a value that YAML would take for something else is quoted", () => {
  const root = { properties: { answer: { enum: ["yes", "no", "maybe", "1"] } } };
  assert.deepEqual(at("answer: ▮", true, root).offers.map(({ text }) => text), ['"yes"', '"no"', "maybe", '"1"']);
});

test("a union that is told apart by a value goes by it", () => {
  assert.deepEqual(labels("notify:\n  - ▮"), ["by", "address", "url", "quiet"]);
  assert.deepEqual(labels("notify:\n  - by: ▮"), ["mail", "hook"]);
  assert.deepEqual(labels("notify:\n  - by: hook\n    ▮"), ["url", "quiet"]);
  assert.deepEqual(labels("notify:\n  - ▮\n    by: mail"), ["address"]);
  assert.deepEqual(labels("notify:\n  - url: a\n    quiet: ▮"), ["true", "false"]);
});

test("a union that is told apart by its one key offers the keys, and the word that is one of it", () => {
  assert.deepEqual(labels("backup:\n  ▮"), ["s3", "claim", "none"]);
  assert.deepEqual(labels("backup: ▮"), ["none"]);
  assert.deepEqual(labels("backup:\n  s3:\n    ▮"), ["bucket", "region"]);
  assert.equal(labels("backup:\n  s3:\n    bucket: a\n  ▮"), null);
  assert.equal(offer("backup:\n  ▮", "s3").isRequired, false);
});

for (const [what, text, expected] of [
  ["keys in braces", "containers:\n  - { image: a, ▮ }", without(CONTAINER, "image")],
  ["a word in braces", "containers:\n  - { po▮, image: a }", without(CONTAINER, "image")],
  ["values in braces", "containers: [{ ports: [{ port: 1, protocol: ▮ }] }]", ["tcp", "udp"]],
  ["braces that are open still", "containers:\n  - ports:\n      - { port: 80, ▮\n    image: a\n", ["name", "protocol"]],
  ["several lines", "containers: [\n  {\n    image: a,\n    ▮\n  }\n]\n", without(CONTAINER, "image")],
  ["JSON", '{ "kind": "worker", "containers": [{ "image": "a" }], ▮ }', without(OUTER, "kind", "containers")],
]) {
  test(`flow style: ${what}`, () => assert.deepEqual(labels(text), expected));
}

test("nothing is offered where braces need a comma first", () => assert.equal(labels("job: { paused: true ▮}"), null));

test("a key is followed by what its value needs", () => {
  const written = (text, label) => {
    const { text: name, before, after, more } = offer(text, label);
    return [name + before + after, more];
  };
  assert.deepEqual(written("▮", "replicas"), ["replicas: ", false]);
  assert.deepEqual(written("▮", "kind"), ["kind: ", true]);
  assert.deepEqual(written("▮", "update"), ["update:\n  ", true]);
  assert.deepEqual(written("▮", "job"), ["job:\n  ", true]);
  assert.deepEqual(written("▮", "labels"), ["labels:\n  ", true]);
  assert.deepEqual(written("▮", "containers"), ["containers:\n  - ", true]);
  assert.deepEqual(written("containers:\n  - ▮", "ports"), ["ports:\n      - ", true]);
  assert.deepEqual(written("▮", "backup"), ["backup: ", true]);
  assert.deepEqual(written("update:\n  ▮", "max_surge"), ["max_surge: ", false]);
  assert.deepEqual(written("containers:\n  - { ▮ }", "ports"), ["ports: []", true]);
  assert.deepEqual(written("containers:\n  - { ▮ }", "resources"), ["resources: {  }", true]);
});

test("under a key with a list a further item is offered", () => {
  assert.deepEqual(labels("containers:\n  ▮"), ["-"]);
  assert.deepEqual(labels("containers:\n  - image: a\n  ▮"), ["-"]);
});

test("what a key means is told from where it stands", () => {
  const text = "kind: worker\ncontainers:\n  - ports:\n      - port: 80\n";
  const port = meaningAt(schema, text, text.indexOf("port:") + 1);
  assert.equal(port.name, "port");
  assert.equal(port.isRequired, true);
  assert.deepEqual(about(schema, port.schemas), {
    description: "Its number, in the container and in the Service.",
    default: undefined,
    types: ["integer"],
    items: [],
    range: [0, 65535],
  });
  assert.equal(meaningAt(schema, text, text.indexOf("worker") + 1).description, "It works by itself; nobody calls it.");
  assert.equal(meaningAt(schema, text, text.indexOf("80")), null);
  assert.equal(meaningAt(schema, "what: 1", 1), null);
});

test("the description of a key comes before that of its type, and null is no type", () => {
  const { job, update } = schema.properties;
  assert.equal(about(schema, [update]).description, "How a new release takes the place of the one before.");
  assert.deepEqual(about(schema, [job]).types, ["object"]);
  assert.deepEqual(about(schema, [schema.$defs.Resources.properties.cpu_limit]).types, ["string"]);
  assert.equal(about(schema, [schema.properties.replicas]).default, 1);
});

test("the first sentence ends at a full stop that is one", () => {
  assert.equal(firstSentence("An image such as `a:1.4.2`. More."), "An image such as a:1.4.2.");
  assert.equal(firstSentence("镜像。更多。"), "镜像。");
  assert.equal(firstSentence("One\nline"), "One line");
});

const DOCUMENT = `kind: worker
containers:
  - name: a
    image: b
    env:
      A.B: c
      A: d
  - name: e
    ports:
      - { port: 80 }
      - port: 81
`;

for (const [where, expected] of [
  ["kind", "kind"],
  ["containers", "containers"],
  ["containers[0].image", "image"],
  ["containers[0].env.A.B", "A.B"],
  ["containers[0].env.A", "A"],
  ["containers[1]", 1],
  ["containers[1].ports[0].port", "port"],
  ["containers[1].ports[1].port", "port"],
  ["containers[1].ports[7].port", "ports"],
  ["containers[1].image", 1],
  ["containers[0].readiness.http.path", 0],
  ["job.schedule", undefined],
  ["", undefined],
]) {
  test(`the path "${where}" leads to ${expected ?? "nothing"}`, () => assert.equal(find(outline(DOCUMENT), where)?.key, expected));
}

test("a path leads to the right one of several", () => {
  const entry = find(outline(DOCUMENT), "containers[1].ports[1].port");
  assert.equal(entry.text, "81");
  assert.equal(DOCUMENT.slice(entry.from, entry.to), "port");
});

test("no text breaks it, and its cursor may be anywhere", () => {
  const broken = "a: {b: [c, 'd\n- - ? x: |\n   \t y\n}: ]\n\"q: \n--- !t &a *b\n: : :\n- {,,}\n#\n  é: 漢字 🚢\n>-\n@ % `";
  for (let end = 0; end <= broken.length; end += 1) {
    for (let cursor = 0; cursor <= end; cursor += 1) {
      const place = placeAt(broken.slice(0, end), cursor);
      if (place) assert.ok(place.from <= place.to && place.to <= end);
      offersAt(schema, broken.slice(0, end), cursor, true);
      meaningAt(schema, broken.slice(0, end), cursor);
    }
  }
});

test("no schema breaks it", () => {
  const loop = { $ref: "#/$defs/A", $defs: { A: { anyOf: [{ $ref: "#/$defs/A" }, { $ref: "#/$defs/A" }] } } };
  for (const odd of [loop, true, {}, { $ref: "#/nowhere" }, { $ref: "http://example.org" }, { properties: { a: 1, b: null } }, { anyOf: null, enum: 3, required: "a" }]) {
    offersAt(odd, "a:\n  - b: ", 11, true);
    offersAt(odd, "", 0, true);
    meaningAt(odd, "a: b", 0);
  }
});

test("a long document is read in a moment", () => {
  const long = Array.from({ length: 20_000 }, (_, index) => `  - name: a${index}\n    image: b # c`).join("\n");
  const began = performance.now();
  placeAt(`containers:\n${long}\n`, 30);
  assert.ok(performance.now() - began < 2000);
});

test("Chinese has each of the words, with the same values in them", () => {
  const values = (said) => [...said.matchAll(/\{\w+\}|\$/g)].map(([value]) => value).sort();
  const { phrases, ...words } = CHINESE;
  for (const [own, theirs] of [[WORDS, words], [PHRASES, phrases]]) {
    assert.deepEqual(Object.keys(theirs).sort(), Object.keys(own).sort());
    for (const [name, said] of Object.entries(own)) assert.deepEqual(values(theirs[name]), values(said), name);
  }
});
