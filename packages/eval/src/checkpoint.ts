/**
 * @file A checkpoint as evaluation sees it: weights, architecture, tokenizer, and where it comes from.
 *
 * Only the fields of `state.json` that are needed are read; who wrote it (distill) is not imported.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  assetPath,
  type CheckpointSummary,
  checkpointFolder,
  checkTensors,
  loadTokenizer,
  loadWeights,
  type ModelConfig,
  modelParameters,
  readCheckpointState,
  specsOf,
  type TensorMap,
  type Tokenizer,
  userError,
} from "@sdtt/core";
import { z } from "zod";

export const weightsChoices = ["raw", "ema"] as const;
export type WeightsChoice = (typeof weightsChoices)[number];

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

function parseState(where: string, state: unknown): z.output<typeof stateSchema> {
  const parsed = stateSchema.safeParse(state);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] as z.core.$ZodIssue;
  const remedy = "Give a checkpoint that pretrain or round wrote.";
  throw userError(where, "state.json must describe run and model", `${path.join(".")}: ${message}`, remedy);
}

/** The part of the checkpoint that holds the weights asked for; each part's hash is in state.json. */
function chosenWeights(where: string, hashes: CheckpointSummary["hashes"], choice: WeightsChoice | readonly string[]) {
  const raw = { weights: "raw", part: "model", hash: hashes.model } as const;
  if (choice === "raw" || (typeof choice !== "string" && choice.includes(raw.hash))) return raw;
  const { ema } = hashes;
  if (!ema && choice === "ema") {
    throw userError(where, "there must be EMA weights", "raw ones only (flag --weights)", "Use --weights=raw.");
  }
  const wantsEma = ema && (choice === "ema" || choice.includes(ema));
  return wantsEma ? ({ weights: "ema", part: "ema", hash: ema } as const) : raw;
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

/**
 * The tokenizer that the checkpoint was trained with: the one given, else the one of the recorded hash beside
 * it, among the embedded assets, or in a folder of ROOT/data.
 *
 * Throws   UserError when there is none of that hash
 */
export function tokenizerOf({ path, tokenizerHash }: Checkpoint, options: { given?: string; root: string }): Tokenizer {
  const where = `checkpoint ${path}`;
  const rule = `the tokenizer must be the one it was trained with (${tokenizerHash.slice(0, 12)})`;
  if (options.given) {
    const tokenizer = loadTokenizer(options.given);
    if (tokenizer.hash === tokenizerHash) return tokenizer;
    const got = `${tokenizer.hash.slice(0, 12)} (${options.given})`;
    throw userError(where, rule, got, "Give another --tokenizer, or leave it out.");
  }
  const data = join(options.root, "data");
  const prepared = existsSync(data) ? readdirSync(data).sort() : [];
  const folders = [path, assetPath("teacher"), ...prepared.map((name) => join(data, name))];
  for (const folder of folders.filter((name) => existsSync(join(name, "tokenizer.json")))) {
    const tokenizer = loadTokenizer(folder);
    if (tokenizer.hash === tokenizerHash) return tokenizer;
  }
  throw userError(where, rule, `none of that hash beside it or in ${options.root}/data`, "Give it: --tokenizer=FILE.");
}
