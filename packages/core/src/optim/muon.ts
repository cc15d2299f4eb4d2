/**
 * @file Muon: the step of a hidden matrix is its momentum with all singular values brought near 1.
 *
 * Adam scales each value of a gradient by itself; Muon scales the matrix as a whole, so that directions in which the
 * gradient is small move as far as the others. Only for matrices between hidden states: embedding, head, gains, biases
 * and adaLN, whose gradients are of rank one under a constant conditioning, stay with AdamW. Queries, keys and values
 * lie in one parameter and are three matrices.
 * Source   Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks": momentum 0.95 (Nesterov), five
 *          Newton–Schulz steps of the quintic 3.4445, −4.7750, 2.0315; arXiv 2502.16982 §2.2: a step of
 *          0.2·√max(m, n) has the size of AdamW's, so that rate and weight decay are the same for both
 */

import * as tf from "@tensorflow/tfjs-core";
import type { TensorsByName } from "../base/tensor.js";

const [a, b, c] = [3.4445, -4.775, 2.0315];
const newtonSchulzSteps = 5;

/**
 * A matrix whose singular vectors are those of g, its singular values between about 0.7 and 1.2.
 *
 * Shapes   g [n, rows, columns] → the same: n matrices, each on its own
 */
export function orthogonalised(g: tf.Tensor3D): tf.Tensor3D {
  const [, rows, columns] = g.shape;
  const isWide = rows <= columns;
  const norm = tf.sqrt(tf.sum(tf.square(g), [1, 2], true));
  const eye = tf.mul(tf.eye(Math.min(rows, columns)), a) as tf.Tensor2D;
  let x: tf.Tensor = tf.div(g, tf.add(norm, 1e-7));
  for (let step = 0; step < newtonSchulzSteps; step++) {
    const gram = isWide ? tf.matMul(x, x, false, true) : tf.matMul(x, x, true, false);
    // a·I + b·G + c·G²: the product with x is the only one of its size.
    const factor = tf.add(eye, tf.add(tf.mul(gram, b), tf.mul(tf.matMul(gram, gram), c)));
    x = isWide ? tf.matMul(factor, x) : tf.matMul(x, factor);
  }
  return x as tf.Tensor3D;
}

const hiddenMatrix =
  /^(blocks\.\d+\.(attn_qkv|attn_out|mlp\.[02])|h\.\d+\.(attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj))\.weight$/;

/** Whether a parameter is one that Muon is for. */
export const isHiddenMatrix = (name: string): boolean => hiddenMatrix.test(name);

/** How many matrices lie side by side in a parameter, and along which axis. */
function partsOf(name: string): { readonly count: number; readonly axis: 0 | 1 } {
  if (name.endsWith("attn_qkv.weight")) return { count: 3, axis: 0 };
  if (name.endsWith("c_attn.weight")) return { count: 3, axis: 1 };
  return { count: 1, axis: 0 };
}

/**
 * The direction of a parameter's step, as long as AdamW's.
 *
 * Shapes   m [rows, columns] → the same
 */
function direction(name: string, m: tf.Tensor): tf.Tensor {
  const { count, axis } = partsOf(name);
  const parts = tf.stack(tf.split(m, count, axis)) as tf.Tensor3D;
  const [, rows, columns] = parts.shape;
  return tf.mul(tf.concat(tf.unstack(orthogonalised(parts)), axis), 0.2 * Math.sqrt(Math.max(rows, columns)));
}

export interface MuonSlots {
  readonly p: tf.Tensor;
  readonly m: tf.Tensor;
  readonly ema: tf.Tensor;
}

/** One matrix's update; `factor` is the clip coefficient. */
export function muon(
  name: string,
  { p, m, ema }: MuonSlots,
  gradient: tf.Tensor,
  factor: tf.Tensor,
  { rate, decay, emaKeep }: TensorsByName,
  momentum: number,
): MuonSlots {
  const share = tf.mul(gradient, tf.mul(factor, 1 - momentum));
  const nextM = tf.add(tf.mul(m, momentum), share);
  const ahead = tf.add(tf.mul(nextM, momentum), share);
  const step = tf.mul(direction(name, ahead), rate as tf.Tensor);
  const nextP = tf.sub(tf.mul(p, decay as tf.Tensor), step);
  const nextEma = tf.add(nextP, tf.mul(tf.sub(ema, nextP), emaKeep as tf.Tensor));
  return { p: nextP, m: nextM, ema: nextEma };
}
