/**
 * @file The network that is being trained as a denoiser, without dropout: for objectives whose rows the student itself writes.
 *
 * It reads the state that updates write, so that nothing is copied; a run that goes on has that state, and so the same rows.
 */
import { int32, type Tensor, type TensorMap } from "@sdtt/core/base";
import type { TensorFunction } from "@sdtt/core/engine";
import { logitsAt, type ModelConfig } from "@sdtt/core/model";
import { capacityFor, groupOf, padPositions } from "@sdtt/core/optim";
import type { Denoiser } from "@sdtt/core/sampler";
import type * as tf from "@tensorflow/tfjs-core";

/** Runs a program of that name on the state of training. */
type Run = (name: string, inputs: TensorMap, compute: TensorFunction) => Promise<TensorMap>;

export interface LiveStudent extends Denoiser {
  /**
   * Runs a function of `inputs` and of all that learns, as it is before this update: `model/…`, and of a critic `model/critic.…`.
   *
   * @param name tells the shapes of the inputs
   */
  readonly run: Run;
}

export function liveStudent(modelOf: () => ModelConfig, run: Run): LiveStudent {
  return {
    run,
    get vocabSize() {
      return modelOf().vocabSize;
    },
    get maskId() {
      return modelOf().vocabSize - 1;
    },
    get length() {
      return modelOf().length;
    },
    async logits(xt, rows, positions) {
      if (positions.length === 0) return new Float32Array(0);
      const model = modelOf();
      const capacity = Math.max(2, capacityFor(positions.length, xt.length));
      const inputs = {
        ids: int32([rows, xt.length / rows], xt),
        positions: int32([capacity], padPositions(positions, capacity, xt.length)),
      };
      const compute: TensorFunction = ({ ids, positions: at, ...state }) => ({
        logits: logitsAt(groupOf("model", state), model, ids as tf.Tensor, at as tf.Tensor),
      });
      const { logits } = await run(`student[${rows}×${xt.length / rows}→${capacity}]`, inputs, compute);
      return ((logits as Tensor).data as Float32Array).subarray(0, positions.length * model.vocabSize);
    },
    dispose() {},
  };
}
