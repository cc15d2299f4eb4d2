/** @file Options that stages share: what they compute with, and how they are planned instead of run. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "../base/errors.js";
import { checkpointFolder } from "../checkpoint/find.js";
import { readCheckpointState } from "../checkpoint/layout.js";
import { parseState } from "../checkpoint/state.js";
import { ditPreset, type ModelConfig, type PresetName, presetNames } from "../model/presets.js";

export const dryRunFlags = {
  dryRun: z.boolean().default(false).describe("print parameters, memory, FLOPs and expected time, and stop"),
  gflops: z
    .number()
    .positive()
    .optional()
    .describe("rate a dry run plans with, as core bench shows; default: measured"),
  json: z.boolean().default(false).describe("print the dry run as JSON"),
};

/** For stages whose sizes come from a checkpoint: what to plan with where that is not there yet. */
export const plannedSize = {
  size: z.enum(presetNames).optional().describe("model size of a dry run whose checkpoint is not there yet"),
};

/** Options that plan a run or say how it is spread over memory, and so may differ when it is resumed. */
export const planningKeys = ["dryRun", "gflops", "json", "microbatch", "headChunk"] as const;

/** A size by name, or the model itself where it will be made by the time it is needed. */
export type PlannedSize = PresetName | ModelConfig;

/** Ids of GPT-2's tokenizer, which the published sizes are for. */
export const gpt2Vocabulary = 50_257;

/**
 * The model that a stage would run, from its checkpoint's folder, else the one given, or of a size with GPT-2's vocabulary.
 *
 * Throws   UserError when there is neither
 */
export function plannedModel(
  where: string,
  folder: string,
  size: PlannedSize | undefined,
): { model: ModelConfig; note: string; state: Readonly<Record<string, unknown>> } {
  const path = checkpointFolder(folder);
  if (existsSync(join(path, "state.json"))) {
    const state = parseState(`checkpoint ${path}`, readCheckpointState(path).state);
    return { model: state.model, note: `sizes from ${folder}`, state };
  }
  if (!size) {
    const rule = "a dry run needs the checkpoint or a size";
    throw userError(where, rule, `no checkpoint in ${folder}`, `Give --size=${presetNames.join("|")}.`);
  }
  if (typeof size !== "string") return { model: size, note: "sizes as they will be trained", state: {} };
  const note = `${folder} is not there: sizes of --size=${size} with GPT-2's vocabulary`;
  return { model: ditPreset(size, { vocabSize: gpt2Vocabulary + 1 }), note, state: {} };
}
