/**
 * @file How an experiment is judged and kept within bounds: the schemas of these parts of a definition, which are its types too.
 */
import { z } from "zod";
import { slurmRequest } from "./slurm.js";

const positive = z.number().positive();

/**
 * The figure by which cells are compared: of the last round, or of the teacher where there are no rounds.
 *
 * `metric: "gain-at-entropy"` with `steps`: how much better the student is than its teacher with a temperature that gives the
 * student's entropy. The sweep draws the teacher at `temperatures` under each seed for it. Raw `gen-ppl` is lowered by mere
 * sharpening, so that its table has no verdict.
 */
export const result = z.strictObject({
  metric: z.string().min(1),
  /** Of a gain: that of the gen-PPL. */
  definition: z.string().optional(),
  /** Sampling steps, for metrics that have them. */
  steps: z.int().positive().optional(),
  /** Of the teacher, for a gain. */
  temperatures: z.array(positive).min(2).optional(),
});
export type Result = z.input<typeof result>;

export const limits = z.strictObject({
  /** More cells than this are refused. */
  cells: z.int().positive().default(1000),
  /** A sweep stops in good order after this long; started again, it goes on. */
  hours: positive.optional(),
  /** Of one stage; past it the stage is stopped with a checkpoint and tried again. */
  timeoutMinutes: positive.optional(),
  /** Of one stage; past it the stage is ended and has failed. */
  memoryMiB: positive.optional(),
  threads: z.int().positive().optional(),
  /** How often a stage is tried again after a failure that is not the user's. */
  retries: z.int().nonnegative().default(2),
  /** Before the first retry; doubled with each. */
  backoffSeconds: z.number().nonnegative().default(10),
  /** What a task asks of Slurm, by sbatch's names in camelCase; flags of `sweep` have the last word. */
  slurm: slurmRequest.optional(),
  /** Tasks that the rows of one curve or `lambada` are spread over on Slurm; unless given, one for each 10^15 operations, 16 at most. */
  shards: z.int().positive().optional(),
});
export type Limits = z.input<typeof limits>;

const rungs = { after: z.array(z.int().positive()).min(1), raw: z.literal(true).optional() };

/**
 * Ends hopeless cells after some rounds, by the result's figure at that round; they are recorded as pruned.
 *
 * `raw: true`: by gen-PPL as it is, which keeps what is merely sharper. Without it such a result is refused.
 */
export const stopping = z.discriminatedUnion("rule", [
  z.strictObject({ rule: z.literal("median"), ...rungs, atLeast: z.int().min(2).default(3) }),
  z.strictObject({ rule: z.literal("halving"), ...rungs, keep: z.number().gt(0).lt(1).default(0.5) }),
]);
export type Stopping = z.input<typeof stopping>;
