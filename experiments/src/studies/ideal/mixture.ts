/**
 * @file The best mixture of M products for the rows ahead of a state, by expectation-maximisation with restarts.
 *
 * What a student with a latent choice can do at most (Di4C with M values of λ, arXiv 2410.08709): it minimises
 * KL(p ‖ mixture). What is found is a local optimum, so its loss is an upper bound on that of the best.
 */
import { type RandomStream, randomStream } from "@sdtt/core/base";
import { rowKey } from "../world.js";
import { marginalsOf } from "./coordinates.js";
import type { Ahead, Component } from "./student.js";

const restarts = 4;
const iterations = 150;

interface Fit {
  readonly components: readonly Component[];
  /** Σ p ln mixture, nats. */
  readonly logLikelihood: number;
}

/** The product that is best for rows that count `shares`, and how much they count together. */
function fitted(ahead: Ahead, shares: Float64Array, tokens: number): Component {
  const weight = shares.reduce((sum, share) => sum + share, 0);
  const chances = Array.from(shares, (share) => (weight > 0 ? share / weight : 0));
  return { weight, p: marginalsOf({ ...ahead, chances }, tokens) };
}

function iterated(ahead: Ahead, start: readonly Float64Array[], tokens: number): Fit {
  let shares = start;
  let before = Number.NEGATIVE_INFINITY;
  for (let iteration = 0; ; iteration++) {
    const components = shares.map((own) => fitted(ahead, own, tokens));
    const joint = components.map(({ weight, p }) =>
      Float64Array.from(ahead.rows, (row) => {
        let product = weight;
        for (const i of ahead.masked) product *= p[i * tokens + (row[i] as number)] as number;
        return product;
      }),
    );
    const sums = ahead.rows.map((_, n) => joint.reduce((sum, own) => sum + (own[n] as number), 0));
    const logLikelihood = ahead.chances.reduce((sum, p, n) => sum + p * Math.log(sums[n] as number), 0);
    if (iteration === iterations || logLikelihood < before + 1e-8) return { components, logLikelihood };
    before = logLikelihood;
    shares = joint.map((own) => own.map((value, n) => ((ahead.chances[n] as number) * value) / (sums[n] as number)));
  }
}

function randomShares(ahead: Ahead, count: number, random: RandomStream): Float64Array[] {
  const draws = ahead.rows.map(() => Array.from({ length: count }, () => (-Math.log(random.uniform())) ** 3));
  return Array.from({ length: count }, (_, c) =>
    Float64Array.from(draws, (own, n) => {
      const total = own.reduce((sum, x) => sum + x, 0);
      return ((ahead.chances[n] as number) * (own[c] as number)) / total;
    }),
  );
}

/** Holds    exact where there are no more rows than products, and where one position is masked */
export function bestMixture(ahead: Ahead, count: number, tokens: number): readonly Component[] {
  if (ahead.masked.length <= 1 || count === 1) return [{ weight: 1, p: marginalsOf(ahead, tokens) }];
  if (ahead.rows.length <= count) {
    return ahead.rows.map((_, n) =>
      fitted(
        ahead,
        Float64Array.from(ahead.chances, (p, other) => (other === n ? p : 0)),
        tokens,
      ),
    );
  }
  const random = randomStream(1, "mixture", count, rowKey(ahead.xt));
  const fits = Array.from({ length: restarts }, () => iterated(ahead, randomShares(ahead, count, random), tokens));
  return fits.reduce((best, fit) => (fit.logLikelihood > best.logLikelihood ? fit : best)).components;
}
