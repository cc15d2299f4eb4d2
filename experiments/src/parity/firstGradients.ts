/** @file Gradients of a loss at given weights, and the likelihood of each token, as tensors of their own. */
import { int32, type Specs, type TensorMap } from "@sdtt/core/base";
import { maskedPositions, withoutMask } from "@sdtt/core/diffusion";
import type { Engine } from "@sdtt/core/engine";
import { logitsAt, type TensorsByName } from "@sdtt/core/model";
import { nll } from "@sdtt/core/nn";
import { grouped, groupOf, lossAndGradients } from "@sdtt/core/optim";
import type * as tf from "@tensorflow/tfjs-core";
import type { Context } from "./context.js";

/** ∂ loss / ∂ each parameter, before clipping. */
export async function firstGradients(
  engine: Engine,
  loss: (params: TensorsByName, inputs: TensorsByName) => tf.Scalar,
  weights: TensorMap,
  specs: Specs,
  inputs: TensorMap,
): Promise<TensorMap> {
  const state = grouped("model", weights);
  const fn = (given: Record<string, tf.Tensor>) =>
    lossAndGradients(groupOf("model", given), (params) => loss(params, given)).gradients;
  const program = await engine.compile(fn, { name: "gradients", inputs: specs, state });
  program.load(state);
  const gradients = await program.run(inputs);
  program.dispose();
  return gradients;
}

/** −ln p(x0 | xt) at masked positions, 0 elsewhere. Shapes   x0 [B·L] · xt [B, L] → [B·L] */
export async function tokenNlls(
  { engine, model }: Context,
  weights: TensorMap,
  x0: Int32Array,
  xt: readonly (readonly number[])[],
): Promise<Float64Array> {
  const ids = Int32Array.from(xt.flat());
  const masked = maskedPositions(ids, model.vocabSize - 1);
  const spread = new Float64Array(ids.length);
  if (masked.length === 0) return spread;
  const inputs = {
    ids: int32([xt.length, ids.length / xt.length], ids),
    positions: int32([masked.length], masked),
    targets: int32(
      [masked.length],
      masked.map((i) => x0[i] as number),
    ),
  };
  const fn = ({ ids: rows, positions, targets, ...params }: Record<string, tf.Tensor>) => {
    const logits = logitsAt(params, model, rows as tf.Tensor, positions as tf.Tensor);
    return { nll: nll(withoutMask(logits), targets as tf.Tensor) };
  };
  const program = await engine.compile(fn, { name: "nll", inputs, state: weights });
  program.load(weights);
  const found = (await program.run(inputs)).nll?.data as Float32Array;
  program.dispose();
  masked.forEach((position, i) => {
    spread[position] = found[i] as number;
  });
  return spread;
}
