// The first lesson: a Service finds its Pods by its selector, and by nothing else.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { shoot, site } from "./site.mjs";

let playground;
before(async () => (playground = await site()));
after(() => playground?.close());

/** The pods that receive the api Service's requests. */
const endpoints = (page) => page.locator('[data-testid="link"][data-service="go-demo-2-api"][data-state="in"]');

/** Waits until the api Service has that many of them. */
async function settled(page, count) {
  if (count > 0) await endpoints(page).nth(count - 1).waitFor({ state: "attached" });
  else await page.locator('[data-testid="service-card"][data-name="go-demo-2-api"][data-ready="0"]').waitFor();
  assert.equal(await endpoints(page).count(), count);
}

/** Puts the cursor behind the last pair of the api Service's selector, the last line of its file. */
async function toTheSelector(page) {
  await page.getByTestId("editor").locator(".cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("End");
}

test("a selector that matches nothing leaves a Service without endpoints until it is put back", async () => {
  const { page, problems } = await playground.open("dist/#example=go-demo-2&seed=7");
  await settled(page, 3);
  await shoot(page, "go-demo-2-running");

  await toTheSelector(page);
  await page.keyboard.type("-2");
  await page.keyboard.press("Control+Enter");
  await settled(page, 0);
  await shoot(page, "go-demo-2-no-endpoints");

  await toTheSelector(page);
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace"); // and no Ctrl+Enter: what was typed applies by itself
  await settled(page, 3);
  assert.deepEqual(problems, []);
});
