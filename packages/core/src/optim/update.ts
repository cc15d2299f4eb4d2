/**
 * @file One training update: loss, gradients, clip, AdamW, EMA.
 *
 * Program state is named `model/…`, `ema/…`, and `adam.m/…`, `adam.v/…` or `muon.m/…`; the three files of a checkpoint are
 * cut from it. A critic that learns beside the model (`critic.ts`) has no EMA and goes with the optimizer.
 * `accumulate.ts` cuts the update in two, as `distill` runs it.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Specs, TensorsByName } from "../base/tensor.js";
import type { TensorFunction } from "../engine/contract.js";
import { type AdamWOptions, adamw, globalNorm } from "./adamw.js";
import { asCritic, criticOf, isCritics, withoutCritic } from "./critic.js";
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
    ...groupSpecs("ema", parameters, (name) => !isCritics(name)),
  };
}

/** Of a whole state, what nobody but training needs, by its full names: what the optimizer keeps, and a critic's weights. */
export function optimizerOf<T>(state: Readonly<Record<string, T>>): Record<string, T> {
  const isKept = (name: string) => optimizerGroups.some((group) => name.startsWith(`${group}/`));
  const critics = grouped("model", asCritic(criticOf(groupOf("model", state))));
  return { ...Object.fromEntries(Object.entries(state).filter(([name]) => isKept(name))), ...critics };
}

export const grouped = <T>(group: StateGroup, tensors: Readonly<Record<string, T>>): Record<string, T> =>
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

/** The norm of a network's gradients, and what clipping multiplies them by. */
function clipped(gradients: TensorsByName, clip: number) {
  const norm = globalNorm(Object.values(gradients));
  return { norm, factor: tf.minimum(tf.div(clip, tf.add(norm, 1e-6)), 1) };
}

/**
 * Clips and takes one step of AdamW, or of Muon and AdamW, and of the EMA. Outputs: `gradNorm` of the model (before clipping), and the next
 * state.
 */
export function steppedState(
  inputs: TensorsByName,
  gradients: TensorsByName,
  options: AdamWOptions,
): Record<string, tf.Tensor> {
  const { norm: gradNorm, factor: own } = clipped(withoutCritic(gradients), options.clip);
  const hasCritic = Object.keys(gradients).some(isCritics);
  const critics = hasCritic ? clipped(criticOf(gradients), options.clip) : undefined;
  const next: Record<string, tf.Tensor> = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    const slot = (group: StateGroup) => inputs[`${group}/${name}`] as tf.Tensor;
    const p = slot("model");
    const ema = inputs[`ema/${name}`];
    const factor = critics && isCritics(name) ? critics.factor : own;
    if (options.muon && isHiddenMatrix(name)) {
      const slots = { p, m: slot("muon.m"), ema: ema as tf.Tensor };
      const result = muon(name, slots, gradient, factor, inputs, options.muon.momentum);
      Object.assign(next, { [`model/${name}`]: result.p, [`muon.m/${name}`]: result.m, [`ema/${name}`]: result.ema });
      continue;
    }
    const result = adamw({ p, m: slot("adam.m"), v: slot("adam.v"), ema }, gradient, factor, inputs, options);
    next[`model/${name}`] = result.p;
    next[`adam.m/${name}`] = result.m;
    next[`adam.v/${name}`] = result.v;
    if (result.ema) next[`ema/${name}`] = result.ema;
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
