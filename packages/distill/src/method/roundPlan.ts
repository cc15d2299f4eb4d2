/**
 * @file Which round comes next, and what its teacher, its step and its starting point are.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  findTokenizer,
  loadWeights,
  preparedFolders,
  readCheckpointState,
  type TensorMap,
  userError,
} from "@sdtt/core";
import { type CheckpointState, progressOf, resumeState, roundFolder } from "../runs/run.js";
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
}

/** The teacher of a run's first round: a checkpoint folder given by the user, or the embedded one. */
export function firstTeacher(folder: string, weights: "raw" | "ema"): Predecessor {
  if (!existsSync(join(folder, "state.json"))) {
    const remedy = "Give a checkpoint folder, as in --teacher=.sdtt/runs/teacher/round-0/checkpoints/update-00008000.";
    throw userError("round", "the teacher must be a checkpoint folder with a state.json", folder, remedy);
  }
  const summary = readCheckpointState(folder);
  const state = summary.state as unknown as CheckpointState;
  if (state.model?.kind !== "dit" || state.model.causal) {
    const got = `${state.model?.kind ?? "no model"}${state.model?.kind === "dit" ? ", causal" : ""} (${folder})`;
    throw userError(
      "round",
      "the teacher must be a denoiser",
      got,
      "Give one that pretrain made without --architecture.",
    );
  }
  const averaged = weights === "ema" ? loadWeights(folder, "ema") : undefined;
  const hash = (averaged && summary.hashes.ema) ?? summary.hashes.model;
  return { weights: averaged ?? loadWeights(folder, "model"), hash, state, folder };
}

/** The student that round − 1 of a run ended with. */
export function previousStudent(root: string, run: string, round: number, weights: "raw" | "ema"): Predecessor {
  const folder = roundFolder(root, run, round - 1);
  const progress = progressOf(folder);
  const found = progress?.isDone ? resumeState(folder) : undefined;
  if (!progress || !found) {
    const got = progress ? `update ${progress.facts.update} of ${progress.facts.updates}` : "no checkpoint";
    throw userError("round", `round ${round - 1} must be finished before round ${round}`, got, "Finish it first.");
  }
  const { hashes } = progress;
  const [chosen, hash] =
    weights === "ema" ? [found.state.ema, hashes.ema ?? hashes.model] : [found.state.model, hashes.model];
  return { weights: chosen, hash, state: found.facts, training: found.state, folder };
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
