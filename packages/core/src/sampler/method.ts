/**
 * @file Samplers that look at a whole row: which positions a step reveals may depend on what the network says there,
 * and a revealed token may be masked again.
 *
 * The samplers of `sample.ts` decide position by position before the network runs, which is what lets them skip
 * evaluations; these cannot be put in that form, so they have a loop of their own. What is not asked costs nothing
 * here either.
 */
import type { Denoiser } from "./network/denoiser.js";

export interface MethodRow {
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
}

/** Logits of the asked positions, in their order: position k's at `offset` + k · `size`. */
export interface RowLogits {
  readonly data: Float32Array;
  readonly offset: number;
  readonly size: number;
}

/** One row's sampler; stateful, asked once a step, in the order of the steps. */
export interface RowMethod {
  plan(row: MethodRow, step: number): StepPlan;
  /** A token for each asked position; the mask id, size − 1, leaves it masked. */
  tokens(asked: readonly number[], logits: RowLogits, step: number): readonly number[];
}

export interface MethodOptions {
  readonly numSteps: number;
  readonly batch: number;
  readonly length?: number;
  readonly first?: number;
  readonly fixed?: Int32Array;
  readonly onStep?: (step: number, ids: Int32Array) => void;
}

interface State {
  readonly ids: Int32Array;
  readonly length: number;
  readonly free: readonly (readonly number[])[];
  readonly nfe: Int32Array;
  readonly revealSteps: Int32Array;
}

/** Samples in `numSteps` steps of `methodOf(row)`; see `sample` for shapes. */
export async function sampleByMethod(
  denoiser: Denoiser,
  methodOf: (row: number) => RowMethod,
  { numSteps, batch, length = denoiser.length, first = 0, fixed, onStep }: MethodOptions,
) {
  const ids = new Int32Array(batch * length).fill(denoiser.maskId);
  fixed?.forEach((token, i) => {
    if (token >= 0) ids[i] = token;
  });
  const rows = Array.from({ length: batch }, (_, row) => row);
  const free = rows.map((row) => maskedIn(ids.subarray(row * length, (row + 1) * length), denoiser.maskId));
  const state = { ids, length, free, nfe: new Int32Array(batch), revealSteps: new Int32Array(ids.length) };
  const methods = rows.map((row) => methodOf(first + row));
  for (let step = 1; step <= numSteps; step++) {
    await advance(denoiser, state, methods, step);
    onStep?.(step, ids);
  }
  return { ids, nfe: state.nfe, revealSteps: state.revealSteps };
}

function maskedIn(row: Int32Array, maskId: number): number[] {
  const positions: number[] = [];
  for (let j = 0; j < row.length; j++) if (row[j] === maskId) positions.push(j);
  return positions;
}

async function advance(denoiser: Denoiser, state: State, methods: readonly RowMethod[], step: number): Promise<void> {
  const { ids, length, free } = state;
  const { maskId, vocabSize: size } = denoiser;
  const plans = methods.map((method, row) => {
    const own = ids.subarray(row * length, (row + 1) * length);
    const seen = { ids: own, masked: maskedIn(own, maskId), free: free[row] as readonly number[] };
    return { row, method, own, ...method.plan(seen, step) };
  });
  const active = plans.filter(({ asked }) => asked.length > 0);
  const xt = new Int32Array(active.length * length);
  active.forEach(({ own }, i) => {
    xt.set(own, i * length);
  });
  // What is remasked now was context still: the network saw it.
  for (const { own, row, remasked = [] } of plans) {
    for (const j of remasked) {
      own[j] = maskId;
      state.revealSteps[row * length + j] = 0;
    }
  }
  if (active.length === 0) return;
  const positions = active.flatMap(({ asked }, i) => asked.map((j) => i * length + j));
  const data = await denoiser.logits(xt, active.length, positions);
  let offset = 0;
  for (const { row, method, own, asked } of active) {
    state.nfe[row] = (state.nfe[row] as number) + 1;
    const tokens = method.tokens(asked, { data, offset, size }, step);
    offset += asked.length * size;
    asked.forEach((j, k) => {
      if (tokens[k] === maskId) return;
      own[j] = tokens[k] as number;
      state.revealSteps[row * length + j] = step;
    });
  }
}

/** Of m positions, how many are revealed after k of K steps: one a step where there are steps enough, else even shares. */
export function revealedAfter(step: number, numSteps: number, count: number): number {
  return numSteps >= count ? Math.min(step, count) : Math.round((count * step) / numSteps);
}
