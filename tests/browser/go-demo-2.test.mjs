// The first lesson: a Service finds its Pods by its selector, and by nothing else.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { shoot, site } from "./site.mjs";

let playground;
before(async () => (playground = await site()));
after(() => playground?.close());

/** Waits until the api Service has that many of them. */
async function settled(page, count) {
  await page.waitForFunction(
    (count) => {
      const links = document.querySelectorAll('[data-testid="link"][data-service="go-demo-2-api"][data-state="in"]');
      const card = document.querySelector('[data-testid="service-card"][data-name="go-demo-2-api"]');
      return links.length === count && card?.dataset.ready === String(count);
    },
    count,
    { timeout: 30_000 },
  );
}

/** Waits until that much of the cluster's own time has passed: kube-proxy syncs a second after the sync before. */
async function pass(page, seconds) {
  const now = async () => Number.parseFloat(await page.getByTestId("clock").innerText());
  const until = (await now()) + seconds;
  while ((await now()) < until) await page.waitForTimeout(50);
}

/** Puts the cursor behind the last pair of the api Service's selector, the last line of its file. */
async function toTheSelector(page) {
  await page.getByTestId("editor").locator(".cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("End");
}

/** Sends 100 requests from node1 to the api Service, for the `asked`th time after the first, waits for what that
 * must show, and gives how they ended. */
async function ask(page, asked, shows) {
  await page.getByTestId("send-from").selectOption({ label: "node1" });
  await page.getByTestId("send-to").selectOption({ label: "go-demo-2-api" });
  await page.getByTestId("tab-requests").click();
  const requests = page.getByTestId("panel-requests");
  await requests.waitFor();
  if (asked > 0) {
    await page.getByTestId("count-anew").click();
    await requests.getByTestId("asked").first().waitFor({ state: "detached" });
  }
  await page.getByTestId("send-100").click();
  await requests.getByTestId(shows).first().waitFor();
  const counts = await requests.getByTestId("share").evaluateAll((rows) => rows.map((row) => Number(row.dataset.count)));
  const failures = await requests.getByTestId("failure").allInnerTexts();
  return { counts: counts.filter((count) => count > 0), failures };
}

test("a selector that matches nothing leaves a Service without endpoints, and its requests are refused", { timeout: 120_000 }, async () => {
  const { page, problems } = await playground.open("dist/#example=go-demo-2&seed=7");
  await settled(page, 3);
  await pass(page, 2);
  const shared = await ask(page, 0, "share");
  assert.equal(shared.counts.length, 3, "each pod answered");
  assert.equal(shared.counts.reduce((sum, count) => sum + count), 100);
  assert.deepEqual(shared.failures, []);
  await shoot(page, "go-demo-2-running");

  await toTheSelector(page);
  await page.keyboard.type("-2");
  await page.keyboard.press("Control+Enter");
  await settled(page, 0);
  await pass(page, 2);
  const refused = await ask(page, 1, "failure");
  assert.deepEqual(refused.counts, []);
  assert.equal(refused.failures.length, 1);
  assert.match(refused.failures[0], /^100 × .*refused/i);
  await shoot(page, "go-demo-2-no-endpoints");

  await toTheSelector(page);
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace"); // and no Ctrl+Enter: what was typed applies by itself
  await settled(page, 3);
  await pass(page, 2);
  assert.equal((await ask(page, 2, "share")).counts.length, 3);
  assert.deepEqual(problems, []);
});

test("a terminal session: expose, get, describe, scale, exec curl, delete", { timeout: 120_000 }, async () => {
  const { page, problems } = await playground.open("dist/#example=go-demo-2&seed=7");
  await settled(page, 3);
  await page.getByTestId("tab-terminal").click();
  const terminal = page.getByTestId("terminal");
  const type = async (line, answer) => {
    await page.getByTestId("terminal-line").fill(line);
    await page.keyboard.press("Enter");
    await terminal.getByText(answer).first().waitFor();
  };
  await type("kubectl expose rs go-demo-2-api --name=again --port=8080", "service/again exposed");
  await page.locator('[data-testid="service-card"][data-name="again"]').waitFor();
  await type("kubectl get svc again", /again\s+ClusterIP\s+10\.\d+\.\d+\.\d+\s+<none>\s+8080\/TCP/);
  await type("kubectl describe svc again", /Endpoints:\s+10\.244\.\d+\.\d+:8080,10\.244\.\d+\.\d+:8080/);
  await type("kubectl scale rs go-demo-2-api --replicas=1", "replicaset.apps/go-demo-2-api scaled");
  await settled(page, 1);
  await type("kubectl run client --image=curlimages/curl -- sleep 1d", "pod/client created");
  await type("kubectl wait --for=condition=Ready pod/client", "pod/client condition met");
  const curl = "curl -s -o /dev/null -w '%{http_code} by %{remote_ip}' http://again:8080/demo/hello";
  await type(`kubectl exec client -- ${curl}`, /200 by 10\.\d+\.\d+\.\d+/);
  await shoot(page, "terminal");
  await type("kubectl delete svc again", /service "again" deleted/);
  await page.locator('[data-testid="service-card"][data-name="again"]').waitFor({ state: "detached" });
  assert.deepEqual(problems, []);
});
