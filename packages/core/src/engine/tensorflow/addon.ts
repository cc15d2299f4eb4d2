/**
 * @file Loading @tensorflow/tfjs-node-gpu, or @tensorflow/tfjs-node, so that it works or says in one sentence why not.
 *
 * The library under the addon is checked before it is loaded: a file that is cut off ends the process where its missing
 * part is touched, and no handler is asked.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { mendKernels } from "./kernels.js";

export const tensorflowPackages = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"] as const;

/** What `tensorflow-setup` writes beside the addon that it builds. */
export interface LibraryRecord {
  readonly version: string;
  readonly folder: string;
  /** Sizes in bytes, by name. */
  readonly files: Readonly<Record<string, number>>;
}

export interface Addon {
  readonly name: string;
  readonly gpu: boolean;
  readonly version: string;
}

const again = "run `npx nx run core:tensorflow-setup` again";

export const recordPath = (packageFolder: string): string => join(packageFolder, "lib/napi-v8/library.json");

const recordOf = (packageFolder: string): LibraryRecord | undefined =>
  existsSync(recordPath(packageFolder)) ? JSON.parse(readFileSync(recordPath(packageFolder), "utf8")) : undefined;

/** Throws   Error where a file of the library is missing or has another size than when it was set up */
function checkLibrary({ folder, files }: LibraryRecord): void {
  for (const [name, wanted] of Object.entries(files)) {
    const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size;
    if (size === undefined) throw new Error(`its library ${join(folder, name)} is gone; ${again}`);
    if (size !== wanted) {
      throw new Error(`its library ${join(folder, name)} has ${size} bytes of ${wanted}, half-copied; ${again}`);
    }
  }
}

/** Node 23 took `util.isNullOrUndefined` away, which tfjs-node 4.22 calls for each tensor (tensorflow/tfjs#8425). */
export function giveBackWhatNodeTook(): void {
  const util = createRequire(import.meta.url)("node:util") as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}

/** TensorFlow reads these when its library is loaded; whoever set them already is obeyed. */
function settings(threads: number): void {
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
}

interface Backend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

async function load(main: string, record: LibraryRecord | undefined): Promise<Omit<Addon, "name">> {
  if (record) checkLibrary(record);
  await import(pathToFileURL(main).href);
  const backend = tf.findBackend("tensorflow") as unknown as Backend | null;
  if (!backend) throw new Error("it registers no backend");
  const version = backend.binding?.TF_Version ?? "";
  if (record && record.version !== version) {
    throw new Error(
      `its library says that it is TensorFlow ${version}, and was ${record.version} when set up; ${again}`,
    );
  }
  mendKernels();
  return { version, gpu: Boolean(backend.isUsingGpuDevice) };
}

const firstLine = (thrown: unknown): string =>
  String(thrown instanceof Error ? thrown.message : thrown).split("\n", 1)[0] as string;

/** The first package that is installed and loads. Throws   Error with the reason for each that does not */
export async function loadTensorflow(addonsFrom: string, threads: number): Promise<Addon> {
  const require = createRequire(addonsFrom);
  const reasons: string[] = [];
  giveBackWhatNodeTook();
  settings(threads);
  for (const name of tensorflowPackages) {
    try {
      const main = require.resolve(name);
      return { name, ...(await load(main, recordOf(dirname(require.resolve(`${name}/package.json`))))) };
    } catch (cause) {
      const reason = firstLine(cause);
      const absent = reason.startsWith(`Cannot find module '${name}'`);
      reasons.push(`${name} is ${absent ? "not installed" : `installed but does not load (${reason})`}`);
    }
  }
  throw new Error(reasons.join("; "));
}
