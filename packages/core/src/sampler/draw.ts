/**
 * @file Where chance enters a sampler: which masked positions a step reveals, and as which tokens.
 *
 * Everything else of a step is the same whatever the rule of drawing, so draws that were recorded elsewhere, under
 * another rule, can be replayed through the code that samples.
 */
import { type RandomStream, randomStream } from "../base/random.js";
import { drawTokenBy, type TokenLaw } from "./draws/nucleus.js";
import { revealedPositions } from "./reveal.js";

/** The draws of one row; stateful, asked once a step, in the order of the steps. */
export interface RowDraw {
  /** Masked positions whose logits the step needs; where there are none, the network is not asked about the row. */
  asked(masked: readonly number[], revealProbability: number): readonly number[];
  /** What an asked position becomes, from its logits [V] at `offset`; the mask id, V − 1, leaves it masked. */
  token(logits: Float32Array, offset: number, size: number, position: number, revealProbability: number): number;
}

/** The draws of row i, counted over all batches. */
export type Draw = (row: number) => RowDraw;

/** Reveals by one Bernoulli draw a position, before the network runs, and draws tokens by inverse CDF in float64. */
export function inverseCdf({ reveal, draw }: RowStreams, law: TokenLaw = { temperature: 1, topP: 1 }): RowDraw {
  return {
    asked: (masked, probability) => revealedPositions(reveal, masked, probability),
    token: (logits, offset, size) => drawTokenBy(law, logits, offset, size, draw.uniform()),
  };
}

/** Where the draws of one row come from. */
export interface RowStreams {
  readonly reveal: RandomStream;
  readonly draw: RandomStream;
}

/** Streams of its own for each row, so that sample i does not depend on the batch it is in. */
export function seededStreams(seed: number): (row: number) => RowStreams {
  const stream = (what: string, row: number) => randomStream(seed, "sample", what, row);
  return (row) => ({ reveal: stream("reveal", row), draw: stream("draw", row) });
}
