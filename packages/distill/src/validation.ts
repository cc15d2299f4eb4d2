/**
 * @file Loss on held-out documents: the same positions and masks at every call, so that figures can be compared.
 */
import {
  type Engine,
  firstBatch,
  type ModelConfig,
  maskTokens,
  modelParameters,
  nextBatch,
  type Program,
  randomStream,
  sampleTimes,
  specsOf,
  specsOfTensors,
  type TensorMap,
  weightedNll,
} from "@sdtt/core";
import { type DataOptions, minTime, nelboBatch, nextTokenBatch } from "./objectives.js";

const validationSeed = 20241021;

/**
 * A function from weights to nats per token: NELBO for a denoiser, next-token NLL otherwise.
 *
 * Every batch masks with low-discrepancy times under a fixed seed of its own, whatever the run's seed.
 */
export function validator(engine: Engine, model: ModelConfig, data: DataOptions, maskId: number, batches: number) {
  const evaluated = { ...model, dropout: 0 } as ModelConfig;
  const { sequences, length, shard } = data;
  const rows = Math.floor(shard.count / length);
  const count = Math.max(1, Math.min(batches, Math.floor(rows / sequences)));
  const programs = new Map<number, Program>();
  const batchAt = (i: number, x0: Int32Array) => {
    if (model.kind === "gpt2" || model.causal) return nextTokenBatch(x0, sequences);
    const random = randomStream(validationSeed, "validation", i);
    const t = sampleTimes(random, sequences, minTime);
    return nelboBatch(x0, t, maskTokens(random, x0, t, maskId), maskId);
  };
  const programFor = async (capacity: number, inputs: TensorMap, weights: TensorMap) => {
    const known = programs.get(capacity);
    if (known) return known;
    const loss = weightedNll(evaluated);
    const signature = { name: "validation", inputs: specsOfTensors(inputs), state: specsOf(modelParameters(model)) };
    const fn = (named: Parameters<typeof loss>[0]) => ({ loss: loss(named, named) });
    const shareStateOf = programs.values().next().value;
    const program = await engine.compile(fn, signature, { shareStateOf });
    if (!shareStateOf) program.load(weights);
    programs.set(capacity, program);
    return program;
  };
  return async (weights: TensorMap): Promise<number> => {
    programs.values().next().value?.load(weights);
    let cursor = firstBatch;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const next = nextBatch(shard, cursor, { batch: sequences, length, seed: validationSeed });
      cursor = next.cursor;
      const { inputs, capacity } = batchAt(i, next.x0);
      const program = await programFor(capacity, inputs, weights);
      sum += Number((await program.run(inputs)).loss?.data[0]);
    }
    return sum / count;
  };
}
