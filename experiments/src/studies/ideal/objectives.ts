/**
 * @file What products are fitted for: reverse KL to all that is masked together, and AlphaDLM's loss.
 */
import { type Objective, productOf } from "./coordinates.js";

/** ln of a row that cannot be: so low that no product with a chance of one is best. */
const never = -1e4;

/**
 * Mean-field: maximises −KL(Π q_i ‖ p(all masked tokens | xt)), what distribution matching and inverse distillation minimise
 * in the limit (arXiv 2602.19066, 2603.20155), per state.
 */
export const meanField: Objective = {
  update(i, others, { rows, chances }, tokens) {
    const logs = new Float64Array(tokens).fill(never);
    rows.forEach((row, n) => {
      const v = row[i] as number;
      logs[v] = (logs[v] as number) + (others[n] as number) * (Math.log(chances[n] as number) - never);
    });
    const most = Math.max(...logs);
    return logs.map((log) => Math.exp(log - most));
  },
  value(q, ahead, tokens) {
    const product = productOf(q, ahead, tokens);
    let expected = never;
    ahead.chances.forEach((p, n) => {
      expected += (product[n] as number) * (Math.log(p) - never);
    });
    return expected + ahead.masked.reduce((sum, i) => sum + entropyOf(q.subarray(i * tokens, (i + 1) * tokens)), 0);
  },
};

const entropyOf = (q: Float64Array): number => q.reduce((sum, x) => (x > 0 ? sum - x * Math.log(x) : sum), 0);

/**
 * AlphaDLM's loss (1 − e^{k s})/k with s the mean of ln q_i(x_i) over the m masked positions: maximises
 * Σ p(x) Π q_i(x_i)^{k/m}.
 *
 * Holds    k → 0 is cross-entropy, whose best is the teacher; with k ≥ m the best sits on one row
 */
export function alphaOf(k: number): Objective {
  const gain = (others: Float64Array, chances: readonly number[], power: number) =>
    others.map((product, n) => (product > 0 ? (chances[n] as number) * product ** power : 0));
  return {
    update(i, others, { rows, chances, masked }, tokens) {
      const power = k / masked.length;
      const sums = new Float64Array(tokens);
      gain(others, chances, power).forEach((value, n) => {
        const v = (rows[n] as Uint8Array)[i] as number;
        sums[v] = (sums[v] as number) + value;
      });
      const most = Math.max(...sums);
      if (power < 1) return sums.map((sum) => (sum / most) ** (1 / (1 - power)));
      const first = sums.indexOf(most);
      return sums.map((_, v) => Number(v === first));
    },
    value(q, ahead, tokens) {
      const power = k / ahead.masked.length;
      return gain(productOf(q, ahead, tokens), ahead.chances, power).reduce((sum, value) => sum + value, 0);
    },
  };
}
