/**
 * @file The precision in which a round's loss sees log-probabilities: float32, or bfloat16 as mixed precision has it.
 *
 * Engines compute in float32, so bfloat16 is had by rounding: the log-probabilities of student and teacher, and the
 * gradient on its way back. Sums stay in float32, as an accelerator's do. Float64 is not offered: no engine has it.
 */
import * as tf from "@tensorflow/tfjs-core";

export const lossPrecisions = ["float32", "bfloat16"] as const;
export type LossPrecision = (typeof lossPrecisions)[number];

/** 2^16 + 1: splits the 24 significant bits of a float32 after the eighth. */
const splitter = 65_537;

/**
 * The nearest values of 8 significant bits.
 *
 * Holds    exact for |x| < 2^111
 * Source   Dekker, Numer. Math. 18 (1971), §5 (Veltkamp's splitting)
 */
function roundedToBfloat16(x: tf.Tensor): tf.Tensor {
  const c = tf.mul(x, splitter);
  return tf.sub(c, tf.sub(c, x));
}

const throughBfloat16 = tf.customGrad((x: unknown) => {
  const value = roundedToBfloat16(x as tf.Tensor);
  return { value, gradFunc: (dy: tf.Tensor) => roundedToBfloat16(dy) };
});

/** How log-probabilities enter the loss. Shapes   [N, V] → [N, V] */
export const asLossSees: Readonly<Record<LossPrecision, (logProbs: tf.Tensor) => tf.Tensor>> = {
  float32: (logProbs) => logProbs,
  bfloat16: (logProbs) => throughBfloat16(logProbs),
};
