/**
 * @file The published steps in float64, from their own formulas: log-probabilities, ancestral, cached and analytic.
 */
import { dit, type Sizes, type Values, type Weights } from "./float64.fixture.js";

export interface Net {
  readonly weights: Weights;
  readonly sizes: Sizes;
}

export const moveChance = (t: number): number => (1 - 1e-3) * t;
export const sigmaOf = (t: number): number => -Math.log1p(-(1 - 1e-3) * t);

const lse = (x: ArrayLike<number>): number => {
  const values = Array.from(x);
  const peak = Math.max(...values);
  return peak + Math.log(values.reduce((sum, v) => sum + Math.exp(v - peak), 0));
};

export interface Said {
  /** Log-probabilities [V] of each position; the mask column as float32 rounds it. */
  readonly logp: number[][];
  /** Raw mask logit less logsumexp at masked positions: the mask column, unrounded and 10⁶ above. */
  readonly exactMask: number[];
}

/** What the net says of one row. */
export function said({ weights, sizes }: Net, ids: readonly number[]): Said {
  const V = sizes.vocab;
  const { logits } = dit(weights, sizes, ids, 0);
  const logp = subsOf(logits, ids, V);
  const total = (l: number) => (logits[l * V] as number) - (logp[l]?.[0] as number);
  return { logp, exactMask: ids.map((_, l) => (logits[l * V + V - 1] as number) - total(l)) };
}

export const subsRow = (net: Net, ids: readonly number[]): number[][] => said(net, ids).logp;

export function subsOf(logits: Values, ids: readonly number[], V: number): number[][] {
  return ids.map((id, l) => {
    if (id !== V - 1) return Array.from({ length: V }, (_, v) => (v === id ? 0 : -1e6));
    const row = logits.subarray(l * V, (l + 1) * V);
    const total = lse(row.subarray(0, V - 1));
    const masked = Math.fround(Math.fround((row[V - 1] as number) - 1e6) - Math.fround(total));
    return [...row.subarray(0, V - 1)].map((x) => x - total).concat(masked);
  });
}

/** argmax q / (1e-10 − ln(u + 1e-10)). */
function race(q: readonly number[], u: readonly number[]): number {
  const scores = q.map((value, v) => value / (1e-10 - Math.log(Math.fround((u[v] as number) + 1e-10))));
  return scores.indexOf(Math.max(...scores));
}

export type Mode = "ancestral" | "cached" | "analytic";

/** One position's unnormalised probabilities [V] after a step; the last is to stay masked. */
function after(mode: Mode, logp: readonly number[], t: number, s: number): number[] {
  const p = logp.slice(0, -1).map(Math.exp);
  if (mode === "cached") return [...p.map((x) => x * (t - s)), s];
  if (mode === "ancestral") return [...p.map((x) => x * (moveChance(t) - moveChance(s))), moveChance(s)];
  const [sigma, gap] = [sigmaOf(t), sigmaOf(t) - sigmaOf(s)];
  const score = [...p.map((x) => x / Math.expm1(sigma)), 1];
  const extra = (1 - Math.exp(gap)) * score.reduce((sum, x) => sum + x, 0);
  const staggered = score.map((x, v) => x * Math.exp(gap) + (v === p.length ? extra : 0));
  const kept = 1 - Math.exp(-gap);
  return staggered.map((x, v) => x * (kept + (v === p.length ? Math.exp(-gap) : 0)));
}

export interface Stepped extends Said {
  readonly ids: number[];
}

/** One row's step from t to s on its uniforms [L][V]; `denoising` allows no mask to stay. */
export function stepRow(
  net: Net,
  mode: Mode,
  ids: readonly number[],
  t: number,
  s: number,
  u: number[][],
  denoising = false,
): Stepped {
  const mask = net.sizes.vocab - 1;
  const { logp, exactMask } = said(net, ids);
  const next = ids.map((id, l) => {
    if (id !== mask) return id;
    const q = after(mode, logp[l] as number[], t, s);
    return race(denoising ? [...q.slice(0, -1), 0] : q, u[l] as number[]);
  });
  return { logp, exactMask, ids: next };
}

/** Every masked position's likeliest token. */
export function argmaxRow(net: Net, ids: readonly number[]): number[] {
  const mask = net.sizes.vocab - 1;
  const logp = subsRow(net, ids);
  const best = (row: readonly number[]) => row.indexOf(Math.max(...row.slice(0, -1)));
  return ids.map((id, l) => (id === mask ? best(logp[l] as number[]) : id));
}
