/**
 * @file Floating-point operations of a network, in closed form: the one place where they are counted.
 *
 * A product of [m, k] and [k, n] counts 2·m·k·n. Products only: norms, softmax, GELU, dropout and AdamW are left out
 * (below 5 % at the published sizes), and so are sums that are written as products, and folding the conditioning, once
 * an update.
 *
 *   block    2·D·3D (q, k, v) + 2·D² (out) + 2·(2·D·4D) (MLP) = 24·D² a token; scores and mix 2·(2·L·D) = 4·L·D a token
 *   trunk    B·L · blocks · (24·D² + 4·L·D), less 18·D² (out, MLP) at each position that a denoiser is not asked about
 *   head     2·D·V a position
 *   update   3 × forward: backward has two products for each of forward's
 *   told     2·D·V a position that a self-conditioned network is told its own prediction at, once more for the gradient; its first pass is
 *            a forward pass of every second row
 *
 * Causal attention is computed in full and masked, so it costs the same.
 */
import { isCausal, isSelfConditioned, type ModelConfig } from "../model/presets.js";

/** Copies of a network's last block: all are computed where rows of several intervals are asked about together, as in training. */
const copiesOf = (model: ModelConfig): number => (model.kind === "dit" ? (model.decoders ?? 1) : 1);

/** A forward pass of the whole trunk over `rows` sequences of `length` tokens. */
export function trunkFlops(model: ModelConfig, rows: number, length = model.length): number {
  const { blocks, width } = model;
  return rows * length * (blocks + copiesOf(model) - 1) * (24 * width ** 2 + 4 * length * width);
}

/** `passes` of a denoiser's trunk over `rows` sequences, asked about `positions` in all of them together. */
export function askedTrunkFlops(model: ModelConfig, rows: number, positions: number, passes = 1): number {
  const unasked = passes * rows * model.length - positions;
  return (
    passes * trunkFlops(model, rows) - (model.kind === "dit" ? copiesOf(model) * 18 * model.width ** 2 * unasked : 0)
  );
}

/** The vocabulary head's forward pass at `positions`. */
export function headFlops({ width, vocabSize }: ModelConfig, positions: number): number {
  return 2 * positions * width * vocabSize;
}

/**
 * Share of a denoiser's positions that the end of the network is computed for in training. Half are masked on average; the
 * capacities of `model/rows.ts` make it five eighths, for one sequence with t uniform as for a large batch.
 */
export const trainedShare = 5 / 8;

/** Positions of `tokens` that a training loss is computed at. */
export function trainedPositions(model: ModelConfig, tokens: number): number {
  return isCausal(model) ? tokens : trainedShare * tokens;
}

/** One update of `rows` sequences on their own loss: round 0, an AR baseline, a judge. */
export function updateFlops(model: ModelConfig, rows: number): number {
  const positions = trainedPositions(model, rows * model.length);
  const forward = askedTrunkFlops(model, rows, positions) + headFlops(model, positions);
  return 3 * forward + (isSelfConditioned(model) ? forward / 2 + 2 * headFlops(model, positions) : 0);
}

/**
 * One update of a round: the student's, and m forward passes of the teacher, which is asked about each position once.
 * Rows in which an early substep reveals nothing are skipped there, so this is an upper bound.
 */
export function roundUpdateFlops(model: ModelConfig, rows: number, substeps: number): number {
  const positions = trainedPositions(model, rows * model.length);
  const teacher = askedTrunkFlops(model, rows, positions, substeps) + headFlops(model, positions);
  return updateFlops(model, rows) + teacher;
}

const oneCopy = (model: ModelConfig): ModelConfig => {
  if (model.kind !== "dit") return model;
  const { decoders: _, ...single } = model;
  return single;
};

/**
 * Ancestral sampling of `rows` sequences: NFE ≤ min(K, L) trunks, asked about each position once. An upper bound; in the mean, where a network
 * is told what it said: it is asked about all that is masked in each step, (K + 1)/2 of them a position. Of copies of the last block one is
 * computed, as where all rows have about as many masks.
 */
export function samplingFlops(model: ModelConfig, rows: number, steps: number): number {
  const passes = Math.min(steps, model.length);
  const isTold = isSelfConditioned(model);
  const positions = rows * model.length * (isTold ? (passes + 1) / 2 : 1);
  return askedTrunkFlops(oneCopy(model), rows, positions, passes) + (isTold ? 2 : 1) * headFlops(model, positions);
}

/** A judge's pass over `rows` texts of `length` tokens. */
export function scoringFlops(model: ModelConfig, rows: number, length = model.length): number {
  return trunkFlops(model, rows, length) + headFlops(model, rows * length);
}
