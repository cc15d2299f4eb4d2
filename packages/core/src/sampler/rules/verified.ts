/**
 * @file Relaxed verification (LANTERN): the student drafts a step's tokens, its teacher verifies them, and δ says how strictly.
 */
import { unmaskProbability } from "../../diffusion/schedule.js";
import { timeGrid } from "../../diffusion/timeGrid.js";
import type { Sampler } from "../contract.js";
import type { RowStreams } from "../draw.js";
import { drawIndex, lawBy, type TokenLaw } from "../draws/nucleus.js";
import type { Partner } from "../partner.js";
import { revealedPositions } from "../reveal.js";
import type { RowSampler } from "../rowSampler.js";
import { excess } from "./speculative.js";

/** What a token's neighbours have under `law`, nearest first, as long as it is δ at most. */
export function lentMass(law: Float64Array, neighbours: Int32Array, delta: number): number {
  let mass = 0;
  for (const v of neighbours) {
    const more = mass + (law[v] as number);
    if (more > delta) break;
    mass = more;
  }
  return mass;
}

/**
 * The chance that token v, drawn from q, is kept where p is meant.
 *
 * Of what q has above p, D in all, v's share is made good up to its neighbours' mass, and up to the share δ/D: all tokens together are
 * lent δ at most. So the law drawn is within δ of p in total variation, and p itself where δ = 0.
 */
export function keepChance(p: Float64Array, q: Float64Array, v: number, lent: number, delta: number): number {
  const [meant, own] = [p[v] as number, q[v] as number];
  if (own <= meant) return 1;
  const distance = excess(q, p).reduce((sum, more) => sum + more, 0);
  return (meant + Math.min(lent, (own - meant) * Math.min(1, delta / distance))) / own;
}

/**
 * The law of a step from t to s: positions are revealed with the ancestral probability, tokens drawn from the student's q; the teacher says
 * p at the same xt. A token is kept with `keepChance`, else drawn from (p − q)₊. With δ = 0 it is the teacher's ancestral step.
 *
 * Source   arXiv 2410.03355; differs: there each token may borrow δ of its neighbours whatever others borrow, by which the law drawn can be as
 * far from p as q is
 */
function verifiedRow(
  partner: Partner,
  numSteps: number,
  law: TokenLaw,
  { reveal, draw }: RowStreams,
  delta: number,
): RowSampler {
  const times = timeGrid(numSteps);
  let ids = new Int32Array();
  let laws: readonly Float64Array[] = [];
  let kept: readonly number[] = [];
  const tokenOf = (p: Float64Array, q: Float64Array): number => {
    const token = drawIndex(q, draw.uniform());
    const isShort = (q[token] as number) > (p[token] as number);
    const lent = isShort && delta > 0 ? lentMass(p, partner.nearest(token), delta) : 0;
    if (draw.uniform() < keepChance(p, q, token, lent, delta)) return token;
    return drawIndex(excess(p, q), draw.uniform());
  };
  return {
    plan({ ids: own, masked }, step) {
      ids = own as Int32Array<ArrayBuffer>;
      const chance = unmaskProbability(times[step] as number, times[step - 1] as number);
      return { asked: revealedPositions(reveal, masked, chance) };
    },
    drafts(asked, { data, offset, size }) {
      laws = asked.map((_, k) => lawBy(law, data, offset + k * size, size));
      return [{ ids, positions: asked }];
    },
    hear(_, { data, offset, size }) {
      kept = laws.map((q, k) => tokenOf(lawBy(law, data, offset + k * size, size), q));
    },
    tokens: () => kept,
  };
}

export const verified: Sampler = {
  name: "verified",
  partner: "denoiser",
  parameter: { initial: 0.1, above: -1e-9, most: 1 },
  rowBeside: (partner, numSteps, law, streams, delta = 0) => verifiedRow(partner, numSteps, law, streams, delta),
};
