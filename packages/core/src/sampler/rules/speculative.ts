/**
 * @file Speculative sampling: the denoiser drafts what comes next, a causal network verifies, and the law is the causal network's.
 */
import type { Sampler } from "../contract.js";
import type { RowStreams } from "../draw.js";
import { drawIndex, lawBy, type TokenLaw } from "../draws/nucleus.js";
import type { RowLogits, RowSampler } from "../rowSampler.js";

/** What the first law has above the second. */
export const excess = (law: Float64Array, other: Float64Array): Float64Array =>
  law.map((p, v) => Math.max(0, p - (other[v] as number)));

/**
 * The law: exactly q's, from left to right, whatever the denoiser says; a row's first token, of which q says nothing, is the denoiser's.
 * A draft is the next n/K masked tokens, each drawn from p(· | what stands so far): one evaluation. One pass of q gives its law at each of
 * them; from the left, token v is kept with probability min(1, q(v)/p(v)), and the first that is not is drawn from (q − p)₊, after which
 * all is masked again. K is thus the fewest drafts; steps go on until nothing is masked. Given tokens to the right are kept, unseen by q.
 *
 * Source   arXiv 2211.17192, with a denoiser's product of marginals as the draft
 */
function drafted(numSteps: number, law: TokenLaw, { draw }: RowStreams): RowSampler {
  let count: number | undefined;
  let ids = new Int32Array();
  let heard: readonly number[] = [];
  /** Told of draft and laws, keeps a prefix. */
  let verify: (said: RowLogits) => number[] = () => [];

  const keptOf = (asked: readonly number[], tokens: readonly number[], p: readonly Float64Array[], said: RowLogits) => {
    const start = asked[0] === 0 ? 1 : 0;
    const kept = tokens.slice(0, start);
    for (let k = start; k < asked.length; k++) {
      const [own, token] = [p[k] as Float64Array, tokens[k] as number];
      const q = lawBy(law, said.data, said.offset + (k - start) * said.size, said.size);
      if (draw.uniform() * (own[token] as number) < (q[token] as number)) kept.push(token);
      else return [...kept, drawIndex(excess(q, own), draw.uniform())];
    }
    return kept;
  };

  return {
    furtherSteps: Number.POSITIVE_INFINITY,
    plan({ ids: own, masked }) {
      count ??= masked.length;
      ids = own as Int32Array<ArrayBuffer>;
      return { asked: masked.slice(0, Math.max(1, Math.ceil(count / numSteps))) };
    },
    drafts(asked, { data, offset, size }) {
      const p = asked.map((_, k) => lawBy(law, data, offset + k * size, size));
      const tokens = p.map((own) => drawIndex(own, draw.uniform()));
      heard = tokens.slice(0, asked[0] === 0 ? 1 : 0);
      verify = (said) => keptOf(asked, tokens, p, said);
      const row = ids.slice();
      asked.forEach((j, k) => {
        row[j] = tokens[k] as number;
      });
      const positions = asked.filter((j) => j > 0).map((j) => j - 1);
      return positions.length > 0 ? [{ ids: row, positions }] : [];
    },
    hear(_, said) {
      heard = verify(said);
    },
    tokens: (asked, { size }) => asked.map((_, k) => heard[k] ?? size - 1),
  };
}

export const speculative: Sampler = {
  name: "speculative",
  partner: "causal",
  rowBeside: (_partner, numSteps, law, streams) => drafted(numSteps, law, streams),
};
