/**
 * @file `npm ci` on a fresh machine: what may run, and a lockfile that it accepts.
 *
 * Every dependency with an install script has a decision, and the decision has a reason.
 * npm runs what `allowScripts` of the root package.json allows. A script that downloads is denied: installing needs
 * the npm registry and nothing else. Bare names only: npm does not match a pinned version without `resolved` entries.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));

const decisions: Readonly<Record<string, { allow: boolean; because: string }>> = {
  "@tensorflow/tfjs-node-gpu": {
    allow: false,
    because: "downloads libtensorflow 2.9; whoever wants the engine runs `npx nx run core:tensorflow-setup`",
  },
  "better-sqlite3": { allow: true, because: "compiles the database's addon, without which there is no store" },
  "core-js": { allow: false, because: "prints an advertisement" },
  esbuild: { allow: false, because: "saves a few milliseconds of start; the binary is a package of its own" },
  nx: { allow: false, because: "warms a cache that is made on first use anyway" },
  "onnxruntime-node": {
    allow: false,
    because: "downloads CUDA libraries; CPU is bundled, and a GPU user runs `node script/install` in its folder",
  },
  protobufjs: { allow: false, because: "warns about version ranges of its users" },
};

interface LockEntry {
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lockEntries = (): Readonly<Record<string, LockEntry>> => readJson("package-lock.json").packages;

it("decides on every dependency that has an install script, and on no other", () => {
  const withScript = Object.entries(lockEntries())
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([path]) => nameOf(path));
  expect(Object.keys(decisions).sort()).toEqual([...new Set(withScript)].sort());
});

it("writes the decisions into package.json", () => {
  const decided = Object.entries(decisions).map(([name, { allow }]) => [name, allow]);
  expect(readJson("package.json").allowScripts).toEqual(Object.fromEntries(decided));
});

it("keeps in the lockfile what it declares for each workspace", () => {
  const packages = lockEntries();
  for (const folder of [
    "",
    "packages/core",
    "packages/distill",
    "packages/eval",
    "packages/dashboard",
    "experiments",
  ]) {
    const { dependencies, optionalDependencies, devDependencies } = readJson(join(folder, "package.json"));
    expect(packages[folder], folder).toMatchObject(
      JSON.parse(JSON.stringify({ dependencies, optionalDependencies, devDependencies })),
    );
  }
});

/**
 * npm leaves out of the lockfile a platform's package that its registry lacks, and `npm ci` then refuses the lockfile.
 * Such an entry is written by hand: version, optional, os, cpu, and libc where the name says musl or gnu.
 */
it("keeps in the lockfile the packages of every platform, also of those that the registry at hand lacks", () => {
  const entries = lockEntries();
  const missing = Object.entries(entries).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`${path}/node_modules/${name}` in entries || `node_modules/${name}` in entries),
    ),
  );
  expect(missing).toEqual([]);
});

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}
