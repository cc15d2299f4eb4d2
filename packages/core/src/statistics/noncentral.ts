/**
 * @file The noncentral F distribution, and the interval of an effect's size that it gives by inversion.
 *
 * An F statistic of an effect that is there has more than chance would give it, by its noncentrality λ. The values of λ under
 * which the statistic that was found is neither too large nor too small are an exact interval.
 */
import { incompleteBeta, lnGamma } from "./proportion.js";

/** A term's weight that changes no digit that is shown. */
const tooLittle = 1e-13;

/**
 * P(F ≤ f) with noncentrality λ ≥ 0.
 *
 * Source   Abramowitz & Stegun 26.6.18: a Poisson mixture of incomplete betas, which follow from one another by 26.5.16
 */
export function noncentralF(f: number, between: number, within: number, lambda: number): number {
  if (f <= 0) return 0;
  const x = (between * f) / (between * f + within);
  const [a, b] = [between / 2, within / 2];
  if (lambda <= 0) return incompleteBeta(x, a, b);
  const { first, weights } = poissonWeights(lambda / 2);
  const last = first + weights.length - 1;
  const [lnX, lnRest, lnGammaB] = [Math.log(x), Math.log1p(-x), lnGamma(b)];
  /** Iₓ(a + j, b) − Iₓ(a + j + 1, b) */
  const step = (j: number) => Math.exp((a + j) * lnX + b * lnRest + lnGamma(a + j + b) - lnGamma(a + j + 1) - lnGammaB);
  let beta = incompleteBeta(x, a + last, b);
  let sum = (weights.at(-1) as number) * beta;
  for (let j = last - 1; j >= first; j--) {
    beta += step(j);
    sum += (weights[j - first] as number) * beta;
  }
  return Math.min(1, sum);
}

/** The weights that are not nothing, from the first on. */
function poissonWeights(mean: number): { readonly first: number; readonly weights: readonly number[] } {
  const middle = Math.floor(mean);
  const largest = Math.exp(middle * Math.log(mean) - mean - lnGamma(middle + 1));
  const below: number[] = [];
  for (let [j, weight] = [middle, largest]; j > 0; j--) {
    weight *= j / mean;
    if (weight < tooLittle) break;
    below.push(weight);
  }
  const above: number[] = [];
  for (let [j, weight] = [middle + 1, largest]; ; j++) {
    weight *= mean / j;
    if (weight < tooLittle && j > mean) break;
    above.push(weight);
  }
  return { first: middle - below.length, weights: [...below.reverse(), largest, ...above] };
}

/** The λ at which P(F ≤ f) is `wanted`; 0 where it is less even without any effect. */
function lambdaAt(wanted: number, f: number, between: number, within: number): number {
  if (noncentralF(f, between, within, 0) <= wanted) return 0;
  let high = 1;
  while (high < mostLambda && noncentralF(f, between, within, high) > wanted) high *= 2;
  let low = 0;
  for (let i = 0; i < 34; i++) {
    const middle = (low + high) / 2;
    if (noncentralF(f, between, within, middle) > wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Where an effect is beyond all doubt; more would take long and say nothing. */
const mostLambda = 2 ** 14;

/**
 * Noncentralities under which the F that was found lies between the quantiles of `level`.
 *
 * Holds    covers the true one as often as it says, where errors are normal and alike
 * Source   J. H. Steiger, Beyond the F test, Psychological Methods 9 (2004)
 */
export function lambdaInterval(f: number, between: number, within: number, level = 0.95): [number, number] {
  const tail = (1 - level) / 2;
  return [lambdaAt(1 - tail, f, between, within), lambdaAt(tail, f, between, within)];
}
