/**
 * @file Energy re-ranking (EDLM): whole rows are drawn from the product of marginals, and one of them is chosen by a causal network.
 *
 * What few steps break is that tokens revealed together know nothing of each other; a causal network q scores a row as a whole.
 */
import { unmaskProbability } from "../../diffusion/schedule.js";
import { timeGrid } from "../../diffusion/timeGrid.js";
import type { Sampler } from "../contract.js";
import type { RowStreams } from "../draw.js";
import { drawApart } from "../draws/apart.js";
import { logSumExp } from "../draws/categorical.js";
import { drawIndex, drawTokenBy, type TokenLaw } from "../draws/nucleus.js";
import type { Partner } from "../partner.js";
import { revealedPositions } from "../reveal.js";
import type { RowLogits, RowSampler } from "../rowSampler.js";

/** ln p of `token` at the k-th asked position, of the network itself: temperature 1, whole vocabulary. */
const logProbAt = ({ data, offset, size }: RowLogits, k: number, token: number, sum: number): number =>
  (data[offset + k * size + token] as number) - sum;

/** Chances of the rows with energies E: ∝ exp(−E/τ). */
export function weightsOf(energies: readonly number[], tau: number): number[] {
  const least = Math.min(...energies);
  return energies.map((energy) => Math.exp((least - energy) / tau));
}

/**
 * The law of a step from t to s: positions are revealed with the ancestral probability. Inside the window (t ≥ 1 − window) k rows
 * x0ⁱ are drawn with every masked token from p(· | xt); row i is chosen with probability ∝ exp(−Eⁱ/τ), where
 * Eⁱ = Σ_masked ln p(x0ⁱ_l | xt) − Σ_l ln q(x0ⁱ_l | x0ⁱ_<l), and the revealed tokens are its. Outside it the step is ancestral, as all
 * are with k = 1. q says nothing of a row's first token: there the denoiser's law at the row's first step stands. With the true q the
 * chosen row tends to a draw of the joint posterior as k grows, so that K steps, one too, tend to the joint law.
 *
 * Source   arXiv 2410.21357; differs: −E where the published sampler has +E, and q's first token
 */
function weighed(
  steps: { readonly numSteps: number; readonly k: number; readonly window: number; readonly tau: number },
  law: TokenLaw,
  { reveal, draw }: RowStreams,
): RowSampler {
  const { numSteps, k, window, tau } = steps;
  const times = timeGrid(numSteps);
  const isWeighed = (step: number) => k > 1 && (times[step - 1] as number) >= 1 - window - 1e-9;
  const apart = drawApart(law, { draw });
  let ids = new Int32Array();
  let revealed: readonly number[] = [];
  let rows: { ids: Int32Array; energy: number }[] = [];
  /** ln p of each first token, at the first step that asked for it. */
  let firstToken: Float64Array | undefined;
  let from = 0;

  /** One row with every asked position drawn, and Σ ln p over them but for the row's first. */
  const candidate = (asked: readonly number[], logits: RowLogits, sums: readonly number[]) => {
    const { data, offset, size } = logits;
    const row = { ids: ids.slice(), energy: 0 };
    asked.forEach((j, i) => {
      const token = drawTokenBy(law, data, offset + i * size, size, draw.uniform());
      row.ids[j] = token;
      row.energy += logProbAt(logits, i, token, sums[i] as number);
      if (j === 0) row.energy -= firstToken?.[token] as number;
    });
    return row;
  };

  return {
    plan({ ids: own, masked }, step) {
      ids = own as Int32Array<ArrayBuffer>;
      const chance = unmaskProbability(times[step] as number, times[step - 1] as number);
      revealed = revealedPositions(reveal, masked, chance);
      return { asked: revealed.length > 0 && isWeighed(step) ? masked : revealed };
    },
    drafts(asked, logits, step) {
      if (!isWeighed(step)) return [];
      const { data, offset, size } = logits;
      const sums = asked.map((_, i) => logSumExp(data, offset + i * size, size));
      if (asked[0] === 0) {
        firstToken ??= Float64Array.from({ length: size }, (_, v) => logProbAt(logits, 0, v, sums[0] as number));
      }
      rows = Array.from({ length: k }, () => candidate(asked, logits, sums));
      // What stands before the first masked position is the same in all rows.
      from = Math.max(1, asked[0] as number);
      const positions = Array.from({ length: ids.length - from }, (_, i) => from - 1 + i);
      return rows.map((row) => ({ ids: row.ids, positions }));
    },
    hear(i, said) {
      const row = rows[i] as (typeof rows)[number];
      for (let l = from; l < row.ids.length; l++) {
        const sum = logSumExp(said.data, said.offset + (l - from) * said.size, said.size);
        row.energy -= logProbAt(said, l - from, row.ids[l] as number, sum);
      }
    },
    tokens(asked, logits, step) {
      if (!isWeighed(step)) return apart(asked, logits);
      const weights = weightsOf(
        rows.map(({ energy }) => energy),
        tau,
      );
      const chosen = rows[drawIndex(weights, draw.uniform())] as (typeof rows)[number];
      const shown = new Set(revealed);
      return asked.map((j) => (shown.has(j) ? (chosen.ids[j] as number) : logits.size - 1));
    },
  };
}

export const energy: Sampler = {
  name: "energy",
  partner: "causal",
  parameter: [
    { name: "k", initial: 4, above: 0, most: 1024, isWhole: true },
    { name: "window", initial: 1, above: 0, most: 1 },
    { name: "τ", initial: 1, above: 0, most: 1000 },
  ],
  rowBeside: (_partner: Partner, numSteps, law, streams, k = 4, window = 1, tau = 1) =>
    weighed({ numSteps, k, window, tau }, law, streams),
};
