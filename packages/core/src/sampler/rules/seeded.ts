/**
 * @file Seeded rows (ARLON's idea): a causal network writes a row, every n-th token of it is given, and the denoiser fills in the rest.
 */
import { userError } from "../../base/errors.js";
import { unmaskProbability } from "../../diffusion/schedule.js";
import { timeGrid } from "../../diffusion/timeGrid.js";
import { sampleAutoregressive } from "../autoregressive.js";
import type { Beginning, Sampler } from "../contract.js";
import { drawApart } from "../draws/apart.js";
import type { Partner } from "../partner.js";
import { revealedPositions } from "../reveal.js";

/** The prompt that all rows share in length: the given tokens before the first free position. */
function promptOf({ batch, length, fixed }: Beginning, start: number): Int32Array {
  if (!fixed || (fixed[0] as number) < 0) return new Int32Array(batch).fill(start);
  const size = fixed.indexOf(-1);
  const rows = Array.from({ length: batch }, (_, row) => fixed.subarray(row * length, row * length + size));
  const isShared = rows.every((row, i) => !row.includes(-1) && fixed[i * length + size] === -1);
  if (!isShared) {
    const remedy = "Draw them one at a time.";
    throw userError("sampler seeded", "prompts drawn together must be of one length", "unlike ones", remedy);
  }
  return Int32Array.from(rows.flatMap((row) => [...row]));
}

/** The causal network's rows, every n-th token where nothing was given. */
async function seeds(partner: Partner, given: Beginning, every: number) {
  const { batch, length, first, seed, law, fixed } = given;
  const prompt = promptOf(given, partner.start);
  const { temperature } = law;
  const options = { batch, start: partner.start, prompt, seed, first, temperature, length };
  const written = await sampleAutoregressive(partner.decoder(), options);
  const kept = written.map((token, i) => {
    const own = fixed?.[i] ?? -1;
    return own >= 0 ? own : (i % length) % every === 0 ? token : -1;
  });
  return { fixed: kept, passes: length - prompt.length / batch };
}

/**
 * The law: tokens 0, n, 2n … are those of a row that the causal network drew (from the start of a document, or after the prompt); the
 * others are revealed by ancestral steps given these. The causal network draws all of its row for it, a token an evaluation.
 *
 * Source   arXiv 2410.20502, with tokens where it has codes of a coarse grid
 */
export const seeded: Sampler = {
  name: "seeded",
  partner: "causal",
  parameter: { initial: 8, above: 0, most: 1e6, isWhole: true },
  begin: (partner, given, every = 8) => seeds(partner, given, every),
  rowBeside(_partner, numSteps, law, { reveal, draw }) {
    const times = timeGrid(numSteps);
    return {
      plan: ({ masked }, step) => {
        const chance = unmaskProbability(times[step] as number, times[step - 1] as number);
        return { asked: revealedPositions(reveal, masked, chance) };
      },
      tokens: drawApart(law, { draw }),
    };
  },
};
