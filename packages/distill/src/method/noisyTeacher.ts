/**
 * @file A teacher with dropout, asked for its own prediction: what the null control needs to tell where dropout acts.
 *
 * It goes through the student's own network, not through folded weights, and takes its mask from whoever asks. So it is for whoever must not
 * see differences of rounding alone: distribution matching asks it without dropout.
 */
import { int32, specsOfTensors, type TensorMap } from "@sdtt/core/base";
import type { Engine, Program } from "@sdtt/core/engine";
import { logitsAt, type ModelConfig, modelParameters, type TensorsByName } from "@sdtt/core/model";
import { specsOf } from "@sdtt/core/nn";
import { capacityFor, padPositions } from "@sdtt/core/optim";
import type * as tf from "@tensorflow/tfjs-core";

export interface NoisyTeacher {
  /**
   * Logits at positions, and what padding adds.
   *
   * Shapes   xt [B·L] · dropout: `kept` or nothing → [capacity · V]
   */
  predict(xt: Int32Array, positions: readonly number[], dropout: TensorMap): Promise<Float32Array>;
  dispose(): void;
}

/** Opens a teacher whose dropout has the rate of `model`. */
export function openNoisyTeacher(engine: Engine, model: ModelConfig, weights: TensorMap): NoisyTeacher {
  const programs = new Map<string, Promise<Program>>();
  const compute = ({ ids, positions, kept, ...params }: TensorsByName) => {
    return { logits: logitsAt(params, model, ids as tf.Tensor, positions as tf.Tensor, kept && { kept }) };
  };
  let owner: Promise<Program> | undefined;
  const compiled = async (name: string, inputs: TensorMap): Promise<Program> => {
    const signature = { name, inputs: specsOfTensors(inputs), state: specsOf(modelParameters(model)) };
    const shareStateOf = await owner;
    const program = await engine.compile(compute, signature, { shareStateOf });
    if (!shareStateOf) program.load(weights);
    return program;
  };
  return {
    async predict(xt, positions, dropout) {
      const { length } = model;
      const capacity = capacityFor(positions.length, xt.length);
      const inputs = {
        ids: int32([xt.length / length, length], xt),
        positions: int32([capacity], padPositions(positions, capacity, xt.length)),
        ...dropout,
      };
      const name = `noisy teacher[${xt.length / length}→${capacity}${dropout.kept ? ", dropout" : ""}]`;
      const program = programs.get(name) ?? compiled(name, inputs);
      programs.set(name, program);
      owner ??= program;
      return (await (await program).run(inputs)).logits?.data as Float32Array;
    },
    dispose() {
      for (const program of programs.values()) void program.then((one) => one.dispose());
    },
  };
}
