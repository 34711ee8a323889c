// The page as a reader meets it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { shoot, site } from "./site.mjs";

let playground;
before(async () => (playground = await site()));
after(() => playground?.close());

test("the page opens from a sub-path, without an error and without asking anyone else", async () => {
  const { page, problems } = await playground.open();
  await page.getByTestId("app").waitFor();
  await shoot(page, "opened");
  assert.deepEqual(problems, []);
});

test("the editor's module is there when it is wanted, and does what its face says", async () => {
  const { page, problems } = await playground.open();
  await page.getByTestId("app").waitFor();
  const told = await page.evaluate(async () => {
    const { mount } = await globalThis.playgroundHost.loadEditor();
    const parent = document.body.appendChild(document.createElement("div"));
    parent.id = "under-test";
    const told = { changes: [], applied: 0 };
    const editor = mount(parent, {
      text: "kind: Service\n",
      label: "manifests",
      dark: false,
      onChange: (text) => told.changes.push(text),
      onApply: () => (told.applied += 1),
    });
    globalThis.editorUnderTest = { editor, told };
    editor.setText("kind: Pod\n");
    editor.setDiagnostics([{ from: 6, to: 900, severity: "error", message: "no such kind" }]);
    editor.goTo(6);
    return { text: editor.getText(), changes: told.changes };
  });
  assert.deepEqual(told, { text: "kind: Pod\n", changes: [] }, "setText is not reported back");

  await page.keyboard.type("X");
  await page.keyboard.press("Control+Enter");
  const typed = await page.evaluate(() => globalThis.editorUnderTest.told);
  assert.deepEqual(typed, { changes: ["kind: XPod\n"], applied: 1 });

  assert.equal(await page.locator("#under-test .cm-lintRange-error").count(), 1);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.closest(".cm-editor") === null), true, "Esc, Tab leaves");

  await page.evaluate(() => globalThis.editorUnderTest.editor.destroy());
  assert.equal(await page.locator("#under-test .cm-editor").count(), 0);
  assert.deepEqual(problems, []);
});

test("an embed is the same page in another mode", async () => {
  const { page, problems } = await playground.open("dist/embed.html");
  await page.getByTestId("app").waitFor();
  assert.equal(await page.locator("html").getAttribute("data-mode"), "embed");
  assert.deepEqual(problems, []);
});
