/**
 * @file Limits and ticks of the chart's axes: powers of two for steps, 1-2-5 for a perplexity.
 *
 * Chart.js has a logarithmic scale only to base ten (its issue 9851); positions do not depend on the base, so it is
 * enough to choose the ticks.
 */

export interface Limits {
  readonly min: number;
  readonly max: number;
}

/** The powers of two that cover `steps`. */
export function powersOfTwo(steps: readonly number[]): number[] {
  if (steps.length === 0) return [1, 2];
  const first = Math.floor(Math.log2(Math.min(...steps)));
  const last = Math.ceil(Math.log2(Math.max(...steps)));
  return Array.from({ length: last - first + 1 }, (_, i) => 2 ** (first + i));
}

/** 1, 2 and 5 times powers of ten inside the limits; with few of those, every whole multiple. */
export function logTicks({ min, max }: Limits): number[] {
  const within = (mantissas: readonly number[]): number[] => {
    const ticks: number[] = [];
    for (let e = Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e++) {
      ticks.push(...mantissas.map((m) => m * 10 ** e));
    }
    return ticks.map((tick) => Number(tick.toPrecision(6))).filter((tick) => tick >= min && tick <= max);
  };
  const coarse = within([1, 2, 5]);
  return coarse.length >= 3 ? coarse : within([1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]);
}

/** Room around finite values: 6 % of their span on either side, multiplicative on the log scale. */
export function limitsOf(values: readonly number[], scale: "log" | "linear"): Limits {
  const usable = values.filter((x) => Number.isFinite(x) && (scale === "linear" || x > 0));
  if (usable.length === 0) return scale === "log" ? { min: 1, max: 100 } : { min: 0, max: 1 };
  const toScale = scale === "log" ? Math.log : (x: number) => x;
  const fromScale = scale === "log" ? Math.exp : (x: number) => x;
  const [low, high] = [toScale(Math.min(...usable)), toScale(Math.max(...usable))];
  const room = Math.max(0.06 * (high - low), 0.05);
  return { min: fromScale(low - room), max: fromScale(high + room) };
}
