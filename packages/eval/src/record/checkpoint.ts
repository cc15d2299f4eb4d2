/**
 * @file A checkpoint as evaluation sees it: weights, architecture, tokenizer, and where it comes from.
 *
 * Only the fields of `state.json` that are needed are read; who wrote it (distill) is not imported.
 */
import {
  checkpointFolder,
  checkTensors,
  chosenWeights,
  loadWeights,
  type ModelConfig,
  modelParameters,
  readCheckpointState,
  specsOf,
  type TensorMap,
  userError,
  type WeightsChoice,
} from "@sdtt/core";
import { z } from "zod";

const size = z.int().positive();
const trunk = { vocabSize: size, width: size, blocks: size, heads: size, length: size };
const modelSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("dit"), ...trunk, conditioning: size, dropout: z.number(), causal: z.boolean() }),
  z.object({ kind: z.literal("gpt2"), ...trunk }),
]);
const stateSchema = z.object({
  run: z.string(),
  round: z.int().nonnegative(),
  update: z.int().nonnegative(),
  model: modelSchema,
  tokenizerHash: z.string(),
  lineage: z.array(z.string()),
});

export interface Checkpoint extends Omit<z.output<typeof stateSchema>, "model"> {
  readonly path: string;
  readonly model: ModelConfig;
  readonly tensors: TensorMap;
  readonly weights: WeightsChoice;
  /** Of the weights chosen. */
  readonly hash: string;
}

/** Whether a model reads from left to right: the AR baseline or a judge, not a denoiser. */
export const isCausal = (model: ModelConfig): boolean => model.kind === "gpt2" || model.causal;

/** Throws   UserError where the checkpoint reads from left to right */
export function requireDenoiser({ path, model }: Pick<Checkpoint, "path" | "model">, remedy: string): void {
  if (!isCausal(model)) return;
  const got = "a model that reads from left to right";
  throw userError(`checkpoint ${path}`, "sampling in steps needs a denoiser", got, remedy);
}

function parseState(where: string, state: unknown): z.output<typeof stateSchema> {
  const parsed = stateSchema.safeParse(state);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  const remedy = "Give a checkpoint that pretrain or round wrote.";
  throw userError(where, "state.json must describe run and model", `${path.join(".")}: ${message}`, remedy);
}

/** Hashes of all weights in a checkpoint's folder, without reading a tensor. */
export function hashesIn(folder: string): readonly string[] {
  const { model, ema } = readCheckpointState(checkpointFolder(folder)).hashes;
  return ema ? [model, ema] : [model];
}

/**
 * Reads a checkpoint's folder, or the newest checkpoint of a round's folder.
 *
 * @param choice "raw", "ema", or hashes: the weights that have one of them, else the raw ones
 * Throws   UserError when it is missing or damaged, or lacks the weights asked for
 */
export function openCheckpoint(folder: string, choice: WeightsChoice | readonly string[]): Checkpoint {
  const path = checkpointFolder(folder);
  const where = `checkpoint ${path}`;
  const summary = readCheckpointState(path);
  const state = parseState(where, summary.state);
  const { weights, part, hash } = chosenWeights(where, summary.hashes, choice);
  const tensors = loadWeights(path, part) as TensorMap;
  const remedy = "Check that configuration and weights belong together.";
  checkTensors(where, tensors, specsOf(modelParameters(state.model)), false, remedy);
  return { ...state, path, weights, tensors, hash };
}
