/**
 * @file What a sweep's files say (docs/sweeps.md): written by its runner, read by whoever shows it.
 *
 * A manifest has more than is described here: all that its stages need to run is the runner's own business.
 */
import { z } from "zod";
import { currentEvaluation } from "../store/earlierNames.js";
import type { EvaluationRecord } from "../store/rows.js";

/** A key from a file becomes part of a path only if it is a hash. */
export const sweepKey = z.string().regex(/^[0-9a-f]{8,64}$/);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const sweepManifest = z.object({
  format: z.literal(1),
  spec: z.object({ path: z.string() }),
  definition: z.object({
    name: z.string(),
    result: z.object({ metric: z.string(), definition: z.string().optional(), steps: z.number().optional() }),
  }),
  stages: z.array(z.object({ key: sweepKey, kind: z.string(), name: z.string(), round: z.int() })),
  cells: z.array(
    z.object({
      key: sweepKey,
      label: z.string(),
      values: z.record(z.string(), z.union([scalar, z.array(scalar)])),
      seed: z.int(),
      stages: z.array(sweepKey),
      /** Evaluations of the teacher's temperatures that a gain is read off. */
      control: z.array(sweepKey).optional(),
      byRound: z.record(z.string(), sweepKey),
    }),
  ),
});
export type SweepManifest = z.output<typeof sweepManifest>;
export type SweepCell = SweepManifest["cells"][number];

export const submissions = z.array(z.object({ manifest: sweepKey, at: z.string() }));
export type Submission = z.output<typeof submissions>[number];

const stageStates = ["pending", "running", "done", "failed", "stopped", "waiting"] as const;
export type StageState = (typeof stageStates)[number];

export const stageStatus = z
  .object({
    state: z.enum(stageStates),
    /** Times that it was started. */
    attempts: z.int().default(0),
    /** Failures since it was submitted or retried; past the limit it has failed. */
    failures: z.int().default(0),
    /** Of all attempts together. */
    seconds: z.number().default(0),
    /** Before this time it is not tried again, ms since 1970. */
    notBefore: z.number().exactOptional(),
    error: z.string().exactOptional(),
    host: z.string().exactOptional(),
    /** Slurm's job of whose tasks it was one. */
    slurmJob: z.string().exactOptional(),
    pid: z.int().exactOptional(),
    /** Tells the process from a later one of the same number. */
    beginning: z.string().optional(),
    startedAt: z.string().exactOptional(),
    endedAt: z.string().exactOptional(),
    commit: z.string().exactOptional(),
    threads: z.int().exactOptional(),
  })
  .readonly();
export type StageStatus = z.output<typeof stageStatus>;

/** Why a cell does not go on though none of its stages failed: it was pruned, or somebody cancelled it. */
export const cellVerdict = z
  .object({ state: z.enum(["pruned", "cancelled"]), reason: z.string(), at: z.string().default("") })
  .readonly();
export type CellVerdict = z.output<typeof cellVerdict>;

/** JSON has no NaN and no infinities, a figure may: they are written as text. */
const encoded = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? `number:${value}` : value;
const decoded = (_: string, value: unknown): unknown =>
  typeof value === "string" && value.startsWith("number:") ? Number(value.slice(7)) : value;

/** A stage's figures as `results.json` has them. */
export const figuresText = (rows: readonly EvaluationRecord[]): string => `${JSON.stringify(rows, encoded, 2)}\n`;
export const figuresOfText = <Figure extends object>(text: string): Figure[] =>
  (JSON.parse(text, decoded) as object[]).map((row) => currentEvaluation<Figure>(row));
