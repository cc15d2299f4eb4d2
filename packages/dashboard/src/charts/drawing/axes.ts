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

const mantissas = [
  [1, 2, 5],
  [1, 1.5, 2, 3, 5, 7],
  [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9],
] as const;

/** 1, 2 and 5 times powers of ten inside the limits; where those are fewer than four, finer steps. */
export function logTicks({ min, max }: Limits): number[] {
  const first = Math.floor(Math.log10(min));
  const decades = Array.from({ length: Math.ceil(Math.log10(max)) - first + 1 }, (_, i) => 10 ** (first + i));
  const choices = mantissas.map((within) => {
    const ticks = decades.flatMap((decade) => within.map((m) => Number((m * decade).toPrecision(6))));
    return ticks.filter((tick) => tick >= min && tick <= max);
  });
  return choices.find((ticks) => ticks.length >= 4) ?? choices.at(-1) ?? [];
}

/** Room around finite values: 6 % of their span on either side (never less than 20 % of a value on the log scale). */
export function limitsOf(values: readonly number[], scale: "log" | "linear"): Limits {
  const usable = values.filter((x) => Number.isFinite(x) && (scale === "linear" || x > 0));
  if (usable.length === 0) return scale === "log" ? { min: 1, max: 100 } : { min: 0, max: 1 };
  const toScale = scale === "log" ? Math.log : (x: number) => x;
  const fromScale = scale === "log" ? Math.exp : (x: number) => x;
  const [low, high] = [toScale(Math.min(...usable)), toScale(Math.max(...usable))];
  const room = Math.max(0.06 * (high - low), scale === "log" ? 0.2 : 0.05);
  return { min: fromScale(low - room), max: fromScale(high + room) };
}
