/**
 * @file The card check for a machine that has a shell and this checkout's tracked files, and neither Node nor npm nor a network.
 *
 * Programs are bundled with all their modules, the conformance suite among them; beside them go Node itself, the two packages
 * with native parts, and CUDA's provider where it is in place. It is one packed archive in pieces, because places that lend a
 * card often take small files only. `experiments/bin/card-check.sh` unpacks it over the checkout and runs the check.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { userError } from "@sdtt/core/base";
import { quoted } from "@sdtt/core/cli";
import { execa } from "execa";
import { placedGroups, placedModules } from "../bundle.js";
import { repository } from "../programs.js";

const entries = {
  "packages/core/dist/cli": "packages/core/src/cli.ts",
  "packages/distill/dist/cli": "packages/distill/src/cli.ts",
  "experiments/dist/cli": "experiments/src/cli.ts",
  "experiments/dist/conformance": "packages/core/src/engine/conformance/conformance.test.ts",
  "experiments/dist/words": "experiments/src/card/words.ts",
};

/** Where a chunk lies: those of `placedGroups` by their names, all others where git looks for nothing. */
const chunkName = ({ name }: { readonly name: string }): string =>
  name.includes("/") ? `${name}.js` : "node_modules/.card/[name]-[hash].js";

/** Packages with native parts, data or a version that are read from where they lie, and what of them is needed here. */
const natives: Readonly<Record<string, readonly string[]>> = {
  "onnxruntime-node": ["package.json", "dist", `bin/napi-v6/${process.platform}/${process.arch}`],
  "@tensorflow/tfjs-core": ["package.json"],
  "onnxruntime-common": ["package.json", "dist/cjs"],
  "better-sqlite3": ["package.json", "lib", "build/Release/better_sqlite3.node"],
  bindings: ["package.json", "bindings.js"],
  "file-uri-to-path": ["package.json", "index.js"],
  kjv: ["package.json", "json/verses-1769.json"],
  tokenizers: ["package.json", "index.js", `tokenizers.${process.platform}-${process.arch}-gnu.node`],
};

async function bundle(out: string): Promise<void> {
  const { build, defaultServerConditions } = await import("vite").catch((cause) => {
    throw userError("card-check", "--pack needs vite", "none", "Run `npm ci` with its development packages.", cause);
  });
  const conditions = ["@sdtt/source", ...defaultServerConditions];
  const own = Object.entries(entries).map(([name, path]) => [name, join(repository, path)] as const);
  const input = Object.fromEntries([...own, ...placedModules()]);
  const external = [
    ...Object.keys(natives).filter((name) => !name.startsWith("@")),
    "vite",
    "jiti",
    "@sdtt/dashboard",
    /tfjs-node/,
  ];
  await build({
    ...{ root: repository, configFile: false, logLevel: "silent" },
    resolve: { conditions, alias: { vitest: join(repository, entries["experiments/dist/words"]) } },
    ssr: { resolve: { conditions }, noExternal: true, external: external.filter((one) => typeof one === "string") },
    build: {
      ...{ ssr: true, outDir: out, emptyOutDir: false, minify: false },
      rollupOptions: {
        ...{ input, external },
        output: { entryFileNames: "[name].js", chunkFileNames: chunkName, codeSplitting: { groups: placedGroups } },
      },
    },
  });
}

function copyNatives(out: string): void {
  for (const [name, parts] of Object.entries(natives)) {
    for (const part of parts) {
      const from = join(repository, "node_modules", name, part);
      const to = join(out, "node_modules", name, part);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(from, to, { recursive: true, dereference: true, filter: (path) => !/\.(map|d\.ts)$/.test(path) });
    }
  }
}

const totalBytes = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

/**
 * Packs what the check needs beside the tracked files into `folder`/piece-aa, piece-ab, …
 *
 * Returns   how many bytes they have together
 */
export async function packCheck(folder: string, pieceMiB: number): Promise<number> {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw userError("card-check", "--pack must be an empty folder", folder, "Name another one, or empty it.");
  }
  const staging = mkdtempSync(join(tmpdir(), "card-pack-"));
  try {
    await bundle(staging);
    copyNatives(staging);
    mkdirSync(join(staging, ".sdtt/card"), { recursive: true });
    cpSync(process.execPath, join(staging, ".sdtt/card/node"), { dereference: true });
    writeFileSync(join(staging, ".sdtt/card/packed"), `${process.version}\n`);
    mkdirSync(folder, { recursive: true });
    const split = `split -b ${pieceMiB}m - ${quoted(join(folder, "piece-"))}`;
    const env = { XZ_OPT: "-2" };
    await execa("bash", ["-c", `set -o pipefail; tar -C "$1" -cJf - . | ${split}`, "pack", staging], { env });
    return totalBytes(folder);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}
