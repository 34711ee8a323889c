// Installs the packages of a folder's package-lock.json where they are not there yet: `node www/packages.mjs <folder>`.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";

/** Runs `npm ci` in the folder unless what it installs is there already. */
export function install(folder) {
  const wanted = read(join(folder, "package-lock.json"));
  const stamp = join(folder, "node_modules", ".installed-from");
  if (wanted !== "" && read(stamp) === wanted) return;
  console.log(`==> installing the npm packages of ${folder} (some seconds)`);
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32", // npm is a script there
  });
  if (npm.status !== 0) throw new Error(`npm ci failed in ${folder}`);
  writeFileSync(stamp, wanted);
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

if (argv[1] && resolve(argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    install(argv[2] ?? ".");
  } catch (problem) {
    console.error(problem.message);
    exit(1);
  }
}
