// What a reader sees of connections and loads.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { shoot, site } from "./site.mjs";

let playground;
before(async () => (playground = await site()));
after(() => playground?.close());

/** The page with its pods up and the requests in front. */
async function opened(options) {
  const { page, problems } = await playground.open("dist/#example=go-demo-2&seed=7", options);
  await page.getByTestId("app").waitFor();
  await page.waitForFunction(() => document.querySelectorAll(".pod.is-ready").length >= 3);
  return { page, problems };
}

const counts = (page) =>
  page.locator('[data-testid="panel-requests"] [data-testid="share"]').evaluateAll((rows) => rows.map((row) => Number(row.dataset.count)));

test("keep-alive sends all requests to one pod, new connections to each", async () => {
  const { page, problems } = await opened();
  await page.locator("#tab-requests").click();
  await page.getByTestId("send-100").click();
  await page.getByTestId("requests").waitFor();
  const spread = await counts(page);
  assert.equal(spread.reduce((sum, one) => sum + one, 0), 100);
  assert.ok(spread.every((one) => one > 0), `${spread}`);
  await page.getByTestId("keep-alive").click();
  await page.getByTestId("send-100").click();
  await page.waitForFunction(() => document.querySelector('[data-testid="requests"] h3')?.textContent.includes("keep-alive"));
  const kept = (await counts(page)).filter((one) => one > 0);
  assert.deepEqual(kept, [100]);
  assert.match(await page.getByTestId("panel-requests").getByTestId("fit").textContent(), /same pod/);
  assert.deepEqual(problems, []);
});

for (const [width, height] of [[1440, 900], [1024, 800], [390, 844]]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`a load shows its figures at ${width} px, ${colorScheme}`, async () => {
      const { page, problems } = await opened({ width, height, colorScheme });
      await page.locator("#tab-requests").click();
      await page.getByTestId("load-rate").selectOption("20");
      await page.getByTestId("load-clients").selectOption("5");
      await page.getByTestId("load-start").click();
      await page.getByTestId("over-time").waitFor();
      await page.getByTestId("load-start").click();
      assert.match(await page.getByTestId("latencies").textContent(), /p50.*p95.*at most/);
      const box = await page.getByTestId("panel-requests").evaluate((panel) => [panel.scrollWidth, panel.clientWidth]);
      assert.ok(box[0] <= box[1], `nothing is cut off: ${box}`);
      await shoot(page, `load-${width}-${colorScheme}`);
      assert.deepEqual(problems, []);
    });
  }
}

test("ten thousand requests at once come close to what the rules give, and fast", async () => {
  const { page, problems } = await opened();
  await page.locator("#tab-requests").click();
  const burst = page.getByTestId("load-burst");
  const millis = await burst.evaluate((button) => {
    const began = performance.now();
    button.click();
    return performance.now() - began;
  });
  await page.getByTestId("requests").waitFor();
  assert.match(await page.getByTestId("panel-requests").getByTestId("fit").textContent(), /as chance has it/);
  console.log(`10,000 requests, counted and logged, in ${Math.round(millis)} ms: ${Math.round(10_000_000 / millis)} a second`);
  assert.deepEqual(problems, []);
});

test("a single pod, the cluster IP and a node port are ways into a Service", async () => {
  const { page, problems } = await opened();
  await page.locator("#tab-requests").click();
  const ways = await page.getByTestId("send-port").locator("option").allTextContents();
  assert.ok(ways.some((way) => /^cluster IP 10\./.test(way)) && ways.some((way) => /^node port node2:30\d+$/.test(way)), `${ways}`);
  // From outside no route leads to a pod; a node has one.
  await page.getByTestId("send-from").selectOption({ label: "node1" });
  const pod = ways.find((way) => way.startsWith("pod "));
  await page.getByTestId("send-port").selectOption({ label: pod });
  await page.getByTestId("send-10").click();
  await page.getByTestId("requests").waitFor();
  assert.equal((await counts(page)).filter((one) => one > 0).join(), "10", "one pod answers all");
  assert.match(await page.getByTestId("requests").locator("h3").first().textContent(), /, by pod /);
  assert.deepEqual(problems, []);
});

test("a proxy mode that was chosen is there at the next visit", async () => {
  const { page } = await playground.open("dist/");
  await page.getByTestId("app").waitFor();
  await page.locator("#tab-rules").click();
  await page.getByTestId("rules-mode").selectOption("nftables");
  await page.reload();
  await page.getByTestId("app").waitFor();
  await page.locator("#tab-rules").click();
  assert.equal(await page.getByTestId("rules-mode").inputValue(), "nftables");
});
