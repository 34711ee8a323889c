// The terminal's keys, commands of several lines, and kubectl edit in the page's editor.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { shoot, site } from "./site.mjs";

let playground;
before(async () => (playground = await site()));
after(() => playground?.close());

const NAMES = "kubectl create configmap told --from-literal=a=1";

async function open() {
  const { page, problems } = await playground.open("dist/#example=go-demo-2&seed=7");
  await page.getByTestId("tab-terminal").click();
  const line = page.getByTestId("terminal-line");
  await line.focus();
  return { page, problems, line, terminal: page.getByTestId("terminal") };
}

test("Tab completes, Escape and Tab leave, Ctrl+R finds, a heredoc goes on", { timeout: 120_000 }, async () => {
  const { page, problems, line, terminal } = await open();
  await page.keyboard.type("kubectl get svc go");
  await page.keyboard.press("Tab");
  assert.equal(await line.inputValue(), "kubectl get svc go-demo-2-");
  await page.keyboard.press("Tab");
  await terminal.getByText(/go-demo-2-api\s+go-demo-2-db/).waitFor();
  await shoot(page, "terminal-ways");
  await page.keyboard.press("Control+w");
  assert.equal(await line.inputValue(), "kubectl get svc ");
  await page.keyboard.press("Control+u");
  assert.equal(await line.inputValue(), "");
  await page.keyboard.type(NAMES);
  await page.keyboard.press("Enter");
  await terminal.getByText("configmap/told created").waitFor();
  await page.keyboard.press("Control+r");
  await page.keyboard.type("told");
  assert.match(await page.getByTestId("terminal-said").textContent(), /reverse-i-search.*told.*create configmap/);
  await page.keyboard.press("ArrowRight");
  assert.equal(await line.inputValue(), NAMES);
  await page.keyboard.press("Control+u");
  for (const text of ["cat <<EOF | kubectl apply -f -", "apiVersion: v1", "kind: Namespace", "metadata: {name: shop}"]) {
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  }
  await shoot(page, "terminal-lines");
  await page.keyboard.type("EOF");
  await page.keyboard.press("Enter");
  await terminal.getByText("namespace/shop created").waitFor();
  await page.keyboard.type("echo 'a");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+c");
  assert.equal(await line.inputValue(), "");
  await page.keyboard.type("kubectl");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.ok(!(await line.evaluate((field) => field === document.activeElement)), "Escape and Tab leave the line");
  assert.deepEqual(problems, []);
});

test("kubectl edit opens a file in the editor and waits for it", { timeout: 120_000 }, async () => {
  const { page, problems, terminal } = await open();
  await page.keyboard.type("kubectl edit svc go-demo-2-api");
  await page.keyboard.press("Enter");
  const text = page.locator(".cm-content");
  await text.getByText("# Please edit the object below.").waitFor();
  await shoot(page, "edit");
  await page.getByTestId("draft-drop").click();
  await terminal.getByText("Edit cancelled, no changes made.").waitFor();
  await page.keyboard.type("kubectl edit svc go-demo-2-api");
  await page.keyboard.press("Enter");
  await text.getByText("# Please edit the object below.").waitFor();
  await page.waitForFunction(() => document.activeElement?.classList.contains("cm-content"));
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("spec: [\n");
  await page.keyboard.press("Control+Enter");
  await text.getByText("was not valid").waitFor();
  await page.getByTestId("draft-drop").click();
  await terminal.getByText("Edit cancelled, no valid changes were saved.").waitFor();
  assert.deepEqual(problems, []);
});

test("the YAML editor suggests fields and values", { timeout: 120_000 }, async () => {
  const { page, problems } = await open();
  const text = page.locator(".cm-content");
  await text.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("apiVersion: v1\nkind: Service\nmetadata:\nname: x\n");
  await page.keyboard.press("Home");
  await page.keyboard.type("spec:\n  sessionAff");
  await page.locator(".cm-tooltip-autocomplete").getByText("sessionAffinity", { exact: true }).waitFor();
  await shoot(page, "suggest");
  await page.keyboard.press("Escape");
  assert.deepEqual(problems, []);
});

test("a forwarded port goes on behind the prompt, and curl uses it", { timeout: 120_000 }, async () => {
  const { page, problems, line, terminal } = await open();
  await page.locator('[data-testid="pod-card"][data-state="ready"]').first().waitFor();
  for (const text of ["kubectl port-forward svc/go-demo-2-api 9000:8080 &", "curl -sw '%{http_code}\\n' -o /dev/null localhost:9000"]) {
    await line.fill(text);
    await line.press("Enter");
  }
  await terminal.getByText("Handling connection for 9000").waitFor();
  await terminal.getByText("200", { exact: true }).or(terminal.getByText(/Handling connection for 9000\s+200/)).first().waitFor();
  await line.fill("kill %1");
  await line.press("Enter");
  await terminal.getByText(/\[1\]\+\s+Terminated/).waitFor();
  assert.deepEqual(problems, []);
});

test("a program drives the page with cluster.kubectl, and the reader sees it", { timeout: 120_000 }, async () => {
  const { page, problems, terminal } = await open();
  await page.locator('[data-testid="pod-card"][data-state="ready"]').first().waitFor();
  const answers = await page.evaluate(() => [
    cluster.kubectl("scale rs go-demo-2-api --replicas=2"),
    cluster.kubectl("kubectl get rs go-demo-2-api -o name | wc -l"),
    cluster.kubectl("get pods -w --no-headers"),
    cluster.kubectl("get nonsense"),
    cluster.kubectl(),
  ]);
  assert.deepEqual(answers[0], { stdout: "replicaset.apps/go-demo-2-api scaled\n", stderr: "", exit: 0 });
  assert.deepEqual(answers[1], { stdout: "1\n", stderr: "", exit: 0 });
  assert.equal(answers[2].exit, 130, "a watch ends when its time is over");
  assert.deepEqual(answers[3], { stdout: "", stderr: `error: the server doesn't have a resource type "nonsense"\n`, exit: 1 });
  assert.match(answers[4].stdout, /^kubectl controls the Kubernetes cluster manager/);
  await terminal.getByText("replicaset.apps/go-demo-2-api scaled").waitFor();
  assert.deepEqual(problems, []);
});
