/**
 * @file Which round comes next, and what its teacher, its step and its starting point are.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TensorMap, userError } from "@sdtt/core/base";
import {
  type CheckpointState,
  checkpointFolder,
  findCheckpoint,
  loadWeights,
  modelText,
  sayNotes,
} from "@sdtt/core/checkpoint";
import { isCausal } from "@sdtt/core/model";
import { findTokenizer, preparedFolders } from "@sdtt/core/text";
import { roundFolder } from "@sdtt/core/workspace";
import { progressOf, resumeState } from "../runs/run.js";
import type { TrainState } from "../training/train.js";

/**
 * Δ of round r (from 1): 1/K₀ · m^(r − 1), until the student does all of time in one step; then it stays 1/m.
 *
 * Throws   UserError when already the first round's m substeps are longer than all of time
 */
export function roundStep(initialSteps: number, substeps: number, round: number): number {
  if (substeps > initialSteps) {
    const rule = "m teacher substeps must fit into unit time";
    const got = `${substeps} × 1/${initialSteps} (flags --substeps, --initial-steps)`;
    throw userError("round", rule, got, "Raise --initial-steps or lower --substeps.");
  }
  return Math.min(substeps ** (round - 1) / initialSteps, 1 / substeps);
}

export interface Predecessor {
  readonly weights: TensorMap;
  readonly hash: string;
  readonly state: CheckpointState;
  /** The whole training state, where the predecessor is a round of this run. */
  readonly training?: TrainState;
  readonly folder: string;
  /** Which model it is, for messages. */
  readonly text: string;
}

/**
 * The teacher of a run's first round: the folder of a checkpoint, a round or a run.
 *
 * @param known hashes that it had when the run began; none yet: its own choice of weights
 */
export function firstTeacher(folder: string, known?: readonly string[]): Predecessor {
  if (!existsSync(join(checkpointFolder(folder), "state.json"))) {
    const remedy = "Give the folder of a checkpoint, a round or a run, as in --teacher=.sdtt/runs/teacher.";
    throw userError("round", "the teacher must be a checkpoint folder with a state.json", folder, remedy);
  }
  const found = findCheckpoint(folder, known ?? "student");
  const { state } = found;
  if (isCausal(state.model)) {
    const got = `${state.model.kind}${state.model.kind === "dit" ? ", causal" : ""} (${folder})`;
    throw userError(
      "round",
      "the teacher must be a denoiser",
      got,
      "Give one that pretrain made without --architecture.",
    );
  }
  sayNotes(found);
  const weights = loadWeights(found.path, found.part) as TensorMap;
  return { weights, hash: found.hash, state, folder: found.path, text: modelText(found) };
}

/** The student that round − 1 of a run ended with: those of its weights that it says are. */
export function previousStudent(root: string, run: string, round: number): Predecessor {
  const folder = roundFolder(root, run, round - 1);
  const progress = progressOf(folder);
  const found = progress?.isDone ? resumeState(folder) : undefined;
  if (!progress || !found) {
    const got = progress ? `update ${progress.facts.update} of ${progress.facts.updates}` : "no checkpoint";
    throw userError("round", `round ${round - 1} must be finished before round ${round}`, got, "Finish it first.");
  }
  const student = findCheckpoint(progress.path, "student");
  const weights = student.part === "ema" ? found.state.ema : found.state.model;
  const { hash } = student;
  return { weights, hash, state: found.facts, training: found.state, folder, text: modelText(student) };
}

/** The unfinished round of a run, or the one after its last. */
export function nextRound(root: string, run: string): number {
  for (let round = 1; ; round++) {
    if (!progressOf(roundFolder(root, run, round))?.isDone) return round;
  }
}

/**
 * The tokenizer.json that a predecessor was trained with, by its hash: beside it, where its config says, or under data.
 *
 * Throws   UserError when none of these has the recorded hash
 */
export function tokenizerFileOf({ folder, state }: Predecessor, root: string, ...others: string[]): string {
  const named = typeof state.config?.tokenizer === "string" ? [state.config.tokenizer] : [];
  const folders = [folder, ...others, ...preparedFolders(root)];
  const files = [...named, ...folders.map((place) => join(place, "tokenizer.json"))].filter(existsSync);
  const found = findTokenizer(state.tokenizerHash, files);
  if (found) return found.place;
  const rule = `the tokenizer of the teacher (${state.tokenizerHash?.slice(0, 12)}) must be there`;
  const got =
    files.length > 0 ? `other ones (${files.join(", ")})` : `none beside ${folder} or in ${join(root, "data")}`;
  throw userError("round", rule, got, "Copy its tokenizer.json beside the teacher, or give its folder with --data.");
}
