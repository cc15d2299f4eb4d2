/**
 * @file Intervals of a share of items that are right or wrong, down to none of them.
 *
 * The normal interval has no width at 0 of n. Rejected: Clopper and Pearson's exact interval, which covers 98 to 100 %
 * where hits are few; Wilson's, which falls to 84 % there. The mid-P interval counts half of what was found itself.
 */
import type { Interval } from "./interval.js";

/** ln Γ(x) for x > 0. Source: Lanczos' approximation with g = 7 and nine terms (Godfrey), good to 1e-13. */
export function lnGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const sum = terms.reduce((total, term, i) => total + term / (x + i), 0.99999999999980993);
  const shifted = x + 6.5;
  return Math.log(2 * Math.PI) / 2 + (x - 0.5) * Math.log(shifted) - shifted + Math.log(sum);
}

/** The continued fraction of the incomplete beta function by Lentz's method; converges fast for x < (a + 1)/(a + b + 2). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / Math.max(tiny, 1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / (1 + term * d || tiny);
      c = 1 + term / c || tiny;
      change = c * d;
      fraction *= change;
    }
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return fraction;
}

/** The regularised incomplete beta function Iₓ(a, b). Source: Abramowitz & Stegun 26.5.8 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(front) / a) * betaFraction(x, a, b);
}

/** P(X ≤ hits) for n trials of chance p; also between whole hits, as a mean over several models has them. */
function atMost(hits: number, n: number, p: number): number {
  if (hits < 0) return 0;
  return hits >= n ? 1 : 1 - incompleteBeta(p, hits + 1, n - hits);
}

/** P(X < hits) + P(X = hits)/2, which falls with p. */
const midBelow = (hits: number, n: number, p: number): number => (atMost(hits - 1, n, p) + atMost(hits, n, p)) / 2;

/** The chance p at which `below`, which falls with p, is `wanted`. */
function chanceWhere(below: (p: number) => number, wanted: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (below(middle) > wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const chanceAt = (wanted: number, hits: number, n: number): number => chanceWhere((p) => midBelow(hits, n, p), wanted);

/**
 * The share `hits/n` with Clopper and Pearson's exact interval, for few votes of people, where covering too much is no harm.
 *
 * Holds    covers the chance at least as often as it says, whatever the chance is
 * Source   C. J. Clopper, E. S. Pearson, Biometrika 26 (1934)
 */
export function exactInterval(hits: number, n: number, level = 0.95): Interval {
  const tail = (1 - level) / 2;
  const low = hits <= 0 ? 0 : chanceWhere((p) => atMost(hits - 1, n, p), 1 - tail);
  const high = hits >= n ? 1 : chanceWhere((p) => atMost(hits, n, p), tail);
  return { mean: hits / n, low, high, n };
}

/**
 * The share `hits/n` with its mid-P interval.
 *
 * Holds    0 of n reaches up to 1 − 0.05^(1/n), near 3/n; within [0, 1], and never without width
 * Source   Lancaster, Significance tests in discrete distributions, JASA 56 (1961); Berry and Armitage 1995
 */
export function shareInterval(hits: number, n: number, level = 0.95): Interval {
  const tail = (1 - level) / 2;
  const low = hits <= 0 ? 0 : chanceAt(1 - tail, hits, n);
  const high = hits >= n ? 1 : chanceAt(tail, hits, n);
  return { mean: hits / n, low, high, n };
}
