/**
 * @file What the published code does otherwise than this project: its draws, and its log-probabilities.
 *
 * Both go into our functions as arguments; nothing outside this folder uses them.
 */
import { type RandomStream, randomStream, sizeOf, type Tensor } from "@sdtt/core/base";
import { withoutMask } from "@sdtt/core/diffusion";
import type { Draw } from "@sdtt/core/sampler";
import * as tf from "@tensorflow/tfjs-core";

/** A stream that gives recorded uniforms, in their order. */
export function recorded(draws: ArrayLike<number>): RandomStream {
  let taken = 0;
  const uniforms = (count: number) => {
    if (taken + count > draws.length) throw new Error(`${draws.length} draws were recorded, asked for more`);
    return Float64Array.from({ length: count }, () => draws[taken++] as number);
  };
  return { ...randomStream(0), uniforms, uniform: () => uniforms(1)[0] as number };
}

/**
 * The published draw: argmax over all V of q / (1e-10 − ln(u + 1e-10)), where q is the probability of each token at s
 * and, for the mask, that of staying masked. So revealing is not apart from drawing, every masked position is asked
 * about in every step, and a step takes one float32 uniform for each position and token.
 *
 * Shapes   uniforms [steps, B, L, V]
 * Source   jdeschena/sdtt 9172b86 and kuleshov-group/mdlm c112c52, `_sample_categorical`
 */
export function publishedDraw(uniforms: Tensor, fromStep = 0): Draw {
  const [, , length, V] = uniforms.shape as [number, number, number, number];
  const stepSize = sizeOf(uniforms.shape.slice(1));
  return (row) => {
    let step = fromStep - 1;
    return {
      asked(masked) {
        step++;
        return masked;
      },
      token(logits, offset, size, position, revealProbability) {
        const at = step * stepSize + (row * length + position) * V;
        const noise = (v: number) => 1e-10 - Math.log(Math.fround((uniforms.data[at + v] as number) + 1e-10));
        const p = softmax(logits.subarray(offset, offset + size - 1));
        let [best, score] = [size - 1, (1 - revealProbability) / noise(size - 1)];
        p.forEach((value, v) => {
          const raced = (value * revealProbability) / noise(v);
          if (raced > score) [best, score] = [v, raced];
        });
        return best;
      },
    };
  };
}

function softmax(logits: Float32Array): Float64Array {
  const peak = logits.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY);
  const weights = Float64Array.from(logits, (x) => Math.exp(x - peak));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

const column = (x: tf.Tensor, at: number) => tf.slice(x, [0, at], [x.shape[0] as number, 1]);

/**
 * Log-probabilities [N, V] as published, mask column included: (logit − 10⁶) − logsumexp in float32, of which the
 * first difference is rounded to 1/16.
 */
export function roundedLogProbs(logits: tf.Tensor): tf.Tensor {
  return withMaskColumn(logits, (last) => column(withoutMask(logits), last));
}

/** The same without rounding, 10⁶ above: only differences between two of them mean something. */
export function unroundedLogProbs(logits: tf.Tensor): tf.Tensor {
  return withMaskColumn(logits, (last) => column(logits, last));
}

function withMaskColumn(logits: tf.Tensor, maskLogit: (last: number) => tf.Tensor): tf.Tensor {
  const last = (logits.shape[1] as number) - 1;
  const tokens = tf.slice(logits, [0, 0], [logits.shape[0] as number, last]);
  const total = tf.logSumExp(tokens, -1, true);
  return tf.concat([tf.sub(tokens, total), tf.sub(maskLogit(last), total)], 1);
}
