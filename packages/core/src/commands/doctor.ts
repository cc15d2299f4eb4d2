/**
 * @file `core doctor`: what of this machine and this checkout can be used, and why not where something cannot.
 *
 * It only looks: nothing is created, no store is migrated. It fails only where no command could run at all.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { addonError } from "../base/addon.js";
import { userError } from "../base/errors.js";
import { isRecentNode, minimumNode } from "../base/node.js";
import { availableThreads } from "../base/processors.js";
import { defineCommand } from "../cli/command.js";
import { rootFolder } from "../cli/rootFolder.js";
import { alignTable } from "../cli/table.js";
import { loadRuntime } from "../engine/onnx/runtime.js";
import { type EngineOptions, engineReports, openEngine } from "../engine/open.js";
import { fileHash } from "../files/fileHash.js";
import { assetsFolder } from "../workspace/assets.js";

export interface Finding {
  readonly what: "engine" | "device" | "threads" | "memory" | "node" | "sqlite" | "store" | "asset";
  readonly name: string;
  readonly state: "usable" | "not usable" | "absent" | "";
  readonly detail: string;
}

export interface DoctorOptions extends EngineOptions {
  readonly store: string;
  readonly assets?: string;
}

const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const sentence = (thrown: unknown) => {
  const error = addonError(thrown) ?? thrown;
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] as string;
};

async function engines(options: EngineOptions): Promise<Finding[]> {
  const reports = await engineReports(options);
  const found = reports.map(({ name, usable, detail }): Finding => {
    return { what: "engine", name, state: usable ? "usable" : "not usable", detail };
  });
  const chosen = await openEngine("auto", options).catch(() => undefined);
  return [
    ...found,
    { what: "engine", name: "auto", state: "", detail: chosen ? `takes ${chosen.name}` : "takes none" },
  ];
}

/** Where onnxruntime can run a graph; a device that is not bundled needs its libraries installed. */
async function devices(): Promise<Finding[]> {
  try {
    const { listSupportedBackends } = await loadRuntime();
    return listSupportedBackends().map(({ name, bundled }): Finding => {
      if (name === "cpu") return { what: "device", name, state: "usable", detail: "onnxruntime" };
      const needs = bundled ? "bundled, needs a graphics card" : "needs its libraries and a graphics card";
      return { what: "device", name, state: bundled ? "" : "absent", detail: `onnxruntime, ${needs}` };
    });
  } catch {
    return [];
  }
}

function machine(): Finding[] {
  const threads = availableThreads();
  const processors = availableParallelism();
  const share = threads < processors ? `; of ${processors} processors, by the share of its control group` : "";
  const memory = `${gibibytes(process.availableMemory())} free of ${gibibytes(totalmem())}`;
  return [
    { what: "threads", name: String(threads), state: "", detail: `--threads=N takes fewer${share}` },
    { what: "memory", name: "", state: "", detail: memory },
    {
      what: "node",
      name: process.versions.node,
      state: isRecentNode(process.versions.node) ? "usable" : "not usable",
      detail: `needs ${minimumNode.join(".")} or newer`,
    },
  ];
}

async function sqlite(): Promise<Finding> {
  const base = { what: "sqlite", name: "better-sqlite3" } as const;
  try {
    const { default: Database } = await import("better-sqlite3");
    const client = new Database(":memory:");
    const { version } = client.prepare("SELECT sqlite_version() AS version").get() as { version: string };
    client.close();
    return { ...base, state: "usable", detail: `SQLite ${version}` };
  } catch (cause) {
    return { ...base, state: "not usable", detail: sentence(cause).replace(`${base.name}: `, "") };
  }
}

async function store(path: string): Promise<Finding> {
  const base = { what: "store", name: path } as const;
  if (!existsSync(path)) return { ...base, state: "absent", detail: "made by the first command that records into it" };
  try {
    const { checkStore, isRecorded, openStore } = await import("../store/index.js");
    if (!isRecorded(path)) return { ...base, state: "absent", detail: "an empty file, filled by the first command" };
    const { version, problems } = checkStore(path);
    if (problems.length > 0) return { ...base, state: "not usable", detail: `damaged: ${problems[0]}` };
    const opened = openStore(path, { readonly: true });
    const counts = `${opened.runs().length} runs, ${opened.evaluations({ sampler: "any", control: "any" }).length} evaluations`;
    opened.close();
    return { ...base, state: "usable", detail: `version ${version}, whole, ${counts}` };
  } catch (cause) {
    return { ...base, state: "not usable", detail: sentence(cause) };
  }
}

function assets(folder: string): Finding[] {
  if (!existsSync(folder)) {
    const detail = "made by `npx nx run experiments:embedded`";
    return [{ what: "asset", name: folder, state: "absent", detail }];
  }
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return names.flatMap((name): Finding[] => {
    const path = join(folder, name);
    const { size } = statSync(path);
    if (!statSync(path).isFile()) return [];
    return [
      { what: "asset", name, state: "usable", detail: `sha256 ${fileHash(path)}, ${(size / 1e6).toFixed(2)} MB` },
    ];
  });
}

/** Everything that was found, in the order in which it is shown. */
export async function examine(options: DoctorOptions): Promise<Finding[]> {
  return [
    ...(await engines(options)),
    ...(await devices()),
    ...machine(),
    await sqlite(),
    await store(options.store),
    ...assets(options.assets ?? assetsFolder),
  ];
}

/** One line a finding, columns aligned. */
export function findingsTable(findings: readonly Finding[]): string {
  return alignTable(
    findings.map(({ what, name, state, detail }) => [what, name, state, detail]),
    () => false,
  );
}

/** Throws   UserError when no engine is usable, or rows cannot be recorded: then no command can run */
export function checkFindings(findings: readonly Finding[]): void {
  for (const what of ["engine", "sqlite"] as const) {
    const found = findings.filter((finding) => finding.what === what);
    if (found.some(({ state }) => state === "usable")) continue;
    const got = found.map(({ name, detail }) => `${name}: ${detail}`).join("; ") || "none";
    throw userError("doctor", `one ${what} at least must be usable`, got, "Run `npm ci` again.");
  }
}

export const doctor = defineCommand({
  name: "doctor",
  summary: "list engines, devices, threads, memory, the store and the assets with their hashes",
  options: z.object({
    store: z
      .string()
      .default(() => rootFolder("sdtt.sqlite"))
      .describe("the store's file"),
    json: z.boolean().default(false).describe("print JSON"),
  }),
  async run(options) {
    const findings = await examine(options);
    process.stdout.write(`${options.json ? JSON.stringify(findings, null, 2) : findingsTable(findings)}\n`);
    checkFindings(findings);
  },
});
