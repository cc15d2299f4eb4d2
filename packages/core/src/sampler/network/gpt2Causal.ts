/**
 * @file A causal network of GPT-2's shape where samplers and objectives ask one: an imported GPT-2 weighs and verifies as an AR baseline does.
 *
 * It has no mask token, and its vocabulary is one smaller than that of a denoiser of its tokenizer: its answers have the mask's logit, which
 * never counts, beside. Masks in its rows stand to the right of all that is asked, where it does not look. It has no cache of keys and values: a
 * sampler that decodes token by token (`seeded`) reads the row again for each.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { reusedMemory } from "../../base/memory.js";
import { int32, specsOfTensors, type TensorMap, type TensorsByName } from "../../base/tensor.js";
import type { Engine, Program } from "../../engine/contract.js";
import { logitsAt } from "../../model/logits.js";
import { type ModelConfig, modelParameters } from "../../model/presets.js";
import { specsOf } from "../../nn/params.js";
import { padPositions } from "../../optim/capacity.js";
import { type Network, positionBucket, rowBucket } from "./denoiser.js";

type Gpt2 = Extract<ModelConfig, { kind: "gpt2" }>;

/** Logits that are computed at once: 64 MiB. */
const mostLogits = 2 ** 24;

/** Opens it, with the vocabulary of a denoiser of its tokenizer: its own and the mask. */
export function openGpt2Causal(engine: Engine, model: Gpt2, weights: TensorMap): Network {
  const [own, vocabSize] = [model.vocabSize, model.vocabSize + 1];
  const programs = new Map<string, Promise<Program>>();
  const memory = reusedMemory();
  let owner: Promise<Program> | undefined;
  const compiled = async (name: string, inputs: TensorMap): Promise<Program> => {
    const compute = ({ ids, positions, ...params }: TensorsByName) => {
      return { logits: logitsAt(params, model, ids as tf.Tensor, positions as tf.Tensor) };
    };
    const signature = { name, inputs: specsOfTensors(inputs), state: specsOf(modelParameters(model)) };
    const shareStateOf = await owner;
    const program = await engine.compile(compute, signature, { shareStateOf });
    if (!shareStateOf) program.load(weights, { adopt: true });
    return program;
  };
  const programOf = (name: string, inputs: TensorMap): Promise<Program> => {
    const program = programs.get(name) ?? compiled(name, inputs);
    programs.set(name, program);
    owner ??= program;
    return program;
  };
  /** Shapes   → [positions.length · own] */
  const evaluated = async (xt: Int32Array, rows: number, positions: readonly number[]): Promise<Float32Array> => {
    const length = xt.length / rows;
    const total = rowBucket(rows) * length;
    const ids = new Int32Array(total);
    ids.set(xt.map((id) => (id < own ? id : 0)));
    const count = positionBucket(positions.length, total);
    const inputs = {
      ids: int32([total / length, length], ids),
      positions: int32([count], padPositions(positions, count, total)),
    };
    const program = await programOf(`gpt2[${total / length}×${length}→${count}]`, inputs);
    return (await program.run(inputs)).logits?.data as Float32Array;
  };
  return {
    ...{ vocabSize, maskId: vocabSize - 1, length: model.length },
    async logits(xt, rows, positions) {
      const all = memory(positions.length * vocabSize);
      const atOnce = Math.max(1, Math.floor(mostLogits / own));
      for (let first = 0; first < positions.length; first += atOnce) {
        const asked = positions.slice(first, first + atOnce);
        const found = await evaluated(xt, rows, asked);
        asked.forEach((_, k) => {
          const at = (first + k) * vocabSize;
          all.set(found.subarray(k * own, (k + 1) * own), at);
          all[at + own] = Number.NEGATIVE_INFINITY;
        });
      }
      return all;
    },
    dispose() {
      for (const program of programs.values()) void program.then((one) => one.dispose());
      programs.clear();
      owner = undefined;
    },
  };
}
