// How many requests a second go through the rules in a real Chromium, and how long kubectl's verbs take there: `node speed.mjs FOLDER`, where FOLDER holds what
// wasm-bindgen made of speed.rs. Prints one line a mode, like the engine's benchmark.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { argv, env } from "node:process";

const { chromium } = createRequire(join(import.meta.dirname, "../../tests/browser/"))("playwright-core");
const folder = argv[2];
const ROUNDS = 5;
const REQUESTS = 300_000;
/** kubectl lines on a cluster with a hundred pods; each is expected to take less than 5 ms. */
const VERBS = [
  "kubectl get pods",
  "kubectl get pods -o wide --show-labels --sort-by=.metadata.name",
  "kubectl get all -A",
  "kubectl get pods -o yaml",
  "kubectl get pods -o json",
  "kubectl get pods -o jsonpath={.items[*].status.podIP}",
  "kubectl get endpointslices -o yaml",
  "kubectl describe pods",
  "kubectl describe service web",
  "kubectl describe nodes",
  "kubectl get events",
  "kubectl logs -l app=web --tail=1",
  "kubectl label pods -l app=web --overwrite a=b",
  "kubectl annotate pods --all --overwrite a=b",
  "kubectl scale deployment web --replicas=100",
  "kubectl set env deployment web --dry-run=server A=b",
  "kubectl rollout status deployment web",
  "kubectl rollout history deployment web",
  "kubectl expose deployment web --name=other --dry-run=client -o yaml",
  "kubectl exec deploy/web -- env",
  "kubectl exec deploy/web -- curl -s web",
  "kubectl api-resources",
  "kubectl explain pod.spec.containers",
  "kubectl wait --for=condition=Ready pods --all",
];

const server = createServer(async ({ url }, response) => {
  if (url === "/") return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>speed</title>");
  const type = extname(url) === ".wasm" ? "application/wasm" : "text/javascript";
  const body = await readFile(join(folder, url)).catch(() => undefined);
  return body ? response.writeHead(200, { "content-type": type }).end(body) : response.writeHead(404).end();
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const browser = await chromium.launch({ executablePath: env.CHROME || "/usr/bin/chromium", args: ["--headless", "--no-sandbox"] });
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  for (const mode of ["iptables", "nftables", "ipvs"]) {
    const rates = await page.evaluate(
      async ({ mode, rounds, requests }) => {
        const { default: init, Speed } = await import("/speed.js");
        await init();
        const speed = new Speed(mode);
        speed.send(requests / 10); // The browser compiles what it runs often.
        const rates = [];
        for (let round = 0; round < rounds; round += 1) {
          const start = performance.now();
          if (speed.send(requests) !== requests) throw new Error("a request was not answered");
          rates.push((requests / (performance.now() - start)) * 1000);
        }
        return rates.sort((one, other) => one - other);
      },
      { mode, rounds: ROUNDS, requests: REQUESTS },
    );
    const [least, median, most] = [rates[0], rates[ROUNDS >> 1], rates[ROUNDS - 1]].map((rate) => Math.round(rate).toLocaleString("en"));
    console.log(`requests a second to 10 endpoints in the browser, ${mode.padEnd(8)}  ${median} (${least} - ${most})   expected: over 300,000`);
  }
  const verbs = await page.evaluate(
    async ({ lines, rounds }) => {
      const { default: init, Verbs } = await import("/speed.js");
      await init();
      const verbs = new Verbs();
      const times = [];
      for (const line of lines) {
        const all = [];
        for (let round = 0; round < rounds; round += 1) {
          const start = performance.now();
          const exit = verbs.run(line);
          all.push(performance.now() - start);
          // 137: what is printed was cut at its bound.
          if (exit !== 0 && exit !== 137) throw new Error(`${line} ended with ${exit}`);
          verbs.settle();
        }
        times.push([line, all[0], all.sort((one, other) => one - other)[rounds >> 1]]);
      }
      return times.sort((one, other) => other[2] - one[2]);
    },
    { lines: VERBS, rounds: ROUNDS },
  );
  // The first time, the browser compiles on the way what it has not run before.
  for (const [line, first, took] of verbs) console.log(`${took.toFixed(2).padStart(8)} ms, first ${first.toFixed(2).padStart(6)} ms  ${line}`);
} finally {
  await browser.close();
  server.close();
}
