/**
 * @file eˣ for x ≤ 0, in double precision: most of what drawing a token takes.
 *
 * With k the whole number next to 2048·x/ln 2 and r = x − k·ln 2/2048: eˣ = 2^⌊k/2048⌋ · 2^((k mod 2048)/2048) · eʳ, two tables
 * and three terms of a series, as |r| ≤ 0.00017. `Math.exp` is a call out of the compiled loop each time: 10 ns, and this 2.
 */
const bits = 11;
const parts = 2 ** bits;
const lowest = -700;
const smallestPower = -1100;
const fractions = Float64Array.from({ length: parts }, (_, i) => 2 ** (i / parts));
const powers = Float64Array.from({ length: 1 - smallestPower }, (_, i) => 2 ** (i + smallestPower));

const perPart = parts / Math.LN2;
/** ln 2 / 2048 in two parts, of which the first times k is exact; ln 2 is this much above the nearest double. */
const high = Math.fround(Math.LN2 / parts);
const low = (Math.LN2 - parts * high + 2.3190468138462996e-17) / parts;
/** Adding and taking it away again rounds a double to a whole number. */
const rounding = 1.5 * 2 ** 52;

/**
 * Units    x ≤ 0 → (0, 1]; 0 where x < −700
 * Holds    within 4 · 2⁻⁵² of eˣ, relative
 */
export function exponential(x: number): number {
  if (x < lowest) return 0;
  const k = x * perPart + rounding - rounding;
  const r = x - k * high - k * low;
  const series = r + r * r * (1 / 2 + r * (1 / 6));
  const scale = (fractions[k & (parts - 1)] as number) * (powers[(k >> bits) - smallestPower] as number);
  return scale + scale * series;
}
