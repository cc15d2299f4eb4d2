/**
 * @file A checkpoint as evaluation sees it: weights, architecture, tokenizer, and where it comes from.
 */
import { type TensorMap, userError } from "@sdtt/core/base";
import {
  type CheckpointState,
  checkpointFolder,
  type FoundCheckpoint,
  findCheckpoint,
  learnedText,
  loadWeights,
  modelText,
  readableText,
  readCheckpointState,
  sayNotes,
  type WeightsChoice,
  type WeightsKind,
} from "@sdtt/core/checkpoint";
import { checkTensors } from "@sdtt/core/engine";
import { isCausal, type ModelConfig, modelParameters } from "@sdtt/core/model";
import { specsOf } from "@sdtt/core/nn";
import type { Control } from "@sdtt/core/store";

export interface Checkpoint
  extends Pick<CheckpointState, "run" | "round" | "update" | "tokenizerHash" | "lineage" | "corpusHash" | "config">,
    Pick<FoundCheckpoint, "path" | "hash" | "unfinished"> {
  readonly model: ModelConfig;
  readonly tensors: TensorMap;
  readonly weights: WeightsKind;
  /** Run, round, which weights and their hash, in words. */
  readonly text: string;
  /** What to read of the text that it learned, where that is known and here. */
  readonly learned: string | undefined;
  /** What it is where it is no student: a control, or a round that has updates to go. */
  readonly control: Control | null;
}

/** Throws   UserError where the checkpoint reads from left to right */
export function requireDenoiser({ path, model }: Pick<Checkpoint, "path" | "model">, remedy: string): void {
  if (!isCausal(model)) return;
  const got = "a model that reads from left to right";
  throw userError(`checkpoint ${path}`, "sampling in steps needs a denoiser", got, remedy);
}

/** Hashes of all weights in a checkpoint's folder, without reading a tensor. */
export function hashesIn(folder: string): readonly string[] {
  const { model, ema } = readCheckpointState(checkpointFolder(folder)).hashes;
  return ema ? [model, ema] : [model];
}

/** What rows of a model say that it is, besides a student. Round 0 is a teacher at any update. */
const controlOf = ({ round, control }: CheckpointState, unfinished: string | undefined): Control | null =>
  unfinished && round > 0 ? "unfinished" : (control ?? null);

/**
 * Reads a checkpoint's folder, the newest checkpoint of a round's, or the last finished round of a run's.
 *
 * @param choice "student" (what its round calls so), "raw", "ema", or hashes: the weights that have one of them, else the student
 * Throws   UserError when it is missing or damaged, or lacks the weights asked for
 */
export function openCheckpoint(folder: string, choice: WeightsChoice | readonly string[] = "student"): Checkpoint {
  const found = findCheckpoint(folder, choice);
  const { path, where, state, weights, part, hash, unfinished } = found;
  sayNotes(found);
  const tensors = loadWeights(path, part) as TensorMap;
  const learned = learnedText(state);
  const remedy = "Check that configuration and weights belong together.";
  checkTensors(where, tensors, specsOf(modelParameters(state.model)), false, remedy);
  const described = {
    path,
    weights,
    hash,
    text: modelText(found),
    learned: learned && readableText(learned),
    ...(unfinished && { unfinished }),
  };
  return { ...state, ...described, control: controlOf(state, unfinished), tensors };
}
