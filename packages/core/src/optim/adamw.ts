/**
 * @file AdamW, gradient clipping and the exponential moving average, inside the update's graph.
 *
 * The same arithmetic as torch.optim.AdamW and clip_grad_norm_; step-dependent scalars are computed on the host.
 */
import * as tf from "@tensorflow/tfjs-core";
import { type Specs, scalar, type TensorMap, type TensorsByName } from "../base/tensor.js";
import { blockwise } from "../nn/blockwise.js";

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Largest global gradient norm. */
  readonly clip: number;
  readonly emaDecay: number;
  /** The hidden matrices get Muon's step instead (`muon.ts`), with this momentum. */
  readonly muon?: { readonly momentum: number } | undefined;
}

export const adamwDefaults: AdamWOptions = {
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0,
  clip: 1,
  emaDecay: 0.9999,
};

/** EMA decay at update n (from 1), warmed up: min(decay, (1 + n)/(10 + n)). Source   SDTT published code, ema.py:455 */
export const emaDecayAt = (n: number, decay: number): number => Math.min(decay, (1 + n) / (10 + n));

/**
 * The scalars of update n (counting from 1), as program inputs: both bias corrections are in the step size and in eps.
 *
 * Source   Kingma & Ba, arXiv 1412.6980 §2, the more efficient order
 */
export function adamwScalars(n: number, learningRate: number, options: AdamWOptions): TensorMap {
  const correction1 = 1 - options.beta1 ** n;
  const rootCorrection2 = Math.sqrt(1 - options.beta2 ** n);
  return {
    stepSize: scalar((learningRate * rootCorrection2) / correction1),
    epsHat: scalar(options.eps * rootCorrection2),
    decay: scalar(1 - learningRate * options.weightDecay),
    emaKeep: scalar(emaDecayAt(n, options.emaDecay)),
    ...(options.muon && { rate: scalar(learningRate) }),
  };
}

const scalarNames = ["stepSize", "epsHat", "decay", "emaKeep"] as const;

const scalarsOf = (named: TensorsByName) =>
  Object.fromEntries(scalarNames.map((name) => [name, named[name] as tf.Tensor]));

export function adamwScalarSpecs({ muon }: Pick<AdamWOptions, "muon"> = {}): Specs {
  const names = muon ? [...scalarNames, "rate"] : scalarNames;
  return Object.fromEntries(names.map((name) => [name, { shape: [], dtype: "float32" as const }]));
}

/** Σ g², row by row first, so that squares need not be kept. */
function sumOfSquares(g: tf.Tensor): tf.Scalar {
  const sums = blockwise(({ row }) => ({ sum: tf.sum(tf.square(row as tf.Tensor), -1) }), { row: g });
  return tf.sum(sums.sum as tf.Tensor);
}

/** √Σ g², over all tensors. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  return tf.sqrt(tf.addN(gradients.map(sumOfSquares))) as tf.Scalar;
}

export interface Slots {
  readonly p: tf.Tensor;
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
  /** Left out: no average is kept. */
  readonly ema?: tf.Tensor | undefined;
}

/** One tensor's update; `factor` is the clip coefficient. */
export function adamw(
  slots: Slots,
  gradient: tf.Tensor,
  factor: tf.Tensor,
  scalars: TensorsByName,
  options: AdamWOptions,
): Slots {
  const flat = (t: tf.Tensor) => tf.reshape(t, [t.size]);
  const { p, m, v, ema } = slots;
  const given = { p, m, v, ...(ema && { ema }), gradient };
  const cut = Object.fromEntries(Object.entries(given).map(([name, t]) => [name, flat(t)]));
  const share1 = tf.mul(factor, 1 - options.beta1);
  const rootShare2 = tf.mul(factor, Math.sqrt(1 - options.beta2));
  const whole = { share1, rootShare2, ...scalarsOf(scalars) };
  const next = blockwise((named) => updated(named, options), cut, whole);
  return Object.fromEntries(Object.entries(next).map(([name, t]) => [name, tf.reshape(t, gradient.shape)])) as never;
}

/** The update value by value; `share1` and `rootShare2`: what turns the gradient into its part of m, and its square into that of v. */
function updated(named: TensorsByName, options: AdamWOptions): Record<string, tf.Tensor> {
  const { p, m, v, gradient } = named as Record<"p" | "m" | "v" | "gradient", tf.Tensor>;
  const { ema } = named;
  const { share1, rootShare2, stepSize, epsHat, decay, emaKeep } = named as Record<string, tf.Scalar>;
  const nextM = tf.add(tf.mul(m, options.beta1), tf.mul(gradient, share1 as tf.Scalar));
  const nextV = tf.add(tf.mul(v, options.beta2), tf.square(tf.mul(gradient, rootShare2 as tf.Scalar)));
  const denominator = tf.add(tf.sqrt(nextV), epsHat as tf.Scalar);
  const kept = options.weightDecay === 0 ? p : tf.mul(p, decay as tf.Scalar);
  const nextP = tf.sub(kept, tf.mul(tf.div(nextM, denominator), stepSize as tf.Scalar));
  if (!ema) return { p: nextP, m: nextM, v: nextV };
  const nextEma = tf.add(nextP, tf.mul(tf.sub(ema, nextP), emaKeep as tf.Scalar));
  return { p: nextP, m: nextM, v: nextV, ema: nextEma };
}
