/**
 * @file Classifier-free guidance whose condition is the row itself: what the network says of a position beside what it says of it
 * where nothing is known.
 *
 * A temperature makes likely tokens likelier, and those are the frequent ones: text of few words. This makes likelier what the
 * row speaks for, so that frequent tokens gain nothing by being frequent. Where all is masked nothing is guided.
 */
import { isStaged } from "../staged.js";
import type { Denoiser } from "./denoiser.js";

/** What is reported of the embedded teacher: chosen on a seed of its own so that entropy at 8 steps is that of the AR baseline's text. */
export const reportedGuidance = { sampler: "spaced+guided:0.5", temperature: 0.9 } as const;

type Blank = Map<number, Promise<Float32Array>>;

/** By network, and by the row's length. */
const blanks = new WeakMap<Denoiser, Blank>();

/** What the network says of each position of a row of which nothing is known, asked once. [length · V], 4 bytes each, kept as long as it */
function blankLogits(denoiser: Denoiser, length: number): Promise<Float32Array> {
  const known: Blank = blanks.get(denoiser) ?? new Map();
  blanks.set(denoiser, known);
  const ask = async () => {
    const xt = new Int32Array(length).fill(denoiser.maskId);
    return (await denoiser.logits(xt, 1, [...xt.keys()])).slice();
  };
  const found = known.get(length) ?? ask();
  known.set(length, found);
  return found;
}

/**
 * The denoiser whose law at a masked position is p(v | xt)^(1 + w) / p(v | all masked)^w, renormalised; w = 0 is its own.
 *
 * Costs one evaluation of one row for all rows and steps together; one a batch where a sampler makes its own network of the denoiser.
 *
 * Source   arXiv 2207.12598; 2410.18514 for masked diffusion of text, whose unconditional row is that without its prompt
 */
export function guided(denoiser: Denoiser, weight: number): Denoiser {
  const { vocabSize, maskId, length } = denoiser;
  return {
    ...{ vocabSize, maskId, length, dispose() {} },
    async logits(xt, rows, positions, names) {
      const rowLength = xt.length / rows;
      const blank = await blankLogits(isStaged(denoiser) ? denoiser.current() : denoiser, rowLength);
      const logits = await denoiser.logits(xt, rows, positions, names);
      positions.forEach((position, k) => {
        const [own, other] = [k * vocabSize, (position % rowLength) * vocabSize];
        for (let v = 0; v < vocabSize; v++) {
          if (v === maskId) continue;
          const said = logits[own + v] as number;
          logits[own + v] = said + weight * (said - (blank[other + v] as number));
        }
      });
      return logits;
    },
  };
}
