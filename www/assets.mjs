// trunk's post_build hook: what stands beside the wasm in dist/.
//
// trunk compiles the Rust part and writes index.html; this bundles and minifies the rest (styles, loader, editor), names
// each file by its content, and writes embed.html, which is the same page in the mode of an embed.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { env, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { install } from "./packages.mjs";

const www = dirname(fileURLToPath(import.meta.url));
const staging = env.TRUNK_STAGING_DIR;
if (!staging) {
  console.error("www/assets.mjs is called by trunk: run `cargo xtask build` or `trunk build`");
  exit(1);
}
install(www);
const { build } = await import("esbuild");

/** Bundles one file and gives the name under which it stands in dist/. */
async function bundle(entry, name, ending) {
  const result = await build({
    entryPoints: [join(www, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
  });
  const [{ contents }] = result.outputFiles;
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 16);
  const file = `${name}-${hash}.${ending}`;
  writeFileSync(join(staging, file), contents);
  return file;
}

/** Makes the glue that wasm-bindgen wrote smaller, under its own name. */
async function minifyGlue() {
  for (const file of readdirSync(staging).filter((file) => /^service-playground-.*\.js$/.test(file))) {
    const path = join(staging, file);
    await build({ entryPoints: [path], outfile: path, allowOverwrite: true, minify: true, format: "esm", target: "es2022", logLevel: "warning" });
  }
}

function replaceOnce(text, from, to) {
  if (text.split(from).length !== 2) throw new Error(`index.html holds ${JSON.stringify(from)} not exactly once`);
  return text.replace(from, () => to);
}

const [styles, loader, editor] = await Promise.all([
  bundle("styles/main.css", "styles", "css"),
  bundle("loader.js", "loader", "js"),
  bundle("editor/editor.js", "editor", "js"),
  env.TRUNK_PROFILE === "release" ? minifyGlue() : undefined,
]);

let page = readFileSync(join(staging, "index.html"), "utf8");
page = replaceOnce(page, "www/styles/main.css", `./${styles}`);
page = replaceOnce(page, "www/loader.js", `./${loader}`);
page = replaceOnce(page, "www/editor/editor.js", `./${editor}`);
if (page.includes(".well-known/trunk/ws")) {
  // `trunk serve` adds an inline script that reloads the page after a change. What is published has none and allows none.
  page = replaceOnce(page, "script-src 'self'", "script-src 'self' 'unsafe-inline'");
}
writeFileSync(join(staging, "index.html"), page);

let embed = replaceOnce(page, 'data-mode="page"', 'data-mode="embed"');
embed = replaceOnce(embed, "<title>", '<meta name="robots" content="noindex">\n    <title>');
writeFileSync(join(staging, "embed.html"), embed);
