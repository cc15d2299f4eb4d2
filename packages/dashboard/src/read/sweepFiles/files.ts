/**
 * @file A submitted sweep as its runner left it on disk beside the store: manifest, states of stages, verdicts, figures.
 *
 * These files are the runner's interface to the world (docs/sweeps.md); only what is shown is read of them, and nothing
 * is written. A key from a file becomes part of a path only if it is a hash.
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { userError } from "@sdtt/core/base";
import { currentEvaluation } from "@sdtt/core/store";
import { z } from "zod";

const key = z.string().regex(/^[0-9a-f]{8,64}$/);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const manifestSchema = z.object({
  format: z.literal(1),
  spec: z.object({ path: z.string() }),
  definition: z.object({
    name: z.string(),
    result: z.object({
      metric: z.string(),
      definition: z.string().optional(),
      steps: z.number().optional(),
    }),
  }),
  stages: z.array(z.object({ key, kind: z.string(), name: z.string(), round: z.int() })),
  cells: z.array(
    z.object({
      key,
      label: z.string(),
      values: z.record(z.string(), z.union([scalar, z.array(scalar)])),
      seed: z.int(),
      stages: z.array(key),
      /** Evaluations of the teacher's temperatures that a gain is read off. */
      control: z.array(key).optional(),
      byRound: z.record(z.string(), key),
    }),
  ),
});
export type Manifest = z.output<typeof manifestSchema>;
export type ManifestCell = Manifest["cells"][number];

const submissionsSchema = z.array(z.object({ manifest: key, at: z.string() }));
const statusSchema = z.object({
  state: z.string(),
  error: z.string().optional(),
  endedAt: z.string().optional(),
});
const verdictSchema = z.object({ state: z.enum(["pruned", "cancelled"]), reason: z.string() });
/** JSON has no NaN and no infinities: the runner writes `number:NaN`. */
const figureNumber = z.union([z.number(), z.string().transform((text) => Number(text.replace(/^number:/, "")))]);
const figuresSchema = z.array(
  z.preprocess(
    (row) => (row instanceof Object ? currentEvaluation(row) : row),
    z.object({
      key: z.string(),
      runId: z.string(),
      metric: z.string(),
      definition: z.string(),
      steps: z.number().nullable(),
      value: figureNumber,
      stderr: figureNumber.nullable(),
      entropy: figureNumber.nullish(),
      entropyStderr: figureNumber.nullish(),
      entropyCorrelation: figureNumber.nullish(),
      subjectHash: z.string().optional(),
      n: z.number().optional(),
    }),
  ),
);
export type Figure = z.output<typeof figuresSchema>[number];
export type StageStatus = z.output<typeof statusSchema>;
export type CellVerdict = z.output<typeof verdictSchema>;

/** Undefined where there is no such file. Throws UserError where it is not what the runner writes. */
function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw userError("sweep", "its files must be readable", `${path}: ${(error as Error).message}`, "Mend it.", error);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const remedy = "Restore it, or submit the sweep again with this version.";
    throw userError("sweep", "its files must be as the runner writes them", path, remedy, error);
  }
}

/** As the runner's lock: an owner whose heart has not beaten for this long is dead. */
const staleMs = 120_000;

/** Names of the sweeps that were submitted under a folder. */
export function sweepNames(root: string): string[] {
  try {
    const entries = readdirSync(join(root, "sweeps"), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** The hash of a sweep's newest manifest; undefined where none was submitted. */
export const newestManifest = (root: string, name: string): string | undefined =>
  readJson(join(root, "sweeps", name, "submissions.json"), submissionsSchema)?.at(-1)?.manifest;

/** What was frozen under that hash, which never changes. */
export const readManifest = (root: string, name: string, hash: string): Manifest | undefined =>
  readJson(join(root, "sweeps", name, "manifests", `${hash}.json`), manifestSchema);

export function readVerdict(root: string, name: string, cell: string): CellVerdict | undefined {
  return readJson(join(root, "sweeps", name, "cells", `${cell}.json`), verdictSchema);
}

const stageFile = (root: string, stage: string, file: string) => join(root, "stages", stage, file);

/** A stage that is running by its own word, but whose lock nobody has touched for a while, was killed. */
export function readStage(root: string, stage: string): StageStatus {
  const status = readJson(stageFile(root, stage, "status.json"), statusSchema) ?? { state: "pending" };
  if (status.state !== "running") return status;
  const lock = statSync(stageFile(root, stage, "run.lock"), { throwIfNoEntry: false });
  const isOwned = lock !== undefined && Date.now() - lock.mtimeMs < staleMs;
  return isOwned ? status : { ...status, state: "killed" };
}

/** None before the evaluation is done. */
export const readFigures = (root: string, stage: string): Figure[] =>
  readJson(stageFile(root, stage, "results.json"), figuresSchema) ?? [];

const tailBytes = 16_384;

/** The end of what a stage's processes wrote; empty where there is nothing. */
export function readLogTail(root: string, stage: string): string {
  if (!key.safeParse(stage).success) return "";
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
