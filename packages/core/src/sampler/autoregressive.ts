/**
 * @file Sampling from left to right, for the baseline: one token an evaluation.
 *
 * Every step reads the whole row again; a KV cache changes the cost and not the law. Latency is not measured with this.
 */
import { randomStream } from "../random.js";
import { drawToken } from "./categorical.js";
import type { Denoiser } from "./denoiser.js";

export interface AutoregressiveOptions {
  readonly batch: number;
  /** The first token of each row, given: end-of-text begins a document. */
  readonly start: number;
  readonly seed: number;
  /** Index of the first row, as in `sampleAncestral`. */
  readonly first?: number;
  readonly temperature?: number;
  readonly onStep?: (position: number) => void;
}

/**
 * Rows of the network's length, drawn token by token from p(x_i | x_<i).
 *
 * Shapes   → [B · L] int32
 * Holds    row i does not depend on the batch it is in
 */
export async function sampleAutoregressive(network: Denoiser, options: AutoregressiveOptions): Promise<Int32Array> {
  const { batch, start, seed, first = 0, temperature = 1, onStep } = options;
  const { length, vocabSize } = network;
  const ids = new Int32Array(batch * length).fill(network.maskId);
  const streams = Array.from({ length: batch }, (_, row) => randomStream(seed, "sample", "draw", first + row));
  for (let row = 0; row < batch; row++) ids[row * length] = start;
  for (let position = 1; position < length; position++) {
    const before = streams.map((_, row) => row * length + position - 1);
    const logits = await network.logits(ids, batch, before);
    streams.forEach((stream, row) => {
      ids[row * length + position] = drawToken(logits, row * vocabSize, vocabSize, stream.uniform(), temperature);
    });
    onStep?.(position);
  }
  return ids;
}
