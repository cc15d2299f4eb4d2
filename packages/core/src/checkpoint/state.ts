/**
 * @file What `state.json` says of a checkpoint, besides its tensors: the one description of it.
 *
 * Whoever reads a checkpoint reads it by this. What an imported model, or one of an earlier version, cannot say is empty; what
 * an embedding program puts beside stays there.
 */
import { z } from "zod";
import { userError } from "../base/errors.js";
import type { ModelConfig } from "../model/presets.js";
import { firstBatch } from "../text/batches/batches.js";

/**
 * What is trained beside the rounds of a run, to tell what they owe to distillation and what to training as such.
 *
 * `null`: rounds of one substep, whose target is the teacher's own prediction · `equal-updates`: the teacher trained on
 * under the NELBO for as many updates
 */
export const roundControls = ["null", "equal-updates"] as const;
export type RoundControl = (typeof roundControls)[number];

const size = z.int().positive();
const count = z.int().nonnegative();
const trunk = { vocabSize: size, width: size, blocks: size, heads: size, length: size };
const model = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("dit"),
    ...trunk,
    conditioning: size,
    dropout: z.number(),
    causal: z.boolean(),
    shift: z.boolean().exactOptional(),
    noise: z.strictObject({ law: z.enum(["gumbel", "choice", "gaussian"]), size }).exactOptional(),
    selfConditioning: z.boolean().exactOptional(),
    decoders: z.int().min(2).exactOptional(),
  }),
  z.strictObject({ kind: z.literal("gpt2"), ...trunk }),
  z.strictObject({ kind: z.literal("own"), architecture: z.string(), ...trunk }),
]) satisfies z.ZodType<ModelConfig>;

const checkpointState = z.looseObject({
  /** How it came to be; not said by the earliest. */
  stage: z.enum(["pretrain", "round", "import"]).optional(),
  run: z.string(),
  round: count,
  update: count,
  /** Updates that the optimizer's moments have seen; as many as `update` where nothing is said. */
  optimizerUpdate: count.optional(),
  /** In all. */
  updates: count.default(0),
  /** Where in the text the next batch begins. */
  cursor: z.object({ epoch: count, index: count }).default(firstBatch),
  seed: z.int().default(0),
  model,
  tokenizerHash: z.string(),
  /** Of the text that it was trained on. */
  corpusHash: z.string().default(""),
  /** Step of the teacher, in unit time; 0 in round 0. */
  dt: z.number().nonnegative().default(0),
  /** Hashes of the weights that this model was distilled from, oldest first. */
  lineage: z.array(z.string()),
  /** Where the text lay that was learned. */
  text: z.object({ source: z.string(), data: z.string().optional() }).optional(),
  /** What it is where it is no student. */
  control: z.enum(roundControls).nullish(),
  config: z.record(z.string(), z.unknown()).default({}),
  configHash: z.string().default(""),
  commit: z.string().default(""),
  engine: z.string().default(""),
  /** Definition of round 0's validation losses; runs of before there was a second one do not say it. */
  validation: z.string().optional(),
});

export type CheckpointState = Readonly<z.output<typeof checkpointState>>;

/** Throws   UserError that names the first field which does not fit */
export function parseState(where: string, state: unknown): CheckpointState {
  const parsed = checkpointState.safeParse(state);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  const remedy = "Give a checkpoint that pretrain, round or import wrote.";
  throw userError(where, "state.json must describe run and model", `${path.join(".")}: ${message}`, remedy);
}
