/**
 * @file Every target of a round of two substeps at a state, listed: the plain form of what `distil.ts` sums backwards.
 *
 * Every set of positions that the first substep may reveal and every token that it may draw there is walked.
 */
import { moveChanceAt, timeEps, unmaskProbability } from "@sdtt/core/diffusion";
import { digitsOf, maskedOf } from "./space.js";
import { movesFrom } from "./steps.js";
import { rowOf, type Table } from "./table.js";

const intervals = 256;

/** ∫ f over [from, to] by Simpson's rule; f is a polynomial of degree L here, so the error is below 1e-9. */
function integral(f: (t: number) => number, from: number, to: number): number {
  const h = (to - from) / intervals;
  let sum = f(from) + f(to);
  for (let i = 1; i < intervals; i++) sum += (i % 2 === 0 ? 2 : 4) * f(from + i * h);
  return (sum * h) / 3;
}

/**
 * The probability that the first substep reveals just a given set of r among the k masked positions of a state.
 *
 * t is uniform before masking, so given k masks of L its density is ∝ (1 − α_t)^k · α_t^(L − k).
 *
 * Shapes   → [k + 1], by r
 * Holds    Σ binomial(k, r) · chance(r) = 1
 */
export function revealChances(length: number, masked: number, dt: number): number[] {
  const density = (t: number) => moveChanceAt(t) ** masked * (1 - moveChanceAt(t)) ** (length - masked);
  const total = integral(density, timeEps, dt) + integral(density, dt, 1);
  return Array.from({ length: masked + 1 }, (_, r) => {
    const weighed = (t: number) => {
      const reveal = unmaskProbability(t - dt, t);
      return density(t) * reveal ** r * (1 - reveal) ** (masked - r);
    };
    const certain = r === masked ? integral(density, timeEps, dt) : 0;
    return (certain + integral(weighed, dt, 1)) / total;
  });
}

/** A target of one state, and the probability of it. */
export interface Target {
  /** log p of every masked position, in their order. [N · C] */
  readonly logProbs: Float64Array;
  readonly probability: number;
}

/** Every target that `teacher` may give at `state`. */
export function* targetsAt(teacher: Table, state: number, dt: number): Generator<Target> {
  const { space, p } = teacher;
  const masked = maskedOf(space, state);
  const chances = revealChances(space.length, masked.length, dt);
  for (const { to, revealed, tokens } of movesFrom(teacher, state)) {
    const after = digitsOf(space, to);
    const rows = masked.map((i) => rowOf(space, after[i] === space.tokens ? to : state, i));
    const logProbs = Float64Array.from(
      rows.flatMap((row) => [...p.subarray(row, row + space.tokens)]),
      Math.log,
    );
    yield { logProbs, probability: tokens * (chances[revealed] as number) };
  }
}
