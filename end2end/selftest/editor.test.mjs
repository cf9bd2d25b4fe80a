// The editor of specifications in a browser, under the content security policy of Longshore's pages: what it does for
// those who type, and for the text area that it stands in for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { PHRASES, WORDS } from "../../frontend/editor/words.js";
import { assertAccessible, assertFits } from "../support/axe.mjs";
import { closeBrowser, openContext } from "../support/browser.mjs";
import { editorPage } from "../support/editor-page.mjs";
import { ARTIFACTS } from "../support/shots.mjs";

const TEXT = `kind: service
containers:
  - name: app
    image: web:1.4.2
    ports:
      - port: 70000
        protocol: tcp
    files:
      - path: /etc/shop.conf
        content: |
          listen = 8080
`;
let site;

before(async () => {
  site = await editorPage({ text: TEXT, schema: path.join(import.meta.dirname, "editor-schema.json") });
});
after(async () => {
  await closeBrowser();
  site.close();
});

/** Opens the page and gives it to `use`; afterwards the browser must not have complained. */
async function visit(use, { address = "/", ...view } = {}) {
  const { context, complaints } = await openContext({ baseURL: site.url, ...view });
  try {
    const page = await context.newPage();
    await page.goto(address);
    await page.waitForSelector("[data-ready]");
    await use(page, complaints);
    complaints.verify();
  } finally {
    await context.close();
  }
}

const value = (page) => page.evaluate(() => window.textarea.value);
const events = (page) => page.evaluate(() => window.events.splice(0));
const suggestions = (page) => page.locator(".cm-tooltip-autocomplete [role=option]");

/** Puts the cursor into a fresh line at the end. */
async function atEnd(page) {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+End");
}
/** Waits for suggestions and takes the selected one; at once it would be taken for typing on. */
async function accept(page) {
  await suggestions(page).first().waitFor();
  await page.waitForTimeout(120);
  await page.keyboard.press("Enter");
}

test("typing reaches the text area, which alone says so, and what is posted", async () => {
  await visit(async (page) => {
    await atEnd(page);
    await page.keyboard.type("replicas: 2");
    assert.equal(await value(page), `${TEXT}replicas: 2`);
    const said = await events(page);
    assert.deepEqual([...new Set(said)], ["input document"]);
    assert.equal(said.length, "replicas: 2".length);
    await page.locator("#publish").focus();
    assert.deepEqual(await events(page), ["change document"]);
    await page.locator("#publish").click();
    await page.waitForURL("**/posted");
    assert.equal(new URLSearchParams(await page.textContent("pre")).get("document").replaceAll("\r\n", "\n"), `${TEXT}replicas: 2`);
  });
});

test("keys and values are completed as deep as they go", async () => {
  await visit(async (page) => {
    await atEnd(page);
    await page.keyboard.type("vo");
    await accept(page);
    assert.equal(await value(page), `${TEXT}volumes:\n  - `);
    await accept(page);
    await page.keyboard.type("data\nin");
    await accept(page);
    await accept(page);
    assert.equal(await value(page), `${TEXT}volumes:\n  - name: data\n    in_memory: true`);
  });
});

test("a new line goes on where the text asks for it", async () => {
  await visit(async (page) => {
    await page.evaluate(() => window.editor.setText(""));
    await page.locator(".cm-content").click();
    for (const line of ["a:", "b: 1", "c:", "- d: 1", "e: |", "text"]) {
      await page.keyboard.type(line);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Enter");
    }
    assert.equal(await value(page), "a:\n  b: 1\n  c:\n    - d: 1\n      e: |\n        text\n        ");
  });
});

test("problems stand at their lines, by place and by path, and are announced", async () => {
  await visit(async (page) => {
    const lines = () => page.locator(".cm-problem").evaluateAll((all) => all.map((one) => `${one.previousElementSibling.textContent.trim()} | ${one.textContent}`));
    const announced = await page.evaluate(() => {
      window.editor.setProblems([
        { path: "containers[0].ports[0].port", line: null, column: null, message: "A port." },
        { path: "containers[0].readiness.http", line: null, column: null, message: "A probe." },
        { path: "", line: 4, column: 12, message: "An image." },
        { path: "", line: null, column: null, message: "All." },
      ]);
      return document.querySelector(".cm-announced").textContent;
    });
    assert.equal(announced.trim(), "4 problems; the first is in line 1: All.");
    assert.deepEqual(await lines(), ["kind: service | All.", "- name: app | A probe.", "image: web:1.4.2 | An image.", "- port: 70000 | A port."]);
    assert.deepEqual(await page.locator(".cm-lintRange-error").allTextContents(), ["kind: service", "-", "web", "70000"]);
    assert.equal(await page.locator(".cm-content").getAttribute("aria-invalid"), "true");
    assert.deepEqual(await events(page), []);
    await page.evaluate(() => window.editor.setProblems([{ path: "kind", message: "One." }]));
    assert.deepEqual(await lines(), ["kind: service | One."]);
    await page.evaluate(() => window.editor.setProblems([]));
    assert.deepEqual(await lines(), []);
    assert.equal(await page.locator(".cm-content").getAttribute("aria-invalid"), "false");
  });
});

test("another text is taken without a word, with the cursor where it was, and can be undone", async () => {
  await visit(async (page) => {
    await atEnd(page);
    await page.keyboard.type("replicas: 2");
    await events(page);
    await page.evaluate(() => window.editor.setText(window.textarea.value.replace("service", "worker")));
    assert.deepEqual(await events(page), []);
    assert.match(await value(page), /^kind: worker/);
    await page.keyboard.type("0");
    assert.match(await value(page), /^kind: worker[\s\S]*replicas: 20$/);
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    assert.equal(await value(page), `${TEXT}replicas: 2`);
    await page.keyboard.press("Control+z");
    assert.equal(await value(page), TEXT);
  });
});

test("Tab goes by, indents for those who write, and Escape lets go", async () => {
  await visit(async (page) => {
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className.split(" ")[0] || document.activeElement.tagName);
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "cm-content");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "publish");
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focused(), "cm-content");
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "cm-content");
    assert.equal(await value(page), `${TEXT}  `);
    await page.keyboard.press("Shift+Tab");
    assert.equal(await value(page), TEXT);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "publish");
    await page.evaluate(() => window.attach({ tab: "move" }));
    await atEnd(page);
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "publish");
    assert.equal(await value(page), TEXT);
  });
});

test("what leads to the text area leads to the editor, which has its name and description", async () => {
  await visit(async (page) => {
    const isFocused = () => page.evaluate(() => document.activeElement.classList.contains("cm-content"));
    await page.locator("label[for=document]").click();
    assert.equal(await isFocused(), true);
    await page.evaluate(() => document.activeElement.blur());
    await page.evaluate(() => window.textarea.focus());
    assert.equal(await isFocused(), true);
    const [field, ...others] = await page.getByRole("textbox").all();
    assert.equal(others.length, 0);
    assert.equal(await field.getAttribute("aria-label"), "Specification");
    const described = await field.evaluate((node) => node.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent));
    assert.deepEqual(described, ["YAML or JSON.", "Control and Space suggest what may stand here. Escape, then Tab, leave the editor."]);
  });
});

test("what is disabled is read alone, and can be enabled again", async () => {
  await visit(async (page) => {
    await page.evaluate(() => window.editor.setDisabled(true));
    await page.locator(".cm-content").focus();
    await page.keyboard.type("a");
    assert.equal(await value(page), TEXT);
    assert.equal(await page.locator(".cm-content").getAttribute("aria-readonly"), "true");
    await page.evaluate(() => window.editor.setDisabled(false));
    await atEnd(page);
    await page.keyboard.type("a");
    assert.equal(await value(page), `${TEXT}a`);
  });
});

test("a form that is put back puts the editor back", async () => {
  await visit(async (page) => {
    await atEnd(page);
    await page.keyboard.type("a");
    await page.evaluate(() => window.textarea.form.reset());
    await page.waitForFunction((text) => window.textarea.value === text && !document.querySelector(".cm-content").textContent.endsWith("a"), TEXT);
  });
});

test("without the editor the text area is as it was, with what was typed", async () => {
  await visit(async (page) => {
    await atEnd(page);
    await page.keyboard.type("a");
    await page.evaluate(() => window.editor.destroy());
    assert.equal(await page.locator(".cm-editor").count(), 0);
    const left = await page.evaluate(() => window.textarea.getAttributeNames().sort());
    assert.deepEqual(left, ["aria-describedby", "class", "id", "name", "rows"]);
    await page.locator("#document").fill("b");
    assert.equal(await value(page), "b");
    // A second time, and once too often.
    await page.evaluate(() => {
      window.attach();
      window.attach();
    });
    assert.equal(await page.locator(".cm-editor").count(), 1);
    assert.equal(await page.locator(".cm-line").first().textContent(), "b");
  });
});

test("where the policy refuses its styles the text area stays", async () => {
  await visit(
    async (page, complaints) => {
      complaints.expect(/Content Security Policy/);
      assert.match(await page.evaluate(() => window.failed), /refuses the editor's styles/);
      assert.equal(await page.locator(".editor").count(), 0);
      await page.locator("#document").fill("b");
      assert.equal(await value(page), "b");
    },
    { address: "/?plain" },
  );
});

test("what is searched for is nobody else's business", async () => {
  await visit(async (page) => {
    await atEnd(page);
    await page.keyboard.press("Control+f");
    await page.keyboard.type("port");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".cm-searchMatch").count(), 2);
    assert.deepEqual(await events(page), []);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".cm-search").count(), 0);
  });
});

test("a key that is pointed at is explained", async () => {
  await visit(async (page) => {
    await page.locator(".cm-line").getByText("protocol").hover();
    const told = page.locator(".cm-explanation");
    await told.waitFor();
    assert.deepEqual((await told.innerText()).split(/\n+/), ["How it is spoken to.", "Values", "tcp, udp"]);
  });
});

test("given the words of another language it says nothing in English", async () => {
  await visit(async (page) => {
    const chinese = (words) => Object.fromEntries(Object.entries(words).map(([name, said]) => [name, said.replaceAll(/[A-Za-z]+(?![^{]*\})/g, "字")]));
    const words = { ...chinese(WORDS), phrases: chinese(PHRASES) };
    await page.evaluate((given) => window.attach({ label: "规格", words: given }), words);
    const english = (root) =>
      page.locator(root).evaluate((node) => {
        const all = [node, ...node.querySelectorAll("*")].filter((one) => one.checkVisibility());
        const said = all.flatMap((one) => [one.ariaLabel, one.title, one.placeholder, ...[...one.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data)]);
        return said.filter((one) => /[A-Za-z]/.test(one ?? ""));
      });
    const announced = await page.evaluate(() => {
      window.editor.setProblems([{ path: "", message: "错" }, { path: "kind", message: "错" }]);
      return document.querySelector(".cm-announced").textContent;
    });
    assert.match(announced, /^\s*2[^A-Za-z]*错[^A-Za-z]*$/);
    assert.deepEqual(await english(".cm-gutters"), []);
    await page.locator(".cm-line").getByText("ports").hover();
    await page.locator(".cm-fact").waitFor();
    assert.deepEqual(await english(".cm-fact"), []);
    await atEnd(page);
    await page.keyboard.press("Control+f");
    assert.deepEqual(await english(".cm-search"), []);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Shift+M");
    assert.deepEqual(await english(".cm-panel-lint"), []);
    await atEnd(page);
    await page.keyboard.press("Control+Alt+g");
    assert.deepEqual(await english(".cm-dialog"), []);
    assert.equal(await page.getByRole("textbox", { name: "规格" }).count(), 1);
  });
});

for (const width of [360, 1440]) {
  for (const theme of ["light", "dark"]) {
    test(`it is accessible and fits at ${width} px, ${theme}, whatever it shows`, async () => {
      await mkdir(ARTIFACTS, { recursive: true });
      await visit(
        async (page) => {
          const check = async (state) => {
            await page.screenshot({ path: path.join(ARTIFACTS, `editor-${state}-${width}-${theme}.png`) });
            await assertAccessible(page);
            await assertFits(page);
          };
          await check("plain");
          await page.evaluate(() => window.editor.setProblems([{ path: "containers[0].ports[0].port", message: "A port is a number from 1 to 65535." }]));
          await check("problem");
          await atEnd(page);
          await page.keyboard.type("u");
          await suggestions(page).first().waitFor();
          await check("suggestions");
          await page.keyboard.press("Escape");
          await page.keyboard.press("Control+f");
          await check("search");
          await page.evaluate(() => window.editor.setDisabled(true));
          await check("disabled");
          assert.deepEqual((await events(page)).filter((event) => event.startsWith("refused")), []);
        },
        { width, theme, height: width < 768 ? 740 : 900 },
      );
    });
  }
}

test("on a phone a suggestion is taken by a finger, and nothing is so small that it is zoomed into", async () => {
  await visit(
    async (page) => {
      await page.locator(".cm-content").tap();
      await page.keyboard.press("Control+End");
      await page.keyboard.type("re");
      const first = suggestions(page).first();
      await first.waitFor();
      assert.ok((await first.boundingBox()).height >= 44);
      assert.equal(await page.locator(".cm-content").evaluate((node) => getComputedStyle(node).fontSize), "16px");
      await first.tap();
      assert.equal(await value(page), `${TEXT}replicas: `);
    },
    { width: 360, height: 740 },
  );
});

test("it is between 12 and 32 lines high, and never higher than a phone shows", async () => {
  const height = (page) => page.locator(".cm-editor").evaluate((node) => node.getBoundingClientRect().height);
  const long = "a: 1\n".repeat(300);
  await visit(async (page) => {
    const line = await page.locator(".cm-line").first().evaluate((node) => node.getBoundingClientRect().height);
    await page.evaluate(() => window.editor.setText("a: 1"));
    assert.ok(Math.abs((await height(page)) - 12 * line - 18) < 3);
    await page.evaluate((text) => window.editor.setText(text), long);
    assert.ok(Math.abs((await height(page)) - 32 * line - 18) < 3);
  }, { height: 1200 });
  await visit(
    async (page) => {
      await page.evaluate((text) => window.editor.setText(text), long);
      assert.ok((await height(page)) <= 0.75 * 640 + 3);
    },
    { width: 360, height: 640 },
  );
});
