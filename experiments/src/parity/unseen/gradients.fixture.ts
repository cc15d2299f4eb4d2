/** @file What both parts with gradients share: central differences, and noised batches. */
import type { Random } from "./files.fixture.js";
import type { Weights } from "./float64.fixture.js";
import { rowsOf } from "./forward.fixture.js";
import { moveChance } from "./sampling.fixture.js";

export const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);

/** ∂ of each loss in each parameter, from one walk over them. */
export function gradients(weights: Weights, losses: (w: Weights) => number[]): Weights[] {
  const h = 1e-5;
  const count = losses(weights).length;
  const found = rowsOf(count, () => ({}) as Weights);
  for (const [name, values] of Object.entries(weights)) {
    for (const one of found) one[name] = new Float64Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const kept = values[i] as number;
      values[i] = kept + h;
      const up = losses(weights);
      values[i] = kept - h;
      const down = losses(weights);
      values[i] = kept;
      found.forEach((one, k) => {
        (one[name] as Float64Array)[i] = ((up[k] as number) - (down[k] as number)) / (2 * h);
      });
    }
  }
  return found;
}

export interface Noised {
  readonly t: number[];
  readonly u_mask: number[][];
  readonly xt: number[][];
}

export function noised(random: Random, x0: number[][], t: number[], mask: number): Noised {
  const u_mask = x0.map((row) => random.uniforms(row.length));
  const xt = x0.map((row, b) =>
    row.map((id, l) => ((u_mask[b]?.[l] as number) < moveChance(t[b] as number) ? mask : id)),
  );
  return { t, u_mask, xt };
}
