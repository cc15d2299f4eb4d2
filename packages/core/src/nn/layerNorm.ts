/** @file Layer normalisation over the last axis, eps 1e-5. */
import * as tf from "@tensorflow/tfjs-core";
import { isTracing, runFused } from "../engine/traced.js";
import { columnSums } from "./columnSums.js";

const epsilon = 1e-5;

function naive(x: tf.Tensor, gain: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const mean = tf.mean(x, -1, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), -1, true);
  const normed = tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), gain);
  return bias ? tf.add(normed, bias) : normed;
}

/** With x̂ = (x − mean) / std: dx = (dy·gain − mean(dy·gain) − x̂ · mean(dy·gain · x̂)) / std. */
function gradient(dy: tf.Tensor, x: tf.Tensor, gain: tf.Tensor, mean: tf.Tensor, inverseStd: tf.Tensor) {
  const normed = tf.mul(tf.sub(x, mean), inverseStd);
  const dNormed = tf.mul(dy, gain);
  const along = tf.mean(tf.mul(dNormed, normed), -1, true);
  const dx = () => tf.mul(tf.sub(tf.sub(dNormed, tf.mean(dNormed, -1, true)), tf.mul(normed, along)), inverseStd);
  return { dx, dGain: () => columnSums(tf.mul(dy, normed)), dBias: () => columnSums(dy) };
}

function fused(x: tf.Tensor, gain: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((...args: unknown[]) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const [value, scale, shift] = args.slice(0, -1) as tf.Tensor[];
    const inputs = { x: value as tf.Tensor, gain: scale as tf.Tensor, ...(shift && { bias: shift }) };
    const [y, mean, inverseStd] = runFused("FusedLayerNorm", inputs, { epsilon }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    save([value as tf.Tensor, scale as tf.Tensor, mean, inverseStd]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [sx, sgain, smean, sinverse] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const { dx, dGain, dBias } = gradient(dy, sx, sgain, smean, sinverse);
      return bias ? [dx(), dGain(), dBias()] : [dx(), dGain()];
    };
    return { value: y, gradFunc };
  });
  return bias ? operation(x, gain, bias) : operation(x, gain);
}

/**
 * (x − mean) / √(variance + 1e-5) · gain + bias.
 *
 * Shapes   x [..., D] · gain [D] · bias [D], may be left out → [..., D]
 */
export function layerNorm(x: tf.Tensor, gain: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  return isTracing() ? fused(x, gain, bias) : naive(x, gain, bias);
}
