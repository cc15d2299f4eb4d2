/**
 * @file The product of categoricals that is best for the rows ahead of a state, found one position at a time.
 *
 * Each position's best categorical, the others held, is closed: no step size. What is found is a local optimum, so the search
 * begins at the marginals, at products that sit on single rows, and at random ones.
 */
import { type RandomStream, randomStream } from "@sdtt/core/base";
import { rowKey } from "../world.js";
import type { Ahead } from "./student.js";

export interface Objective {
  /** The best categorical of a position, given Π over the other positions for each row. Shapes   → [C], any scale */
  update(i: number, others: Float64Array, ahead: Ahead, tokens: number): Float64Array;
  /** What is maximised; ±∞ are allowed. */
  value(q: Float64Array, ahead: Ahead, tokens: number): number;
}

/** Rows' most likely starts. */
const rowStarts = 24;
const randomStarts = 8;
const sweeps = 300;

/** Π_{j ≠ i} q_j(x_j) for each row; with i = −1 of all positions. */
export function productOf(q: Float64Array, { rows, masked }: Ahead, tokens: number, i = -1): Float64Array {
  return Float64Array.from(rows, (row) => {
    let product = 1;
    for (const j of masked) if (j !== i) product *= q[j * tokens + (row[j] as number)] as number;
    return product;
  });
}

/** Σ of the chances of rows by their token at a position: the exact marginals. */
export function marginalsOf({ rows, chances, masked, xt }: Ahead, tokens: number): Float64Array {
  const q = new Float64Array(xt.length * tokens);
  rows.forEach((row, n) => {
    for (const i of masked) {
      const at = i * tokens + (row[i] as number);
      q[at] = (q[at] as number) + (chances[n] as number);
    }
  });
  return q;
}

function onRow({ masked, xt }: Ahead, row: Uint8Array, tokens: number): Float64Array {
  const q = new Float64Array(xt.length * tokens);
  for (const i of masked) q[i * tokens + (row[i] as number)] = 1;
  return q;
}

/** `q`, each categorical mixed with a random one. */
function shaken(q: Float64Array, { masked }: Ahead, tokens: number, share: number, random: RandomStream) {
  const result = q.slice();
  for (const i of masked) {
    const draws = Float64Array.from({ length: tokens }, () => -Math.log(random.uniform()));
    const total = draws.reduce((sum, x) => sum + x, 0);
    for (let v = 0; v < tokens; v++) {
      const at = i * tokens + v;
      result[at] = (1 - share) * (q[at] as number) + (share * (draws[v] as number)) / total;
    }
  }
  return result;
}

function climbed(objective: Objective, start: Float64Array, ahead: Ahead, tokens: number): Float64Array {
  const q = start.slice();
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let change = 0;
    for (const i of ahead.masked) {
      const raw = objective.update(i, productOf(q, ahead, tokens, i), ahead, tokens);
      const total = raw.reduce((sum, x) => sum + x, 0);
      if (!(total > 0)) continue;
      for (let v = 0; v < tokens; v++) {
        const value = (raw[v] as number) / total;
        change = Math.max(change, Math.abs(value - (q[i * tokens + v] as number)));
        q[i * tokens + v] = value;
      }
    }
    if (change < 1e-10) break;
  }
  return q;
}

/** Where a search begins: `teacher` stays near the marginals, as a student that begins as its teacher does. */
export type Starts = "all" | "teacher";

/**
 * The best product of all starts.
 *
 * Holds    of equal ones the first is taken, so that an answer does not depend on rounding alone
 */
export function bestProduct(objective: Objective, ahead: Ahead, tokens: number, starts: Starts): Float64Array {
  const marginals = marginalsOf(ahead, tokens);
  if (ahead.masked.length === 0) return marginals;
  const random = randomStream(1, "ideal", rowKey(ahead.xt));
  const near = shaken(marginals, ahead, tokens, 0.01, random);
  const likely = [...ahead.rows.keys()].sort((a, b) => (ahead.chances[b] as number) - (ahead.chances[a] as number));
  const many = [
    marginals,
    ...likely.slice(0, rowStarts).map((n) => onRow(ahead, ahead.rows[n] as Uint8Array, tokens)),
    ...Array.from({ length: randomStarts }, () => shaken(marginals, ahead, tokens, 1, random)),
  ];
  let best = climbed(objective, near, ahead, tokens);
  let most = objective.value(best, ahead, tokens);
  for (const start of starts === "all" ? many : []) {
    const found = climbed(objective, start, ahead, tokens);
    const value = objective.value(found, ahead, tokens);
    if (value > most + 1e-9 || Number.isNaN(most)) [best, most] = [found, value];
  }
  return best;
}
