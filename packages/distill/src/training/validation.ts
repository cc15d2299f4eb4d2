/**
 * @file Loss on held-out documents: the same positions and masks at every call, so that figures can be compared.
 */
import {
  chunkedInputs,
  chunkedLoss,
  type Engine,
  firstBatch,
  headChunkFor,
  type ModelConfig,
  modelParameters,
  nextBatch,
  nllLoss,
  type Program,
  randomStream,
  specsOf,
  specsOfTensors,
  type TensorMap,
  wholeLoss,
} from "@sdtt/core";
import { allShares, maskBatch, plainMasking } from "./masking.js";
import { type DataOptions, nelboBatch, nextTokenBatch, rowsOfParts } from "./pretrainTask.js";
import type { Part } from "./train.js";

const validationSeed = 20241021;

/**
 * A function from weights to nats per token: NELBO for a denoiser, next-token NLL otherwise.
 *
 * Every batch masks with low-discrepancy times under a fixed seed of its own, whatever the run's seed.
 */
export function validator(engine: Engine, model: ModelConfig, data: DataOptions, maskId: number, batches: number) {
  const { sequences, length, shard } = data;
  const rows = Math.floor(shard.count / length);
  const count = Math.max(1, Math.min(batches, Math.floor(rows / sequences)));
  const programs = new Map<number, Program>();
  const partsOf = (i: number, x0: Int32Array): Part[] => {
    if (model.kind === "gpt2" || model.causal) return rowsOfParts(data).map((part) => nextTokenBatch(x0, part));
    const random = randomStream(validationSeed, "validation", i);
    const drawn = maskBatch(random, x0, length, maskId, plainMasking, allShares);
    return rowsOfParts(data).map((part) => nelboBatch(drawn, maskId, part));
  };
  const lossOf = async ({ inputs, capacity }: Part, weights: TensorMap): Promise<number> => {
    const chunk = headChunkFor(model.vocabSize, capacity);
    const given = chunk < capacity ? chunkedInputs(inputs, head.perRow, capacity, chunk) : inputs;
    const program = programs.get(capacity) ?? (await compiled(capacity, chunk, given, weights));
    return Number((await program.run(given)).loss?.data[0]);
  };
  const head = nllLoss({ ...model, dropout: 0 } as ModelConfig);
  const compiled = async (capacity: number, chunk: number, inputs: TensorMap, weights: TensorMap) => {
    const loss = chunk < capacity ? chunkedLoss(head, capacity, chunk) : wholeLoss(head);
    const signature = { name: "validation", inputs: specsOfTensors(inputs), state: specsOf(modelParameters(model)) };
    const fn = (named: Parameters<typeof loss>[0]) => ({ loss: loss(named, named) });
    const shareStateOf = programs.values().next().value;
    const program = await engine.compile(fn, signature, { shareStateOf });
    if (!shareStateOf) program.load(weights, { adopt: true });
    programs.set(capacity, program);
    return program;
  };
  return async (weights: TensorMap): Promise<number> => {
    programs.values().next().value?.load(weights, { adopt: true });
    let cursor = firstBatch;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const next = nextBatch(shard, cursor, { batch: sequences, length, seed: validationSeed });
      cursor = next.cursor;
      for (const part of partsOf(i, next.x0)) sum += await lossOf(part, weights);
    }
    return sum / count;
  };
}
