/**
 * @file First-hitting sampling: the reveals themselves are sampled, one after the other, and no step is without one.
 */
import type { Sampler } from "../contract.js";
import type { RowStreams } from "../draw.js";
import { drawApart } from "../draws/apart.js";
import type { TokenLaw } from "../draws/nucleus.js";
import { type RowSampler, revealedAfter } from "../rowSampler.js";

/**
 * The law: in the reverse process in continuous time the n masked positions wait for independent, equally distributed
 * reveal times, so the next one revealed is any of them with probability 1/n, and the time at which it happens changes
 * nothing, since the network is not conditioned on time. With K ≥ L steps this is EXACTLY the law of infinitely many
 * ancestral steps, in L evaluations. With K < L steps a step takes the next L/K in that order, drawn apart: a
 * uniformly random set of a fixed size, where an ancestral step takes one of random size.
 *
 * Source   arXiv 2409.02908; its parallel decoding is the case K < L
 */
function inRandomOrder(numSteps: number, law: TokenLaw, { reveal, draw }: RowStreams): RowSampler {
  let order: number[] | undefined;
  return {
    plan({ masked }, step) {
      order ??= Array.from(reveal.permutation(masked.length), (i) => masked[i] as number);
      const [from, to] = [step - 1, step].map((k) => revealedAfter(k, numSteps, order?.length ?? 0));
      return { asked: order.slice(from, to).sort((a, b) => a - b) };
    },
    tokens: drawApart(law, { draw }),
  };
}

export const firstHitting: Sampler = { name: "first-hitting", row: inRandomOrder };
