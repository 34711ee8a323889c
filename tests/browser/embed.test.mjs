// The playground in somebody's docs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { shoot, site } from "./site.mjs";

let playground;
before(async () => (playground = await site()));
after(() => playground?.close());

test("two embeds on one page run by themselves and show the panels that they ask for", async () => {
  const { page, problems } = await playground.open("examples/embed/", { height: 1400 });
  const [first, second] = [0, 1].map((place) => page.frameLocator("iframe").nth(place));
  await first.locator('[data-testid="link"][data-service="go-demo-2-api"][data-state="in"]').nth(2).waitFor({ state: "attached" });
  await second.getByTestId("service-card").first().waitFor();
  assert.equal(await first.getByTestId("panel-editor").isVisible(), true);
  assert.equal(await second.getByTestId("panel-editor").count(), 0);
  assert.equal(await first.getByTestId("copy-link").count(), 0, "an embed has no header");

  // What happens in the first does not reach the second.
  const services = await second.getByTestId("service-card").count();
  await first.getByTestId("editor").locator(".cm-content").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await page.keyboard.press("Control+Enter");
  await first.locator('[data-testid="service-card"][data-name="go-demo-2-api"]').waitFor({ state: "detached" });
  assert.equal(await second.getByTestId("service-card").count(), services);
  await shoot(page, "embeds");
  assert.deepEqual(problems, []);
});

test("a frame that may run scripts and nothing else shows the playground too", async () => {
  const { page, problems } = await playground.open("examples/embed/", { height: 1400 });
  for (const place of [0, 1]) await page.frameLocator("iframe").nth(place).getByTestId("service-card").first().waitFor();
  await page.evaluate(() => {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = "../../dist/embed.html#example=near-miss&panels=picture";
    document.body.replaceChildren(frame);
  });
  await page.frameLocator("iframe").getByTestId("service-card").first().waitFor();
  assert.deepEqual(problems, []);
});
