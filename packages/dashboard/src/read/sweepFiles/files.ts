/**
 * @file A submitted sweep as its runner left it on disk beside the store: manifest, states of stages, verdicts, figures.
 *
 * These files are the runner's interface to the world (docs/sweeps.md); only what is shown is read of them, and nothing
 * is written. A key from a file becomes part of a path only if it is a hash.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import {
  type CellVerdict,
  cellVerdict,
  figuresOfText,
  manifestsFolder,
  type SeenState,
  type StageStatus,
  type SweepManifest,
  seenState,
  stageFile,
  stageStatus,
  submissions,
  submissionsFile,
  sweepKey,
  sweepManifest,
  verdictFile,
} from "@sdtt/core/sweep";
import { z } from "zod";

/** Undefined where there is no such file. Throws UserError where it is not what the runner writes. */
function read<T>(path: string, parse: (text: string) => T): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw userError("sweep", "its files must be readable", `${path}: ${(error as Error).message}`, "Mend it.", error);
  }
  try {
    return parse(text);
  } catch (error) {
    const remedy = "Restore it, or submit the sweep again with this version.";
    throw userError("sweep", "its files must be as the runner writes them", path, remedy, error);
  }
}

/** The hash of a sweep's newest manifest; undefined where none was submitted. */
export const newestManifestHash = (root: string, name: string): string | undefined =>
  read(submissionsFile(root, name), (text) => submissions.parse(JSON.parse(text)))?.at(-1)?.manifest;

/** What was frozen under that hash, which never changes. */
export const readManifest = (root: string, name: string, hash: string): SweepManifest | undefined =>
  read(join(manifestsFolder(root, name), `${hash}.json`), (text) => sweepManifest.parse(JSON.parse(text)));

export const readVerdict = (root: string, name: string, cell: string): CellVerdict | undefined =>
  read(verdictFile(root, name, cell), (text) => cellVerdict.parse(JSON.parse(text)));

/** What is shown of a stage. */
export type Stage = Pick<StageStatus, "error" | "endedAt"> & { readonly state: SeenState };

export function readStage(root: string, key: string): Stage {
  const status = read(stageFile(root, key, "status.json"), (text) => stageStatus.parse(JSON.parse(text)));
  return status ? { ...status, state: seenState(root, key, status) } : { state: "pending" };
}

const figureNumber = z.custom<number>((value) => typeof value === "number", "must be a number");
/** What is read of a figure. */
const figures = z.array(
  z.object({
    ...{ key: z.string(), runId: z.string(), metric: z.string(), definition: z.string(), steps: z.number().nullable() },
    ...{ value: figureNumber, stderr: figureNumber.nullable() },
    entropy: figureNumber.nullish(),
    entropyStderr: figureNumber.nullish(),
    entropyCorrelation: figureNumber.nullish(),
    subjectHash: z.string().optional(),
    n: z.number().optional(),
  }),
);
export type Figure = z.output<typeof figures>[number];

/** None before the evaluation is done. */
export const readFigures = (root: string, stage: string): Figure[] =>
  read(stageFile(root, stage, "results.json"), (text) => figures.parse(figuresOfText(text))) ?? [];

const tailBytes = 16_384;

/** The end of what a stage's processes wrote; empty where there is nothing. */
export function readLogTail(root: string, stage: string): string {
  if (!sweepKey.safeParse(stage).success) return "";
  let file: number;
  try {
    file = openSync(stageFile(root, stage, "log.txt"), "r");
  } catch {
    return "";
  }
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString("utf8");
    return size > tailBytes ? text.slice(text.indexOf("\n") + 1) : text;
  } finally {
    closeSync(file);
  }
}
