/**
 * @file The one-way arrows between packages, checked on every import of every source file.
 *
 * distill, eval and dashboard do not know each other, core knows nobody, experiments may use all. The compiler would
 * allow more: any installed package can be imported from anywhere in an npm workspace. Nx's own boundary rule needs
 * eslint and a plugin; this needs neither.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** For each folder, the packages of ours that it may import, by any entry that these export; or the entries, one by one. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  "packages/core": [],
  "packages/distill": ["@sdtt/core"],
  "packages/eval": ["@sdtt/core"],
  "packages/dashboard": [
    ...["base", "cli", "files", "forecast", "node", "report", "statistics", "store", "sweep", "workspace"],
  ].map((room) => `@sdtt/core/${room}`),
  experiments: ["@sdtt/core", "@sdtt/distill", "@sdtt/eval", "@sdtt/dashboard"],
};

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
}
const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));

/** `@sdtt/core`, `@sdtt/core/sampler` and so on. */
const entries = new Set(
  Object.keys(arrows).flatMap((folder) => {
    const { name, exports = {} } = manifestOf(folder);
    return Object.keys(exports).map((entry) => name + entry.slice(1));
  }),
);
const mayImport = (folder: string, specifier: string): boolean =>
  entries.has(specifier) &&
  (arrows[folder] ?? []).some(
    (arrow) => arrow === specifier || (!arrow.slice(6).includes("/") && arrow === packageOf(specifier)),
  );
const packageOf = (specifier: string): string => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

/**
 * Parts of core that stand without the rest, with what else of core they may use: the dashboard sees store and statistics
 * alone, and must not load engines with them.
 */
const standing: Readonly<Record<string, readonly string[]>> = {
  "packages/core/src/report/": [],
  "packages/core/src/forecast/": [
    "packages/core/src/base/random.js",
    "packages/core/src/statistics/index.js",
    "packages/core/src/store/index.js",
  ],
  "packages/core/src/statistics/": [],
  "packages/core/src/store/": [
    "packages/core/src/base/addon.js",
    "packages/core/src/base/errors.js",
    "packages/core/src/cli/index.js",
    "packages/core/src/base/progress.js",
    "packages/core/src/base/redact.js",
    "packages/core/src/base/webhook.js",
    "packages/core/src/files/atomic.js",
    "packages/core/src/statistics/metrics.js",
    "packages/core/src/workspace/codeState.js",
    "packages/core/src/workspace/fileKinds.js",
  ],
  "packages/core/src/sweep/": [
    "packages/core/src/files/lock.js",
    "packages/core/src/store/earlierNames.js",
    "packages/core/src/store/rows.js",
  ],
  // Layers are written once for all engines: of engines they see what one that traces offers.
  "packages/core/src/nn/": [
    "packages/core/src/base/random.js",
    "packages/core/src/base/tensor.js",
    "packages/core/src/engine/traced.js",
  ],
  "packages/core/src/cli/": [
    "packages/core/src/base/addon.js",
    "packages/core/src/base/names.js",
    "packages/core/src/base/errors.js",
    "packages/core/src/base/redact.js",
    "packages/core/src/base/silence.js",
    "packages/core/src/base/systemErrors.js",
    "packages/core/src/files/json.js",
    "packages/core/src/workspace/provenance.js",
  ],
  "packages/core/src/node.ts": [],
};

/** What the page computes with in the browser. */
const inBrowser = "packages/core/src/statistics/";

interface Source {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** What each file imports that it must not, one sentence each. */
function violations(files: readonly Source[], declared: (folder: string) => ReadonlySet<string>): string[] {
  return files.flatMap(({ path, text }) => {
    const folder = Object.keys(arrows).find((name) => path.startsWith(`${name}/`)) ?? "";
    const isTest = /\.(test|fixture)\.ts$/.test(path);
    return importsOf(text).flatMap((specifier) => {
      const fault = specifier.startsWith(".")
        ? relativeFault(folder, path, specifier, isTest)
        : packageFault(folder, path, specifier, isTest, declared);
      return fault ? [`${path} imports ${specifier}: ${fault}`] : [];
    });
  });
}

function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

function relativeFault(folder: string, path: string, specifier: string, isTest: boolean): string | undefined {
  const target = normalize(join(dirname(path), specifier)).replaceAll("\\", "/");
  if (!target.startsWith(`${folder}/`)) return "reaches into another folder; import the package by its name";
  if (target.startsWith(`${folder}/dist/`)) return "is built from this very package";
  const part = isTest ? undefined : Object.keys(standing).find((name) => path.startsWith(name));
  if (!part || target.startsWith(part) || standing[part]?.includes(target)) return undefined;
  return `${part} must stand without the rest of core`;
}

function packageFault(
  folder: string,
  path: string,
  specifier: string,
  isTest: boolean,
  declared: (folder: string) => ReadonlySet<string>,
): string | undefined {
  if (specifier.startsWith("node:")) {
    return !isTest && path.startsWith(inBrowser) ? "is not there in a browser, where this runs too" : undefined;
  }
  const name = packageOf(specifier);
  if (name.startsWith("@sdtt/") && !mayImport(folder, specifier)) {
    return "is not an entry that this folder may use";
  }
  const isDeclared = declared(folder).has(name) || (isTest && declared(".").has(name));
  return isDeclared ? undefined : "is not declared in its package.json";
}

function declaredBy(folder: string): ReadonlySet<string> {
  const json = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const { dependencies, optionalDependencies, devDependencies } = json;
  return new Set(Object.keys({ ...dependencies, ...optionalDependencies, ...devDependencies }));
}

function filesOf(folder: string): Source[] {
  const src = join(root, folder, "src");
  const names = existsSync(src) ? readdirSync(src, { recursive: true, encoding: "utf8" }) : [];
  return names
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => ({
      path: `${folder}/src/${name.replaceAll("\\", "/")}`,
      text: readFileSync(join(src, name), "utf8"),
    }));
}

describe("imports", () => {
  it("follow the arrows in every source file", () => {
    const files = Object.keys(arrows).flatMap(filesOf);
    expect(files.length).toBeGreaterThan(10);
    expect(violations(files, declaredBy)).toEqual([]);
  });

  it.each([
    ["packages/core/src/a.ts", 'import "@sdtt/distill";', "not an entry"],
    ["packages/distill/src/a.ts", 'import { x } from "@sdtt/eval";', "not an entry"],
    ["packages/eval/src/a.ts", 'export * from "@sdtt/distill";', "not an entry"],
    ["packages/dashboard/src/a.ts", 'import type { X } from "@sdtt/core";', "not an entry"],
    ["packages/dashboard/src/a.ts", 'import type { X } from "@sdtt/core/engine";', "not an entry"],
    ["packages/eval/src/a.ts", 'import "@sdtt/core/dist/tensor.js";', "not an entry"],
    ["packages/eval/src/a.ts", 'await import("@sdtt/core/src/tensor.js");', "not an entry"],
    ["packages/eval/src/a.ts", 'import "../../core/src/tensor.js";', "reaches into another folder"],
    ["packages/eval/src/b/a.ts", 'import "../../dist/index.js";', "built from this very package"],
    ["packages/core/src/store/a.ts", 'import "../base/tensor.js";', "must stand without the rest"],
    ["packages/core/src/cli/a.ts", 'import "../store/index.js";', "must stand without the rest"],
    ["packages/core/src/nn/a.ts", 'import "../engine/onnx/trace.js";', "must stand without the rest"],
    ["packages/core/src/statistics/a.ts", 'import "../base/random.js";', "must stand without the rest"],
    ["packages/core/src/statistics/a.ts", 'import "node:crypto";', "not there in a browser"],
    ["packages/core/src/a.ts", 'import "left-pad";', "not declared"],
    ["packages/core/src/a.ts", 'import "vitest";', "not declared"],
  ])("are refused in %s: %s", (path, text, message) => {
    expect(violations([{ path, text }], declaredBy)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ["packages/distill/src/a.ts", 'import { x } from "@sdtt/core/sampler"; import "node:fs"; import "execa";'],
    ["packages/dashboard/src/a.ts", 'import { openStore } from "@sdtt/core/store"; import "@sdtt/core/statistics";'],
    [
      "packages/core/src/store/a.ts",
      'import "../base/errors.js"; import "./schema.js"; import "drizzle-orm/sqlite-core";',
    ],
    ["packages/core/src/a.test.ts", 'import "vitest"; import "./tensor.js";'],
    ["experiments/src/a.ts", 'import "@sdtt/distill"; import "@sdtt/dashboard";'],
  ])("are allowed in %s: %s", (path, text) => {
    expect(violations([{ path, text }], declaredBy)).toEqual([]);
  });
});

describe("package.json", () => {
  it.each(Object.keys(arrows))("of %s depends on no package of ours that its arrows do not name", (folder) => {
    const allowed = new Set((arrows[folder] ?? []).map((entry) => entry.split("/", 2).join("/")));
    expect([...declaredBy(folder)].filter((name) => name.startsWith("@sdtt/") && !allowed.has(name))).toEqual([]);
  });

  it.each(Object.keys(arrows).filter((folder) => folder !== "experiments"))(
    "of %s exports its rooms' indexes, and no inner file",
    (folder) => {
      const { exports } = manifestOf(folder);
      const entries = Object.entries(exports).filter(([entry]) => entry !== "./package.json");
      for (const [entry, target] of entries) {
        const stem = entry === "." ? "index" : entry === "./node" ? "base/node" : `${entry.slice(2)}/index`;
        const built = { types: `./dist/${stem}.d.ts`, default: `./dist/${stem}.js` };
        expect(target, entry).toEqual({ "@sdtt/source": `./src/${stem}.ts`, ...built });
        expect(existsSync(join(root, folder, "src", `${stem}.ts`)), entry).toBe(true);
      }
    },
  );
});
