/**
 * @file The null control: a round of one substep, whose target is the teacher's own prediction at xt.
 *
 * Whatever such a round changes, it changes without any time in it: dropout in the student, the moving average, more
 * updates. Without dropout there is nothing to learn. But teacher and student go through unlike programs, whose logits
 * differ by rounding, and AdamW turns a gradient of any size into steps of the full rate: within eight updates such a
 * student is 7e-4 nats away from its teacher. So differences of the size of rounding count for nothing here.
 */
import * as tf from "@tensorflow/tfjs-core";

/** Logits closer than this are the same, in nats; rounding is 1e-5 of them at most, what dropout does 1e-1. */
const roundingNats = 1e-3;

/**
 * 1 for a row in which the two differ by more than rounding, 0 for others; a constant for gradients.
 *
 * Shapes   teacher, student [N, V] → [N]
 */
export function beyondRounding(teacher: tf.Tensor, student: tf.Tensor): tf.Tensor {
  const differs = tf.customGrad((x: unknown) => {
    const most = tf.max(tf.abs(tf.sub(teacher, x as tf.Tensor)), -1);
    const value = tf.cast(tf.greaterEqual(most, roundingNats), "float32");
    return { value, gradFunc: () => tf.zerosLike(teacher) };
  });
  return differs(student);
}
