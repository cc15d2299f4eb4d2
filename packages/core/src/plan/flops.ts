/**
 * @file Floating-point operations of a network, in closed form: the one place where they are counted.
 *
 * A product of [m, k] and [k, n] counts 2·m·k·n. Products only: norms, softmax, GELU, dropout and AdamW are left out
 * (below 5 % at the published sizes), and so is folding the conditioning, once an update.
 *
 *   block    2·D·3D (q, k, v) + 2·D² (out) + 2·(2·D·4D) (MLP) = 24·D² a token; scores and mix 2·(2·L·D) = 4·L·D a token
 *   trunk    B·L · blocks · (24·D² + 4·L·D)
 *   head     2·D·V a position
 *   update   3 × forward: backward has two products for each of forward's
 *
 * Causal attention is computed in full and masked, so it costs the same.
 */
import type { ModelConfig } from "../model/presets.js";

/** The trunk's forward pass over `rows` sequences of `length` tokens. */
export function trunkFlops({ blocks, width, length: longest }: ModelConfig, rows: number, length = longest): number {
  return rows * length * blocks * (24 * width ** 2 + 4 * length * width);
}

/** The vocabulary head's forward pass at `positions`. */
export function headFlops({ width, vocabSize }: ModelConfig, positions: number): number {
  return 2 * positions * width * vocabSize;
}

/**
 * Share of a denoiser's positions that the head is computed for in training. Half are masked on average; the
 * capacities of `model/rows.ts` make it five eighths, for one sequence with t uniform as for a large batch.
 */
export const trainedShare = 5 / 8;

const isDenoiser = (model: ModelConfig): boolean => model.kind === "dit" && !model.causal;

/** Positions of `tokens` that a training loss is computed at. */
export function trainedPositions(model: ModelConfig, tokens: number): number {
  return isDenoiser(model) ? trainedShare * tokens : tokens;
}

/** One update of `rows` sequences on their own loss: round 0, an AR baseline, a judge. */
export function updateFlops(model: ModelConfig, rows: number): number {
  return 3 * (trunkFlops(model, rows) + headFlops(model, trainedPositions(model, rows * model.length)));
}

/**
 * One update of a round: the student's, and m forward passes of the teacher, whose head sees each position once. Rows
 * in which an early substep reveals nothing are skipped there, so this is an upper bound.
 */
export function roundUpdateFlops(model: ModelConfig, rows: number, substeps: number): number {
  const teacher = substeps * trunkFlops(model, rows) + headFlops(model, trainedPositions(model, rows * model.length));
  return updateFlops(model, rows) + teacher;
}

/** Ancestral sampling of `rows` sequences: NFE ≤ min(K, L) trunks, and the head once a position. An upper bound. */
export function samplingFlops(model: ModelConfig, rows: number, steps: number): number {
  return Math.min(steps, model.length) * trunkFlops(model, rows) + headFlops(model, rows * model.length);
}

/** A judge's pass over `rows` texts of `length` tokens. */
export function scoringFlops(model: ModelConfig, rows: number, length = model.length): number {
  return trunkFlops(model, rows, length) + headFlops(model, rows * length);
}
