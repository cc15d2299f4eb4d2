/**
 * @file In a checkout: builds what is missing or older than its sources, before a command is run from it.
 *
 * The times of some 800 files are looked at (about 20 ms) instead of asking the compiler, which takes a second to find
 * that there is nothing to do. Where the package is installed there are no sources, and nothing is looked at.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { alone } from "./alone.js";

const parts = ["packages/core", "packages/distill", "packages/eval", "packages/dashboard", "experiments"];

const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** The files under a folder that something is made of: no tests, and nothing that was itself made. */
function sourcesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "dist" ? [] : sourcesUnder(path);
    return /\.(test|fixture)\.ts$/.test(entry.name) ? [] : [path];
  });
}

const isOlder = (made, sources) => changedAt(made) < Math.max(...sources.map(changedAt));

/** What has to be made anew, as arguments for node. */
function missing(root, page) {
  const configs = ["tsconfig.json", "tsconfig.base.json"].map((name) => join(root, name));
  const isStale = (part) => {
    const sources = [...configs, join(root, part, "tsconfig.json"), ...sourcesUnder(join(root, part, "src"))];
    return isOlder(
      join(root, part, "dist/tsconfig.tsbuildinfo"),
      sources.filter((path) => /\.(tsx?|json)$/.test(path)),
    );
  };
  const { resolve } = createRequire(join(root, "package.json"));
  const web = join(root, "packages/dashboard");
  const isPageOld = () => isOlder(join(web, "dist/web/index.html"), sourcesUnder(join(web, "src")));
  return [
    ...(parts.some(isStale) ? [{ args: [resolve("typescript/bin/tsc"), "-b"], cwd: root }] : []),
    ...(page && isPageOld()
      ? [{ args: [join(root, "node_modules/vite/bin/vite.js"), "build", "--logLevel=warn"], cwd: web }]
      : []),
  ];
}

/**
 * Builds what is missing; a second process waits for the first.
 *
 * @param page whether the dashboard's page is needed too
 * Throws   Error with what stands in the way, in words
 */
export function buildIfNeeded(root, page) {
  if (!existsSync(join(root, "tsconfig.json"))) return;
  const lock = join(root, "node_modules/.cache/sdtt-build");
  try {
    if (missing(root, page).length === 0) return;
    alone(lock, () => missing(root, page).forEach(build));
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND")
      throw new Error("its packages must be installed, got no compiler. Run npm ci.");
    const isBuilt = existsSync(join(root, "experiments/dist/tsconfig.tsbuildinfo"));
    if (!["EACCES", "EPERM", "EROFS"].includes(error.code) || !isBuilt) throw error;
    process.stderr.write(`sdtt: sources are newer than what was built, which cannot be changed here (${error.code})\n`);
  }
}

function build({ args, cwd }) {
  process.stderr.write("sdtt: building, as sources are newer than what was built\n");
  // What the compiler says is no result of the command: all of it goes to stderr.
  const { status } = spawnSync(process.execPath, args, { cwd, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error("the project must build, got the errors above. Mend them, or run npm ci.");
}
