/**
 * @file Samplers that look at a whole row: which positions a step reveals may depend on what the network says there,
 * and a revealed token may be masked again.
 *
 * The samplers of `sample.ts` decide position by position before the network runs, which is what lets them skip
 * evaluations; these cannot be put in that form, so they have a loop of their own. What is not asked costs nothing
 * here either.
 */
import type { Denoiser } from "./network/denoiser.js";
import type { Partner } from "./partner.js";

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
export interface RowMethod {
  plan(row: MethodRow, step: number): StepPlan;
  /** Rows for the second network, from what the first says of the asked positions; none: it is not asked. */
  drafts?(asked: readonly number[], logits: RowLogits, step: number): readonly Draft[];
  /** What the second network says of draft k: logits of its positions. They are told in order. */
  hear?(k: number, said: RowLogits): void;
  /** A token for each asked position; the mask id, size − 1, leaves it masked. */
  tokens(asked: readonly number[], logits: RowLogits, step: number): readonly number[];
  /** Whether steps go on past the last as long as something is masked. */
  readonly goesOn?: boolean;
}

export interface MethodOptions {
  readonly numSteps: number;
  readonly batch: number;
  readonly length?: number;
  readonly first?: number;
  /** That noise is drawn by, of a denoiser that is told it. */
  readonly seed?: number;
  readonly fixed?: Int32Array;
  /** Whom drafts are for. */
  readonly partner?: Partner | undefined;
  readonly onStep?: (step: number, ids: Int32Array) => void;
}

interface State {
  readonly ids: Int32Array;
  readonly length: number;
  readonly first: number;
  readonly seed: number;
  readonly free: readonly (readonly number[])[];
  readonly nfe: Int32Array;
  readonly partnerPasses: Int32Array;
  readonly revealSteps: Int32Array;
}

/** Samples in `numSteps` steps of `methodOf(row)`; see `sample` for shapes. */
export async function sampleByMethod(
  denoiser: Denoiser,
  methodOf: (row: number) => RowMethod,
  { numSteps, batch, length = denoiser.length, first = 0, seed = 0, fixed, partner, onStep }: MethodOptions,
) {
  const ids = new Int32Array(batch * length).fill(denoiser.maskId);
  fixed?.forEach((token, i) => {
    if (token >= 0) ids[i] = token;
  });
  const rows = Array.from({ length: batch }, (_, row) => row);
  const free = rows.map((row) => maskedIn(ids.subarray(row * length, (row + 1) * length), denoiser.maskId));
  const counts = { nfe: new Int32Array(batch), partnerPasses: new Int32Array(batch) };
  const state: State = { ids, length, first, seed, free, ...counts, revealSteps: new Int32Array(ids.length) };
  const methods = rows.map((row) => methodOf(first + row));
  const goesOn = () => methods.some((method) => method.goesOn) && ids.includes(denoiser.maskId);
  for (let step = 1; step <= numSteps || goesOn(); step++) {
    await advance(denoiser, state, methods, step, partner);
    onStep?.(step, ids);
  }
  return { ids, ...counts, revealSteps: state.revealSteps };
}

function maskedIn(row: Int32Array, maskId: number): number[] {
  const positions: number[] = [];
  for (let j = 0; j < row.length; j++) if (row[j] === maskId) positions.push(j);
  return positions;
}

async function advance(
  denoiser: Denoiser,
  state: State,
  methods: readonly RowMethod[],
  step: number,
  partner: Partner | undefined,
): Promise<void> {
  const { ids, length, free } = state;
  const { maskId, vocabSize: size } = denoiser;
  const plans = methods.map((method, row) => {
    const own = ids.subarray(row * length, (row + 1) * length);
    const seen = { ids: own, masked: maskedIn(own, maskId), free: free[row] as readonly number[] };
    return { row, method, own, ...method.plan(seen, step) };
  });
  const active = plans.filter(({ asked }) => asked.length > 0);
  const xt = new Int32Array(active.length * length);
  active.forEach(({ own, hidden = [] }, i) => {
    xt.set(own, i * length);
    for (const j of hidden) xt[i * length + j] = maskId;
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
  const names = { seed: state.seed, step, rows: active.map(({ row }) => state.first + row) };
  const data = await denoiser.logits(xt, active.length, positions, names);
  let end = 0;
  const said = active.map(({ asked }): RowLogits => {
    const offset = end;
    end += asked.length * size;
    return { data, offset, size };
  });
  const drafts = active.flatMap(({ row, method, asked }, i) =>
    (method.drafts?.(asked, said[i] as RowLogits, step) ?? []).map((draft, k) => ({ row, method, k, ...draft })),
  );
  if (partner) await askPartner(partner.network, drafts);
  for (const { row } of drafts) state.partnerPasses[row] = (state.partnerPasses[row] as number) + 1;
  for (const [i, { row, method, own, asked }] of active.entries()) {
    state.nfe[row] = (state.nfe[row] as number) + 1;
    const tokens = method.tokens(asked, said[i] as RowLogits, step);
    asked.forEach((j, k) => {
      if (tokens[k] === maskId) return;
      own[j] = tokens[k] as number;
      state.revealSteps[row * length + j] = step;
    });
  }
}

interface OwnDraft extends Draft {
  readonly method: RowMethod;
  /** Its number among its row's. */
  readonly k: number;
}

/** Logits that are in memory at once, at most: 64 MB. */
const mostLogits = 2 ** 24;

/** Tells each method what the network says of its drafts, as many at once as memory allows. */
async function askPartner(network: Denoiser, drafts: readonly OwnDraft[]): Promise<void> {
  const { vocabSize: size } = network;
  for (let from = 0; from < drafts.length; ) {
    let [to, positions] = [from, 0];
    while (to < drafts.length && (to === from || (positions + positionsOf(drafts, to)) * size <= mostLogits)) {
      positions += positionsOf(drafts, to++);
    }
    await askTogether(network, drafts.slice(from, to));
    from = to;
  }
}

const positionsOf = (drafts: readonly OwnDraft[], i: number): number => (drafts[i] as OwnDraft).positions.length;

async function askTogether(network: Denoiser, drafts: readonly OwnDraft[]): Promise<void> {
  const length = drafts[0]?.ids.length ?? 0;
  const rows = new Int32Array(drafts.length * length);
  drafts.forEach(({ ids }, i) => {
    rows.set(ids, i * length);
  });
  const positions = drafts.flatMap((draft, i) => draft.positions.map((j) => i * length + j));
  const data = await network.logits(rows, drafts.length, positions);
  const { vocabSize: size } = network;
  let offset = 0;
  for (const { method, k, positions: own } of drafts) {
    method.hear?.(k, { data, offset, size });
    offset += own.length * size;
  }
}

/** Of m positions, how many are revealed after k of K steps: one a step where there are steps enough, else even shares. */
export function revealedAfter(step: number, numSteps: number, count: number): number {
  return numSteps >= count ? Math.min(step, count) : Math.round((count * step) / numSteps);
}
