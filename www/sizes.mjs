// Prints what a reader downloads, against the aims: `node www/sizes.mjs dist`.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { gzipSync } from "node:zlib";

const AIMS = [
  { what: "wasm", aim: 250, is: (file) => file.endsWith(".wasm") },
  { what: "JS without the editor", aim: 30, is: (file) => file.endsWith(".js") && !file.startsWith("editor-") },
  { what: "editor (loaded later)", aim: 140, is: (file) => file.startsWith("editor-") },
  { what: "styles and HTML", aim: 30, is: (file) => file.endsWith(".css") || file === "index.html" },
];

const folder = argv[2] ?? "dist";
const files = readdirSync(folder);
const kilobytes = (bytes) => (bytes / 1024).toFixed(1).padStart(8);
console.log(`${"sizes in KB".padEnd(24)}     raw     gzip      aim`);
for (const { what, aim, is } of AIMS) {
  const contents = files.filter(is).map((file) => readFileSync(join(folder, file)));
  const raw = contents.reduce((sum, content) => sum + content.length, 0);
  const gzip = contents.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0);
  const verdict = gzip <= aim * 1024 ? "" : "   over the aim";
  console.log(`${what.padEnd(24)}${kilobytes(raw)} ${kilobytes(gzip)} ${String(aim).padStart(8)}${verdict}`);
}
