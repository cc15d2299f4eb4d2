/**
 * @file The noncentral F distribution, and the interval of an effect's size that it gives by inversion.
 *
 * An F statistic of an effect that is there has more than chance would give it, by its noncentrality λ. The values of λ under
 * which the statistic that was found is neither too large nor too small are an exact interval.
 */
import { incompleteBeta } from "./proportion.js";

/**
 * P(F ≤ f) with noncentrality λ ≥ 0.
 *
 * Source   Abramowitz & Stegun 26.6.18: a Poisson mixture of incomplete betas, here from its largest term outwards
 */
export function noncentralF(f: number, between: number, within: number, lambda: number): number {
  if (f <= 0) return 0;
  const x = (between * f) / (between * f + within);
  const part = (j: number) => incompleteBeta(x, between / 2 + j, within / 2);
  if (lambda <= 0) return part(0);
  const half = lambda / 2;
  const middle = Math.floor(half);
  let weight = poissonAt(middle, half);
  let sum = weight * part(middle);
  const largest = weight;
  for (let j = middle - 1; j >= 0 && weight > tooLittle; j--) {
    weight *= (j + 1) / half;
    sum += weight * part(j);
  }
  weight = largest;
  for (let j = middle + 1; weight > tooLittle; j++) {
    weight *= half / j;
    sum += weight * part(j);
  }
  return Math.min(1, sum);
}

/** A term's weight that changes no digit that is shown. */
const tooLittle = 1e-13;

function poissonAt(k: number, mean: number): number {
  let ln = -mean + k * Math.log(mean);
  for (let j = 2; j <= k; j++) ln -= Math.log(j);
  return Math.exp(ln);
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
