/**
 * @file One training update: loss, gradients, clip, AdamW, EMA.
 *
 * Program state is named `model/…`, `adam.m/…`, `adam.v/…`, `ema/…`; the three files of a checkpoint are cut from it.
 * `accumulate.ts` cuts the update in two, as `distill` runs it.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Specs, TensorMap } from "../base/tensor.js";
import type { TensorFunction } from "../engine/contract.js";
import type { TensorsByName } from "../model/dit/dit.js";
import { type AdamWOptions, adamw, globalNorm } from "./adamw.js";

const groups = ["model", "adam.m", "adam.v", "ema"] as const;
export type StateGroup = (typeof groups)[number] | "gradient";

export function updateStateSpecs(parameters: Specs): Specs {
  return Object.fromEntries(
    groups.flatMap((group) => Object.entries(parameters).map(([name, spec]) => [`${group}/${name}`, spec])),
  );
}

export const grouped = (group: StateGroup, tensors: TensorMap): TensorMap =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [`${group}/${name}`, value]));

/** The tensors of one group, by their own names. */
export function groupOf<T>(group: StateGroup, state: Readonly<Record<string, T>>): Record<string, T> {
  const prefix = `${group}/`;
  return Object.fromEntries(
    Object.entries(state).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

export interface LossAndGradients {
  readonly loss: tf.Scalar;
  readonly gradients: Record<string, tf.Tensor>;
}

/** ∂ loss / ∂ each parameter; a parameter that the loss does not depend on gets zeros. */
export function lossAndGradients(
  params: TensorsByName,
  lossOf: (params: TensorsByName) => tf.Scalar,
): LossAndGradients {
  const names = Object.keys(params);
  const { value, grads } = tf.engine().gradients(
    () => lossOf(params),
    names.map((name) => params[name] as tf.Tensor),
    undefined,
    true,
  );
  const gradients = names.map((name, i) => [name, grads[i] ?? tf.zerosLike(params[name] as tf.Tensor)] as const);
  return { loss: value as tf.Scalar, gradients: Object.fromEntries(gradients) };
}

export type LossFunction = (params: TensorsByName, inputs: TensorsByName) => tf.Scalar;
export type GradientsFunction = (params: TensorsByName, inputs: TensorsByName) => LossAndGradients;

export const gradientsOf =
  (lossOf: LossFunction): GradientsFunction =>
  (params, inputs) =>
    lossAndGradients(params, (p) => lossOf(p, inputs));

/** Clips and takes one step of AdamW and EMA. Outputs: `gradNorm` (before clipping), and the next state. */
export function steppedState(
  inputs: TensorsByName,
  gradients: TensorsByName,
  options: AdamWOptions,
): Record<string, tf.Tensor> {
  const gradNorm = globalNorm(Object.values(gradients));
  const factor = tf.minimum(tf.div(options.clip, tf.add(gradNorm, 1e-6)), 1);
  const next: Record<string, tf.Tensor> = {};
  for (const name of Object.keys(gradients)) {
    const slot = (group: StateGroup) => inputs[`${group}/${name}`] as tf.Tensor;
    const slots = { p: slot("model"), m: slot("adam.m"), v: slot("adam.v"), ema: slot("ema") };
    const result = adamw(slots, gradients[name] as tf.Tensor, factor, inputs, options);
    next[`model/${name}`] = result.p;
    next[`adam.m/${name}`] = result.m;
    next[`adam.v/${name}`] = result.v;
    next[`ema/${name}`] = result.ema;
  }
  return { gradNorm, ...next };
}

/** All of it in one function. Outputs: `loss`, `gradNorm` (before clipping), and the next state. */
export function updateFunction(lossOf: LossFunction, options: AdamWOptions): TensorFunction {
  return (inputs) => {
    const { loss, gradients } = gradientsOf(lossOf)(groupOf("model", inputs), inputs);
    return { loss, ...steppedState(inputs, gradients, options) };
  };
}
