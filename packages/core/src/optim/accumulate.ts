/**
 * @file An update in microbatches: gradients are added up in the program's state, then one step is taken.
 *
 * A loss is a sum over the whole batch's positions, so the sum of the microbatches' gradients is the batch's gradient.
 * Both programs write state in place: at 169M parameters a second copy would be another 3 GB.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorFunction } from "../engine/engine.js";
import { type Specs, scalar, type TensorMap } from "../tensor.js";
import type { AdamWOptions } from "./adamw.js";
import { type GradientsFunction, groupOf, steppedState, updateStateSpecs } from "./update.js";

/** The state of `updateStateSpecs`, and one accumulator a parameter: `gradient/…`. */
export function accumulatedStateSpecs(parameters: Specs): Specs {
  const accumulators = Object.entries(parameters).map(([name, spec]) => [`gradient/${name}`, spec]);
  return { ...updateStateSpecs(parameters), ...Object.fromEntries(accumulators) };
}

export const carrySpecs: Specs = { carry: { shape: [], dtype: "float32" } };

/** Whether a microbatch's gradients are added to those before it, or replace them: the first one of an update. */
export const carryOf = (first: boolean): TensorMap => ({ carry: scalar(first ? 0 : 1) });

/** gradient ← carry · gradient + ∂ loss. Outputs: `loss`, and the next accumulators. */
export function accumulateFunction(gradientsAt: GradientsFunction): TensorFunction {
  return (inputs) => {
    const { loss, gradients } = gradientsAt(groupOf("model", inputs), inputs);
    const next = Object.entries(gradients).map(([name, gradient]) => {
      const sum = inputs[`gradient/${name}`] as tf.Tensor;
      return [`gradient/${name}`, tf.add(tf.mul(sum, inputs.carry as tf.Tensor), gradient)];
    });
    return { loss, ...Object.fromEntries(next) };
  };
}

/** The step that the accumulated gradients ask for. Outputs: `gradNorm` (before clipping), and the next state. */
export function applyFunction(options: AdamWOptions): TensorFunction {
  return (inputs) => steppedState(inputs, groupOf("gradient", inputs), options);
}
