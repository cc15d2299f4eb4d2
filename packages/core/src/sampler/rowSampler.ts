/**
 * @file What a sampler does with one row: which positions a step asks the network about, and a token for each.
 *
 * What is revealed may depend on what the network says, and a revealed token may be masked again. A rule for each position on
 * its own, which decides before the network runs, is one of these too (`byPosition`).
 */

export interface SampledRow {
  /** The row's tokens, masks included. [L] */
  readonly ids: Int32Array;
  /** Masked positions, ascending. */
  readonly masked: readonly number[];
  /** Positions that were not given, ascending: only these may be masked again. */
  readonly free: readonly number[];
}

export interface StepPlan {
  /** Masked positions whose logits the step needs; where there are none, the network is not asked. */
  readonly asked: readonly number[];
  /** Revealed positions that become masks again. */
  readonly remasked?: readonly number[];
  /** Revealed positions that the network does not see in this step; asked ones among them may stay as they were. */
  readonly hidden?: readonly number[];
}

/** A row that the second network is asked about. */
export interface Draft {
  readonly ids: Int32Array;
  readonly positions: readonly number[];
}

/** Logits of the asked positions, in their order: position k's at `offset` + k · `size`. */
export interface RowLogits {
  readonly data: Float32Array;
  readonly offset: number;
  readonly size: number;
}

/** One row's sampler; stateful, asked once a step, in the order of the steps. */
export interface RowSampler {
  plan(row: SampledRow, step: number): StepPlan;
  /** Rows for the second network, from what the first says of the asked positions; none: it is not asked. */
  drafts?(asked: readonly number[], logits: RowLogits, step: number): readonly Draft[];
  /** What the second network says of draft k: logits of its positions. They are told in order. */
  hear?(k: number, said: RowLogits): void;
  /** A token for each asked position; the mask id, size − 1, leaves it masked. */
  tokens(asked: readonly number[], logits: RowLogits, step: number): readonly number[];
  /** Steps past the last, at most, as long as something is masked; left out: none. */
  readonly furtherSteps?: number;
}

/** Of m positions, how many are revealed after k of K steps: one a step where there are steps enough, else even shares. */
export function revealedAfter(step: number, numSteps: number, count: number): number {
  return numSteps >= count ? Math.min(step, count) : Math.round((count * step) / numSteps);
}
