/**
 * @file From coarse to fine (DUS): what a step reveals together stands as far apart as it can.
 */
import type { Sampler } from "../contract.js";
import type { RowStreams } from "../draw.js";
import { drawApart } from "../draws/apart.js";
import type { TokenLaw } from "../draws/nucleus.js";
import { type RowSampler, revealedAfter } from "../rowSampler.js";

/** 0 … n − 1 with bits reversed, from `shift` on, round about: of any first part, neighbours are about evenly far apart. */
export function coarseToFine(count: number, shift: number): number[] {
  const bits = Math.ceil(Math.log2(Math.max(1, count)));
  const reversed = (i: number) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++) value = 2 * value + ((i >> bit) & 1);
    return value;
  };
  const size = 2 ** bits;
  const all = Array.from({ length: size }, (_, i) => (reversed(i) + shift) % size);
  return all.filter((i) => i < count);
}

/** `coarseToFine` with the shift that u in [0, 1) says. */
export const shiftedOrder = (count: number, u: number): number[] =>
  coarseToFine(count, Math.floor(u * 2 ** Math.ceil(Math.log2(Math.max(1, count)))));

/**
 * The law: the n masked positions are revealed in the order of `coarseToFine`, whose shift is drawn uniformly, L/K a step; tokens are
 * drawn apart from p(x0 | xt). Only the order differs from first-hitting's: each token is drawn from the same network's law of its
 * position, nothing is sharpened, and one step is one step of any order.
 *
 * Source   arXiv 2506.19037; differs: the shift is drawn, so that no position is always first
 */
function spacedOut(numSteps: number, law: TokenLaw, { reveal, draw }: RowStreams): RowSampler {
  let order: number[] | undefined;
  return {
    plan({ masked }, step) {
      const { length } = masked;
      order ??= shiftedOrder(length, reveal.uniform()).map((i) => masked[i] as number);
      const [from, to] = [step - 1, step].map((k) => revealedAfter(k, numSteps, order?.length ?? 0));
      return { asked: order.slice(from, to).sort((a, b) => a - b) };
    },
    tokens: drawApart(law, { draw }),
  };
}

export const spaced: Sampler = { name: "spaced", row: spacedOut };
