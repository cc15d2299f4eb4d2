/**
 * @file Which tokens of a training batch are masked and how much each counts: estimators of the denoiser's bound.
 *
 * The first two estimate the same NELBO, the second with less noise; the last is another objective.
 */
import { type RandomStream, userError } from "@sdtt/core/base";
import { drawSet, maskedPositions, maskTokens, moveChanceAt, sampleTimes, uniformCounts } from "@sdtt/core/diffusion";

export const maskingNames = ["time", "count", "masked-mean"] as const;

/**
 * `time`         t uniform, each token masked by chance, weight 1/t (arXiv 2406.07524 eq. 10)
 * `count`        the number of masked tokens uniform on 1 … L, the mean over them
 * `masked-mean`  as `time`, every masked token of the batch counting the same: not the NELBO, but its terms weighted by t
 */
export type MaskingName = (typeof maskingNames)[number];

export interface Masking {
  readonly name: MaskingName;
  /** Each row comes twice in a batch, the second time with the complement of its masked positions (`count`: and one more). */
  readonly complementary: boolean;
}

export const plainMasking: Masking = { name: "time", complementary: false };

/** Smallest time that is drawn: 1e-3, as MDLM. */
export const minTime = 1e-3;

/** Masked shares that are drawn. */
export interface Shares {
  readonly from: number;
  readonly to: number;
}

export const allShares: Shares = { from: minTime, to: 1 };

/** A batch that is masked. Shapes   x0, xt [B·L] · rowWeights [B]: what each masked token of a row counts */
export interface Masked {
  readonly x0: Int32Array;
  readonly xt: Int32Array;
  readonly rowWeights: Float64Array;
}

/** A batch masked at times: −log p(x0 | xt)/t, averaged over ALL tokens. Shapes   t [B] */
export const timed = ({ x0, t, xt }: { x0: Int32Array; t: Float64Array; xt: Int32Array }): Masked => {
  return { x0, xt, rowWeights: t.map((time) => 1 / (time * x0.length)) };
};

/** Rows of text that a batch of `sequences` rows takes. Throws   UserError where pairs do not come out even */
export function distinctRows(sequences: number, { complementary }: Pick<Masking, "complementary">): number {
  if (!complementary) return sequences;
  if (sequences % 2 === 0) return sequences / 2;
  const rule = "a batch of complementary pairs must have an even number of rows";
  throw userError("masking", rule, `${sequences} (flag --sequences)`, "Give an even number.");
}

/** Each row of text twice, side by side. */
function twice(x0: Int32Array, length: number): Int32Array {
  const out = new Int32Array(2 * x0.length);
  for (let at = 0; at < x0.length; at += length) {
    const row = x0.subarray(at, at + length);
    out.set(row, 2 * at);
    out.set(row, 2 * at + length);
  }
  return out;
}

/** Masks in every second row what is not masked in the row before it. */
function complement(x0: Int32Array, xt: Int32Array, length: number, maskId: number): void {
  for (let at = length; at < xt.length; at += 2 * length) {
    for (let i = at; i < at + length; i++) xt[i] = xt[i - length] === maskId ? (x0[i] as number) : maskId;
  }
}

/** Two values a pair. */
const perPair = (values: Float64Array, second: (first: number) => number): Float64Array =>
  Float64Array.from({ length: 2 * values.length }, (_, row) => {
    const own = values[row >> 1] as number;
    return row % 2 === 0 ? own : second(own);
  });

/** The time at which half of a row is masked. */
const halfTime = 0.5 / moveChanceAt(1);
/** The time of a complement: its tokens are masked with chance 1 − (1 − 1e-3)t, which is its time's move chance. */
export const complementTime = (t: number): number => (1 - moveChanceAt(t)) / moveChanceAt(1);

/** @param pairs whether every second row is the complement of the one before it, which has the earlier time */
function byTime(random: RandomStream, x0: Int32Array, length: number, maskId: number, shares: Shares, pairs: boolean) {
  const rows = x0.length / length;
  const t = pairs
    ? perPair(sampleTimes(random, rows / 2, shares.from, halfTime), complementTime)
    : sampleTimes(random, rows, shares.from, shares.to);
  const xt = maskTokens(random, x0, t, maskId);
  if (pairs) complement(x0, xt, length, maskId);
  return timed({ x0, t, xt });
}

/** Masks as many tokens of each row as `counts` say. */
export function withCounts(
  random: RandomStream,
  x0: Int32Array,
  length: number,
  maskId: number,
  counts: readonly number[],
): Masked {
  const xt = x0.slice();
  counts.forEach((count, row) => {
    for (const position of drawSet(random, length, count)) xt[row * length + position] = maskId;
  });
  return { x0, xt, rowWeights: Float64Array.from(counts, (count) => 1 / (count * counts.length)) };
}

/**
 * Pairs of j and L + 1 − j masked tokens: what the first shows is masked in the second, and one token is masked in both.
 * So both numbers are uniform on 1 … L; a pair of j and L − j would need a row without masks, or one that is masked whole twice,
 * whose chance event alone has more noise than all else.
 */
function pairsByCount(random: RandomStream, x0: Int32Array, length: number, maskId: number): Masked {
  const rows = x0.length / length;
  const uniforms = sampleTimes(random, rows / 2, 0).map((u) => u / 2);
  const counts = perPair(Float64Array.from(uniformCounts(uniforms, 1, length)), (count) => length + 1 - count);
  const xt = x0.slice();
  for (let row = 0; row < rows; row += 2) {
    const set = drawSet(random, length, counts[row] as number);
    for (const position of set) xt[row * length + position] = maskId;
  }
  complement(x0, xt, length, maskId);
  for (let row = 0; row < rows; row += 2) {
    const masked = maskedPositions(xt.subarray(row * length, (row + 1) * length), maskId);
    xt[(row + 1) * length + (masked[random.integer(masked.length)] as number)] = maskId;
  }
  return { x0, xt, rowWeights: counts.map((count) => 1 / (count * rows)) };
}

/** By the number of masked tokens, stratified over the batch. */
function byCount(random: RandomStream, x0: Int32Array, length: number, maskId: number, shares: Shares): Masked {
  const { from, to } = countsOf(length, shares);
  const counts = uniformCounts(sampleTimes(random, x0.length / length, 0), from, to);
  return withCounts(random, x0, length, maskId, counts);
}

/** The numbers of masked tokens that `shares` allow. */
const countsOf = (length: number, { from, to }: Shares): Shares => ({
  from: Math.max(1, Math.ceil(from * length)),
  to: Math.max(1, Math.floor(to * length)),
});

/**
 * Masks a batch. `shares` other than all are for the first updates; pairs are drawn apart then.
 *
 * Shapes   text [rows·L], `distinctRows` of them → x0, xt [B·L]
 * Holds    Σ over masked tokens of rowWeight · nll is the batch's mean NELBO a token in expectation (but `masked-mean`)
 */
export function maskBatch(
  random: RandomStream,
  text: Int32Array,
  length: number,
  maskId: number,
  { name, complementary }: Masking = plainMasking,
  shares: Shares = allShares,
): Masked {
  const x0 = complementary ? twice(text, length) : text;
  const pairs = complementary && shares === allShares;
  if (name === "count") {
    return pairs ? pairsByCount(random, x0, length, maskId) : byCount(random, x0, length, maskId, shares);
  }
  const masked = byTime(random, x0, length, maskId, shares, pairs);
  if (name === "time") return masked;
  const count = maskedPositions(masked.xt, maskId).length;
  return { ...masked, rowWeights: masked.rowWeights.fill(1 / count) };
}
