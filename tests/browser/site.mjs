// What every browser test stands on: the built page under a sub-path, and a Chromium that looks at it.
import { createReadStream, existsSync, mkdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize, sep } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");

/** Where the screenshots go. */
export const shots = join(here, "shots");

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".yaml": "text/yaml",
};

/**
 * Serves folders of the project as any static file server would, below a sub-path so that nothing relies on the top.
 * `folders` maps what stands in the address to a folder of the project.
 */
async function serve(folders) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const mount = Object.keys(folders).find((prefix) => path.startsWith(prefix));
    const base = mount && join(root, folders[mount]);
    let file = mount && normalize(join(base, path.slice(mount.length)));
    if (file && existsSync(file) && statSync(file).isDirectory()) file = join(file, "index.html");
    if (!file || !(file + sep).startsWith(base) || !existsSync(file)) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found");
      return;
    }
    // The second header as GitHub Pages sends it: a sandboxed frame has an origin of its own.
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "access-control-allow-origin": "*" });
    createReadStream(file).pipe(response);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

/**
 * A running site: `open(path, options)` gives a page of a fresh browser context, with `problems`, the list of what went
 * wrong in it (console errors, exceptions, failed requests and answers). `address` is where the site begins; `close()` ends all.
 */
export async function site() {
  if (!existsSync(join(root, "dist", "index.html"))) throw new Error("dist/ is not built: run `cargo xtask build`");
  const executablePath = env.CHROME || "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}: set CHROME, or run \`cargo xtask test\``);
  const server = await serve({ "/some/where/dist/": "dist", "/some/where/examples/": "examples" });
  const address = `http://127.0.0.1:${server.address().port}/some/where/`;
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });

  return {
    address,
    async open(path = "dist/", { width = 1440, height = 900, colorScheme = "light", ...more } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce", ...more });
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      const problems = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => problems.push(`exception: ${error.message}`));
      page.on("requestfailed", (request) => problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
      page.on("response", (response) => {
        if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
        if (!response.url().startsWith(address)) problems.push(`asked elsewhere: ${response.url()}`);
      });
      await page.goto(new URL(path, address).href);
      return { page, problems };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Takes a screenshot to be looked at. */
export async function shoot(page, name) {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}
