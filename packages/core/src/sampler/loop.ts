/**
 * @file From all masked to all revealed: the loop that every sampler shares, with network evaluations counted.
 *
 * What a step does not ask costs nothing: rows without a question are left out, and the head is computed for asked positions
 * only. Each row draws from streams of its own, so sample i does not depend on the batch it is in.
 */
import { maskedPositions } from "../diffusion/forward.js";
import type { Denoiser, Network } from "./network/denoiser.js";
import type { RowNames } from "./noise.js";
import type { Partner } from "./partner.js";
import type { Draft, RowLogits, RowSampler } from "./rowSampler.js";

export interface LoopOptions {
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

interface Row {
  /** Over all batches. */
  readonly index: number;
  readonly sampler: RowSampler;
  /** Its part of the batch's. [L] */
  readonly ids: Int32Array;
  readonly revealSteps: Int32Array;
  readonly free: readonly number[];
  masked: readonly number[];
  nfe: number;
  partnerPasses: number;
}

/** Samples in `numSteps` steps of `samplerOf(row)`; see `sample` for shapes. */
export async function sampleRows(
  denoiser: Denoiser,
  samplerOf: (row: number) => RowSampler,
  { numSteps, batch, length = denoiser.length, first = 0, seed = 0, fixed, partner, onStep }: LoopOptions,
) {
  const { maskId } = denoiser;
  const ids = new Int32Array(batch * length).fill(maskId);
  fixed?.forEach((token, i) => {
    if (token >= 0) ids[i] = token;
  });
  const revealSteps = new Int32Array(ids.length);
  const rows = Array.from({ length: batch }, (_, i): Row => {
    const [from, to] = [i * length, (i + 1) * length];
    const own = ids.subarray(from, to);
    const free = maskedPositions(own, maskId);
    const whose = { index: first + i, sampler: samplerOf(first + i) };
    const state = { ids: own, revealSteps: revealSteps.subarray(from, to), free, masked: free };
    return { ...whose, ...state, nfe: 0, partnerPasses: 0 };
  });
  const call = {};
  const most = numSteps + Math.max(0, ...rows.map(({ sampler }) => sampler.furtherSteps ?? 0));
  const isMasked = () => rows.some(({ masked }) => masked.length > 0);
  for (let step = 1; step <= numSteps || (step <= most && isMasked()); step++) {
    await advance(denoiser, rows, { seed, step, call }, partner);
    onStep?.(step, ids);
  }
  const nfe = Int32Array.from(rows, (row) => row.nfe);
  return { ids, nfe, partnerPasses: Int32Array.from(rows, (row) => row.partnerPasses), revealSteps };
}

/** One step: asks the network about the rows that need it, all together, and reveals what their samplers say. */
async function advance(
  denoiser: Denoiser,
  rows: readonly Row[],
  { step, ...asking }: Omit<RowNames, "rows">,
  partner: Partner | undefined,
) {
  const { maskId, vocabSize: size } = denoiser;
  const plans = rows.map((row) => ({ row, ...row.sampler.plan(row, step) }));
  const active = plans.filter(({ asked }) => asked.length > 0);
  const length = rows[0]?.ids.length ?? 0;
  const xt = new Int32Array(active.length * length);
  active.forEach(({ row, hidden = [] }, i) => {
    xt.set(row.ids, i * length);
    for (const j of hidden) xt[i * length + j] = maskId;
  });
  // What is remasked now was context still: the network saw it.
  for (const { row, remasked = [] } of plans) {
    for (const j of remasked) {
      row.ids[j] = maskId;
      row.revealSteps[j] = 0;
    }
    if (remasked.length > 0) row.masked = maskedPositions(row.ids, maskId);
  }
  if (active.length === 0) return;
  const positions = active.flatMap(({ asked }, i) => asked.map((j) => i * length + j));
  const data = await denoiser.logits(xt, active.length, positions, {
    ...{ ...asking, step },
    rows: active.map(({ row }) => row.index),
  });
  let end = 0;
  const said = active.map(({ asked }): RowLogits => {
    const offset = end;
    end += asked.length * size;
    return { data, offset, size };
  });
  const drafts = active.flatMap(({ row, asked }, i) =>
    (row.sampler.drafts?.(asked, said[i] as RowLogits, step) ?? []).map((draft, k) => ({ ...draft, row, k })),
  );
  if (partner) await askPartner(partner.network, drafts);
  for (const { row } of drafts) row.partnerPasses++;
  for (const [i, { row, asked }] of active.entries()) {
    row.nfe++;
    const tokens = row.sampler.tokens(asked, said[i] as RowLogits, step);
    asked.forEach((j, k) => {
      if (tokens[k] === maskId) return;
      row.ids[j] = tokens[k] as number;
      row.revealSteps[j] = step;
    });
    row.masked = maskedPositions(row.ids, maskId);
  }
}

interface OwnDraft extends Draft {
  readonly row: Row;
  /** Its number among its row's. */
  readonly k: number;
}

/** Logits that are in memory at once, at most: 64 MB. */
const mostLogits = 2 ** 24;

/** Tells each sampler what the network says of its drafts, as many at once as memory allows. */
async function askPartner(network: Network, drafts: readonly OwnDraft[]): Promise<void> {
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

async function askTogether(network: Network, drafts: readonly OwnDraft[]): Promise<void> {
  const length = drafts[0]?.ids.length ?? 0;
  const rows = new Int32Array(drafts.length * length);
  drafts.forEach(({ ids }, i) => {
    rows.set(ids, i * length);
  });
  const positions = drafts.flatMap((draft, i) => draft.positions.map((j) => i * length + j));
  const data = await network.logits(rows, drafts.length, positions);
  const { vocabSize: size } = network;
  let offset = 0;
  for (const { row, k, positions: own } of drafts) {
    row.sampler.hear?.(k, { data, offset, size });
    offset += own.length * size;
  }
}
