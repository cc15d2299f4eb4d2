/**
 * @file The losses of round 0: the NELBO of a masked-diffusion denoiser, and next-token likelihood.
 */
import {
  type BatchCursor,
  capacityFor,
  float32,
  int32,
  type ModelConfig,
  maskedPositions,
  maskTokens,
  nextBatch,
  padPositions,
  randomStream,
  type Shard,
  type Specs,
  sampleTimes,
  type TensorMap,
  weightedNll,
} from "@sdtt/core";
import type { Batch, Task } from "./trainer.js";

export interface DataOptions {
  readonly shard: Shard;
  readonly sequences: number;
  readonly length: number;
  readonly seed: number;
}

/** Smallest time that is drawn: 1e-3, as MDLM. */
export const minTime = 1e-3;

/** Masked shares are drawn from this range in the first `updates`, from [1e-3, 1] after them. */
export interface EasyStart {
  readonly updates: number;
  readonly from: number;
  readonly to: number;
}

const int = (shape: readonly number[]) => ({ shape, dtype: "int32" as const });
export const rowSpecs = (sequences: number, length: number, capacity: number): Specs => ({
  ids: int([sequences, length]),
  positions: int([capacity]),
  targets: int([capacity]),
  weights: { shape: [capacity], dtype: "float32" },
});

/** Ids, chosen positions padded to `capacity`, what stands there, and a weight that is 0 for padding. */
function rowInputs(
  ids: Int32Array,
  shape: readonly [number, number],
  chosen: readonly number[],
  at: { target(position: number): number; weight(position: number): number },
): { inputs: TensorMap; capacity: number } {
  const capacity = capacityFor(chosen.length, ids.length);
  const positions = padPositions(chosen, capacity, ids.length);
  const targets = new Int32Array(capacity);
  const weights = new Float32Array(capacity);
  chosen.forEach((position, i) => {
    targets[i] = at.target(position);
    weights[i] = at.weight(position);
  });
  const inputs = {
    ids: int32(shape, ids),
    positions: int32([capacity], positions),
    targets: int32([capacity], targets),
    weights: float32([capacity], weights),
  };
  return { inputs, capacity };
}

/**
 * −log p(x0 | xt) / t on masked positions, averaged over ALL tokens: nats per token.
 *
 * Source   arXiv 2406.07524 eq. 10 with the log-linear schedule, where α'/(1 − α) = −1/t
 */
export function nelboBatch(
  x0: Int32Array,
  t: Float64Array,
  xt: Int32Array,
  maskId: number,
): { inputs: TensorMap; capacity: number } {
  const length = x0.length / t.length;
  return rowInputs(xt, [t.length, length], maskedPositions(xt, maskId), {
    target: (position) => x0[position] as number,
    weight: (position) => 1 / ((t[Math.floor(position / length)] as number) * x0.length),
  });
}

/** Next-token targets at all positions but the last of each row. */
export function nextTokenBatch(x0: Int32Array, sequences: number): { inputs: TensorMap; capacity: number } {
  const length = x0.length / sequences;
  const chosen = Array.from(x0.keys()).filter((position) => (position + 1) % length !== 0);
  return rowInputs(x0, [sequences, length], chosen, {
    target: (position) => x0[position + 1] as number,
    weight: () => 1 / chosen.length,
  });
}

/** Which activations dropout keeps: [2·blocks, B·L, D] as bytes, 16 random bits a value. */
export function dropoutMask(model: ModelConfig, tokens: number, seed: number, ...key: (string | number)[]): TensorMap {
  const rate = model.kind === "dit" ? model.dropout : 0;
  if (rate === 0) return {};
  const shape = [2 * model.blocks, tokens, model.width];
  const draws = new Uint16Array(
    randomStream(seed, "dropout", ...key).bytes(4 * model.blocks * tokens * model.width).buffer,
  );
  const threshold = Math.round(rate * 65536);
  const data = new Uint8Array(draws.length);
  for (let i = 0; i < draws.length; i++) data[i] = Number((draws[i] as number) >= threshold);
  return { kept: { shape, dtype: "bool", data } };
}

export function dropoutSpecs(model: ModelConfig, tokens: number): Specs {
  if (model.kind !== "dit" || model.dropout === 0) return {};
  return { kept: { shape: [2 * model.blocks, tokens, model.width], dtype: "bool" } };
}

/** Round 0's task for any architecture. */
export function pretrainTask(
  model: ModelConfig,
  data: DataOptions,
  maskId: number,
  easy: EasyStart,
): Omit<Task, "validate"> {
  const { sequences, length, seed } = data;
  const tokens = sequences * length;
  const denoiser = model.kind === "dit" && !model.causal;
  const noised = (n: number, x0: Int32Array) => {
    const random = randomStream(seed, "noise", n);
    const [from, to] = n <= easy.updates ? [easy.from, easy.to] : [minTime, 1];
    const t = sampleTimes(random, sequences, from, to);
    return nelboBatch(x0, t, maskTokens(random, x0, t, maskId), maskId);
  };
  return {
    label: "pretrain",
    model,
    tokensPerUpdate: tokens,
    inputSpecs: (capacity) => ({ ...rowSpecs(sequences, length, capacity), ...dropoutSpecs(model, tokens) }),
    loss: weightedNll(model),
    async batch(n: number, cursor: BatchCursor): Promise<Batch> {
      const next = nextBatch(data.shard, cursor, { batch: sequences, length, seed });
      const made = denoiser ? noised(n, next.x0) : nextTokenBatch(next.x0, sequences);
      const inputs = { ...made.inputs, ...dropoutMask(model, tokens, seed, n) };
      return { inputs, capacity: made.capacity, cursor: next.cursor };
    },
  };
}
