/**
 * @file Loss on held-out documents: the same positions and masks at every call, so that figures can be compared.
 */
import { randomStream, specsOfTensors, type TensorMap } from "@sdtt/core/base";
import { nllLoss, sampleTimes, uniformCounts } from "@sdtt/core/diffusion";
import type { Engine, Program } from "@sdtt/core/engine";
import { isCausal, type ModelConfig, modelParameters, type TensorsByName } from "@sdtt/core/model";
import { specsOf } from "@sdtt/core/nn";
import { chunkedInputs, chunkedLoss, headChunkFor, wholeLoss } from "@sdtt/core/optim";
import { firstBatch, nextBatch } from "@sdtt/core/text";
import { maskBatch, withCounts } from "./masking.js";
import { type DataOptions, nelboBatch, nextTokenBatch, rowsOfParts } from "./pretrainTask.js";
import type { Part, Validation } from "./task.js";

const validationSeed = 20241021;

export const validationNames = ["nelbo@1", "nelbo@2", "next-token-nll@1"] as const;
/**
 * `nelbo@1`            times stratified over each batch, weight 1/t
 * `nelbo@2`            the number of masked tokens uniform on 1 … L, stratified over all rows, the mean over them: the same
 *                      bound, with 0.6 of the noise that the choice of masks brings
 * `next-token-nll@1`   of each token but the first of a row
 */
export type ValidationName = (typeof validationNames)[number];

/** What a checkpoint says that its validation is; runs of before there was a second definition say nothing. */
export const recordedValidation = (name: string | undefined): ValidationName =>
  validationNames.find((known) => known === name) ?? "nelbo@1";

/** The definition that a new run of a model gets. */
export const validationOf = (model: ModelConfig): ValidationName => (isCausal(model) ? "next-token-nll@1" : "nelbo@2");

/** Batch i of `batches` as masked under a seed of its own, whatever the run's seed. */
function maskedBatch(name: ValidationName, x0: Int32Array, length: number, maskId: number, i: number, batches: number) {
  const random = randomStream(validationSeed, name === "nelbo@1" ? "validation" : name, i);
  if (name === "nelbo@1") return maskBatch(random, x0, length, maskId);
  const rows = x0.length / length;
  const all = sampleTimes(randomStream(validationSeed, name), rows * batches, 0);
  // Every batch has few and many: row b is in stratum b · batches + i.
  const own = Array.from({ length: rows }, (_, row) => all[row * batches + i] as number);
  return withCounts(random, x0, length, maskId, uniformCounts(own, 1, length));
}

/** The same positions and masks at every call. */
export function validator(
  engine: Engine,
  model: ModelConfig,
  data: DataOptions,
  maskId: number,
  { batches, definition = validationOf(model) }: { readonly batches: number; readonly definition?: ValidationName },
): Validation {
  const { sequences, length, shard } = data;
  const rows = Math.floor(shard.count / length);
  const count = Math.max(1, Math.min(batches, Math.floor(rows / sequences)));
  const programs = new Map<number, Program>();
  const partsOf = (i: number, x0: Int32Array): Part[] => {
    if (definition === "next-token-nll@1") return rowsOfParts(data).map((part) => nextTokenBatch(x0, part));
    const drawn = maskedBatch(definition, x0, length, maskId, i, count);
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
    const lossAt = chunk < capacity ? chunkedLoss(head, capacity, chunk) : wholeLoss(head);
    const signature = { name: "validation", inputs: specsOfTensors(inputs), state: specsOf(modelParameters(model)) };
    const fn = (named: TensorsByName) => ({ loss: lossAt(named, named) });
    const shareStateOf = programs.values().next().value;
    const program = await engine.compile(fn, signature, { shareStateOf });
    if (!shareStateOf) program.load(weights, { adopt: true });
    programs.set(capacity, program);
    return program;
  };
  const loss = async (weights: TensorMap): Promise<number> => {
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
  return { definition, loss };
}
