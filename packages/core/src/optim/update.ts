/**
 * @file One training update: loss, gradients, clip, AdamW, EMA.
 *
 * Program state is named `model/…`, `ema/…`, and `adam.m/…`, `adam.v/…` or `muon.m/…`; the three files of a checkpoint are
 * cut from it.
 * `accumulate.ts` cuts the update in two, as `distill` runs it.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Specs, TensorMap, TensorsByName } from "../base/tensor.js";
import type { TensorFunction } from "../engine/contract.js";
import { type AdamWOptions, adamw, globalNorm } from "./adamw.js";
import { isHiddenMatrix, muon } from "./muon.js";

const optimizerGroups = ["adam.m", "adam.v", "muon.m"] as const;
export type StateGroup = "model" | "ema" | "gradient" | (typeof optimizerGroups)[number];

const groupSpecs = (group: StateGroup, parameters: Specs, holds: (name: string) => boolean = () => true): Specs =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, spec]) => (holds(name) ? [[`${group}/${name}`, spec]] : [])),
  );

/** What the optimizer keeps between updates. */
export function optimizerSpecs(parameters: Specs, { muon }: Pick<AdamWOptions, "muon"> = {}): Specs {
  const isMuons = (name: string) => muon !== undefined && isHiddenMatrix(name);
  const isAdams = (name: string) => !isMuons(name);
  return {
    ...groupSpecs("adam.m", parameters, isAdams),
    ...groupSpecs("adam.v", parameters, isAdams),
    ...groupSpecs("muon.m", parameters, isMuons),
  };
}

export function updateStateSpecs(parameters: Specs, options: Pick<AdamWOptions, "muon"> = {}): Specs {
  return {
    ...groupSpecs("model", parameters),
    ...optimizerSpecs(parameters, options),
    ...groupSpecs("ema", parameters),
  };
}

/** Of a whole state, the tensors that the optimizer keeps, by their full names. */
export function optimizerOf<T>(state: Readonly<Record<string, T>>): Record<string, T> {
  const isKept = (name: string) => optimizerGroups.some((group) => name.startsWith(`${group}/`));
  return Object.fromEntries(Object.entries(state).filter(([name]) => isKept(name)));
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

/** Clips and takes one step of AdamW, or of Muon and AdamW, and of the EMA. Outputs: `gradNorm` (before clipping), and the next state. */
export function steppedState(
  inputs: TensorsByName,
  gradients: TensorsByName,
  options: AdamWOptions,
): Record<string, tf.Tensor> {
  const gradNorm = globalNorm(Object.values(gradients));
  const factor = tf.minimum(tf.div(options.clip, tf.add(gradNorm, 1e-6)), 1);
  const next: Record<string, tf.Tensor> = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    const slot = (group: StateGroup) => inputs[`${group}/${name}`] as tf.Tensor;
    const [p, ema] = [slot("model"), slot("ema")];
    if (options.muon && isHiddenMatrix(name)) {
      const slots = { p, m: slot("muon.m"), ema };
      const result = muon(name, slots, gradient, factor, inputs, options.muon.momentum);
      Object.assign(next, { [`model/${name}`]: result.p, [`muon.m/${name}`]: result.m, [`ema/${name}`]: result.ema });
      continue;
    }
    const result = adamw({ p, m: slot("adam.m"), v: slot("adam.v"), ema }, gradient, factor, inputs, options);
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
