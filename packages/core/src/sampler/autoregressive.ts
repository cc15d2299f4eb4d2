/**
 * @file Sampling from left to right, for the baseline: one token an evaluation, drawn as every sampler here draws.
 */
import { randomStream } from "../base/random.js";
import { drawToken } from "./draws/categorical.js";
import { type Decoder, promptLength } from "./network/decoder.js";
import type { Network } from "./network/denoiser.js";

export interface AutoregressiveOptions {
  readonly batch: number;
  /** The first token of each row, given: end-of-text begins a document. */
  readonly start: number;
  /** Tokens a row; default: the network's. */
  readonly length?: number;
  /** Given tokens in place of `start`, the same number in each row. [batch · P] */
  readonly prompt?: Int32Array;
  readonly seed: number;
  /** Index of the first row, as in `sampleAncestral`. */
  readonly first?: number;
  readonly temperature?: number;
  /** Told after each drawn token of all rows. */
  readonly onStep?: (position: number) => void;
}

/**
 * Rows drawn token by token from p(x_i | x_<i).
 *
 * Shapes   → [B · L] int32
 * Holds    row i does not depend on the batch it is in
 */
export async function sampleAutoregressive(decoder: Decoder, options: AutoregressiveOptions): Promise<Int32Array> {
  const { batch, start, seed, first = 0, temperature = 1, onStep } = options;
  const { prompt = new Int32Array(batch).fill(start) } = options;
  const { vocabSize } = decoder;
  const { length = decoder.length } = options;
  const given = promptLength(prompt, batch, length);
  const ids = new Int32Array(batch * length);
  const streams = Array.from({ length: batch }, (_, row) => randomStream(seed, "sample", "draw", first + row));
  for (let row = 0; row < batch; row++) ids.set(prompt.subarray(row * given, (row + 1) * given), row * length);
  for (let position = given; position < length; position++) {
    const last = Int32Array.from({ length: batch }, (_, row) => ids[row * length + position - 1] as number);
    const logits = position === given ? await decoder.begin(prompt, batch) : await decoder.next(last);
    streams.forEach((stream, row) => {
      ids[row * length + position] = drawToken(logits, row * vocabSize, vocabSize, stream.uniform(), temperature);
    });
    onStep?.(position);
  }
  return ids;
}

/** A decoder that keeps nothing and reads each row again at every token: the oracle of the one that does. */
export function rereadingDecoder(network: Network): Decoder {
  const { vocabSize, length, maskId } = network;
  let rows = new Int32Array(0);
  let batch = 0;
  let read = 0;
  const answer = () => {
    const ends = Array.from({ length: batch }, (_, row) => row * length + read - 1);
    return network.logits(rows, batch, ends);
  };
  const append = (ids: Int32Array, count: number) => {
    for (let row = 0; row < batch; row++) rows.set(ids.subarray(row * count, (row + 1) * count), row * length + read);
    read += count;
  };
  return {
    vocabSize,
    length,
    begin(prompt, count) {
      [batch, read] = [count, 0];
      rows = new Int32Array(batch * length).fill(maskId);
      append(prompt, prompt.length / batch);
      return answer();
    },
    next(ids) {
      append(ids, 1);
      return answer();
    },
    dispose: () => network.dispose(),
  };
}
