/**
 * @file An update in two programs: gradients into the program's state, then the step that they ask for.
 *
 * A loss is a sum over the whole batch's positions, so the sum of the microbatches' gradients is the batch's gradient.
 * Both programs write state in place: at 169M parameters a second copy would be another 3 GB.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Specs } from "../base/tensor.js";
import type { TensorFunction } from "../engine/contract.js";
import type { AdamWOptions } from "./adamw.js";
import { type GradientsFunction, groupOf, steppedState, updateStateSpecs } from "./update.js";

/** The state of `updateStateSpecs`, and the gradient of each parameter: `gradient/…`. */
export function trainingStateSpecs(parameters: Specs, options: Pick<AdamWOptions, "muon"> = {}): Specs {
  const gradients = Object.entries(parameters).map(([name, spec]) => [`gradient/${name}`, spec]);
  return { ...updateStateSpecs(parameters, options), ...Object.fromEntries(gradients) };
}

/** gradient ← ∂ loss, or gradient + ∂ loss where it is `added`. Outputs: `loss`, and the next gradients. */
export function gradientFunction(gradientsAt: GradientsFunction, added: boolean): TensorFunction {
  return (inputs) => {
    const { loss, gradients } = gradientsAt(groupOf("model", inputs), inputs);
    const next = Object.entries(gradients).map(([name, gradient]) => {
      const before = inputs[`gradient/${name}`] as tf.Tensor;
      return [`gradient/${name}`, added ? tf.add(before, gradient) : gradient];
    });
    return { loss, ...Object.fromEntries(next) };
  };
}

/** The step that the gradients ask for. Outputs: `gradNorm` (before clipping), and the next state. */
export function stepFunction(options: AdamWOptions): TensorFunction {
  return (inputs) => steppedState(inputs, groupOf("gradient", inputs), options);
}
