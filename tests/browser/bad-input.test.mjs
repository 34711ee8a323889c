// Whatever stands in the editor: what runs keeps running, and the text is not lost.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { site } from "./site.mjs";

let playground;
before(async () => (playground = await site()));
after(() => playground?.close());

const editor = (page) => page.getByTestId("editor").locator(".cm-content");
const ready = (page) => page.locator('[data-testid="pod-card"][data-state="ready"]');

/** Pastes `text` over the file in front and applies it. */
async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press("Control+A");
  await editor(page).evaluate((element, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
  await page.keyboard.press("Control+Enter");
}

test("text that is no manifest gives a note and leaves the cluster alone", { timeout: 120_000 }, async () => {
  const { page, problems } = await playground.open("dist/#example=go-demo-2&seed=7");
  await ready(page).nth(3).waitFor();
  const aliases = ["a: &a [x, x, x, x, x, x, x, x, x]", ..."bcdefgh"].map((name, place, all) =>
    place === 0 ? name : `${name}: &${name} [${Array(9).fill(`*${place === 1 ? "a" : all[place - 1]}`).join(", ")}]`,
  );
  for (const text of ["kind: Service\n\tspec: {", aliases.join("\n"), "[".repeat(100_000), "\u0000\u0001\uFFFE{{{", "kind: [\n".repeat(500)]) {
    await write(page, text);
    await page.getByTestId("note").first().waitFor();
    assert.equal(await ready(page).count(), 4, `the pods are still there after ${JSON.stringify(text.slice(0, 20))}`);
  }
  assert.deepEqual(problems, []);
});

test("five megabytes of anything do not freeze the page", { timeout: 120_000 }, async () => {
  const { page, problems } = await playground.open("dist/#example=go-demo-2&seed=7");
  await ready(page).nth(3).waitFor();
  await write(page, "a: b # x\n".repeat(550_000));
  await page.getByTestId("note").first().waitFor({ timeout: 30_000 });
  const before = Date.now();
  await page.getByTestId("tab-events").click();
  await page.getByTestId("events").waitFor();
  assert.ok(Date.now() - before < 5000, "a click is answered");
  assert.equal(await ready(page).count(), 4);
  assert.deepEqual(problems, []);
});

test("the reader's text survives a reload", { timeout: 120_000 }, async () => {
  const { page, problems } = await playground.open("dist/");
  await ready(page).first().waitFor();
  await write(page, "kind: Service # half a");
  await page.getByTestId("note").first().waitFor();
  await page.reload();
  await editor(page).getByText("# half a").waitFor();
  assert.deepEqual(problems, []);
});
