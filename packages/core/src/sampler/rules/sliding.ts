/**
 * @file A sliding window with backtracking (COrAL): reveals move from left to right, and the last tokens are looked at again.
 */
import type { Sampler } from "../contract.js";
import type { RowStreams } from "../draw.js";
import { tokenLaw } from "../draws/categorical.js";
import { drawTokenBy, type TokenLaw } from "../draws/nucleus.js";
import { revealedPositions } from "../reveal.js";
import type { RowSampler } from "../rowSampler.js";

/**
 * The law of step k of K with m positions masked: each of the first w of them is revealed with probability m / (w (K − k + 1)), 1 at
 * most, its token drawn from p(x0 | xt); the last step reveals all. In that step the network does not see the b tokens before the
 * first masked position that were not given; one of them is masked again where its probability is below `accept` times the likeliest
 * token's. With w ≥ L and b = 0 a step is an ancestral one.
 *
 * Source   arXiv 2410.09675; differs: what is looked at again is hidden, since a denoiser has learned masked positions only
 */
function inWindow(
  numSteps: number,
  { w, b, accept }: { readonly w: number; readonly b: number; readonly accept: number },
  law: TokenLaw,
  { reveal, draw }: RowStreams,
): RowSampler {
  let again = new Set<number>();
  let ids = new Int32Array();
  return {
    plan({ ids: own, masked, free }, step) {
      ids = own as Int32Array<ArrayBuffer>;
      const [isLast, head] = [step === numSteps, masked[0] ?? 0];
      const window = isLast ? masked : masked.slice(0, w);
      const chance = masked.length / (window.length * (numSteps - step + 1));
      const shown = free.filter((j) => j < head && b > 0 && !isLast);
      again = new Set(shown.slice(Math.max(0, shown.length - b)));
      const asked = [...again, ...revealedPositions(reveal, window, chance)];
      return { asked, hidden: [...again] };
    },
    tokens: (asked, { data, offset, size }) =>
      asked.map((j, k) => {
        const at = offset + k * size;
        if (!again.has(j)) return drawTokenBy(law, data, at, size, draw.uniform());
        const [own, token] = [tokenLaw(data, at, size), ids[j] as number];
        const likeliest = own.reduce((most, p) => Math.max(most, p));
        return (own[token] as number) < accept * likeliest ? size - 1 : token;
      }),
  };
}

export const sliding: Sampler = {
  name: "sliding",
  parameter: [
    { name: "w", initial: 64, above: 0, most: 1e6, isWhole: true },
    { name: "b", initial: 0, above: -1, most: 1e6, isWhole: true },
    { name: "accept", initial: 0.1, above: 0, most: 1 },
  ],
  row: (numSteps, law, streams, w = 64, b = 0, accept = 0.1) => inWindow(numSteps, { w, b, accept }, law, streams),
};
