/**
 * @file Coupled draws on a puzzle: the student sees, at each masked cell, the noise that its token was drawn with.
 *
 * An exact autoregressive model turns even noise into a row: cell i takes the token in whose part of [0, 1) u_i lies, given the
 * cells before it. Read backwards, a row has as its noise u_i even in that part, and u is even over all rows. A student that is
 * told which of B parts of [0, 1) each u_i lies in can know the whole row before it draws any of it, so that cells which are drawn
 * together agree. The same idea with Gumbel noise is arXiv 2603.22216; inverse CDF needs one number a cell, and here B = 12 parts
 * keep what thirds and quarters say. Told by ids of its own in the place of the mask, so that the network stays as it is.
 */
import { float32, int32, type RandomStream, randomStream, type Tensor, type TensorMap } from "@sdtt/core/base";
import { maskedPositions, nllLoss, unmaskProbability } from "@sdtt/core/diffusion";
import type { ModelConfig } from "@sdtt/core/model";
import { capacityFor, padPositions } from "@sdtt/core/optim";
import type { Denoiser } from "@sdtt/core/sampler";
import { noisedBatches } from "@sdtt/distill/method";
import type { DataOptions, Task } from "@sdtt/distill/training";
import { posterior, rowKey, type World } from "../world.js";

/** p(x_i = v | x_<i) of the world's law, remembered. */
export function arOf(world: World): (row: ArrayLike<number>, i: number) => Float64Array {
  const known = new Map<string, Float64Array>();
  return (row, i) => {
    const xt = Uint8Array.from({ length: world.length }, (_, j) => (j < i ? (row[j] as number) : world.tokens));
    const key = rowKey(xt.subarray(0, i));
    const found = known.get(key) ?? posterior(world, xt).slice(i * world.tokens, (i + 1) * world.tokens);
    known.set(key, found);
    return found;
  };
}

type Conditionals = ReturnType<typeof arOf>;

/** Noise that a row is drawn with, one number a cell: even in the part of [0, 1) that the cell's token has. */
export function noiseOf(ar: Conditionals, row: ArrayLike<number>, random: RandomStream): Float64Array {
  return Float64Array.from({ length: row.length }, (_, i) => {
    const p = ar(row, i);
    const below = p.subarray(0, row[i]).reduce((sum, x) => sum + x, 0);
    return Math.min(below + random.uniform() * (p[row[i] as number] as number), 1 - 2 ** -53);
  });
}

/** The row that noise is drawn to. Holds   `rowOfNoise(noiseOf(row))` is the row */
export function rowOfNoise(ar: Conditionals, noise: Float64Array): Uint8Array {
  const row = new Uint8Array(noise.length);
  for (let i = 0; i < row.length; i++) {
    const p = ar(row, i);
    let left = noise[i] as number;
    let v = 0;
    while (v < p.length - 1 && left >= (p[v] as number)) left -= p[v++] as number;
    row[i] = v;
  }
  return row;
}

/** `xt` with the id of its noise's part in the place of each mask. */
function told(xt: Int32Array, noise: Float64Array, { tokens }: World, bins: number): Int32Array {
  return xt.map((id, i) => (id < tokens ? id : tokens + Math.floor((noise[i] as number) * bins)));
}

/** Cross-entropy at masked cells, their noise told; the mean over the batch's masked tokens. */
export function couplingTask(world: World, model: ModelConfig, data: DataOptions, bins: number, round: number): Task {
  const { sequences, length, seed } = data;
  const ar = arOf(world);
  const batch = noisedBatches(model, data, round, async ({ n, rows, x0, xt, masked }) => {
    const positions = maskedPositions(xt, model.vocabSize - 1);
    const noise = new Float64Array(xt.length);
    for (let row = 0; row < rows.to - rows.from; row++) {
      const random = randomStream(seed, "round", round, n, "noise", rows.from + row);
      noise.set(noiseOf(ar, x0.subarray(row * length, (row + 1) * length), random), row * length);
    }
    const capacity = capacityFor(positions.length, xt.length);
    const targets = new Int32Array(capacity);
    positions.forEach((position, i) => {
      targets[i] = x0[position] as number;
    });
    const inputs = {
      ids: int32([rows.to - rows.from, length], told(xt, noise, world, bins)),
      positions: int32([capacity], padPositions(positions, capacity, xt.length)),
      targets: int32([capacity], targets),
      weights: float32([capacity], new Float32Array(capacity).fill(1 / masked, 0, positions.length)),
    };
    return { inputs, capacity };
  });
  return { label: `round ${round}`, model, tokensPerUpdate: sequences * length, loss: nllLoss(model), batch };
}

/** A teacher's weights in which each id of noise stands where the mask does, and a little apart from it. */
export function withNoiseIds(weights: TensorMap, { tokens }: World, bins: number): TensorMap {
  const name = "vocab_embed.embedding";
  const table = weights[name] as Tensor;
  const width = table.shape[1] as number;
  const data = (table.data as Float32Array).slice();
  const mask = data.subarray((tokens + bins) * width, (tokens + bins + 1) * width);
  for (let bin = 0; bin < bins; bin++) {
    const at = (tokens + bin) * width;
    for (let d = 0; d < width; d++) data[at + d] = (data[at + d] as number) + (mask[d] as number);
  }
  return { ...weights, [name]: { ...table, data } };
}

/** Rows drawn in K ancestral steps, each with noise of its own that stays. */
export async function drawCoupled(
  denoiser: Denoiser,
  world: World,
  bins: number,
  numSteps: number,
  { samples, seed }: { readonly samples: number; readonly seed: number },
): Promise<Uint8Array[]> {
  const { length, tokens } = world;
  const V = denoiser.vocabSize;
  const streams = Array.from({ length: samples }, (_, row) => randomStream(seed, "coupled", numSteps, row));
  const noise = Float64Array.from(streams.flatMap((random) => [...random.uniforms(length)]));
  const xt = new Int32Array(samples * length).fill(denoiser.maskId);
  for (let step = 1; step <= numSteps; step++) {
    const reveal = unmaskProbability((numSteps - step) / numSteps, (numSteps - step + 1) / numSteps);
    const chosen = maskedPositions(xt, denoiser.maskId).filter((position) => {
      return reveal === 1 || (streams[Math.floor(position / length)] as RandomStream).uniform() < reveal;
    });
    const logits = await denoiser.logits(told(xt, noise, world, bins), samples, chosen);
    chosen.forEach((position, n) => {
      const random = streams[Math.floor(position / length)] as RandomStream;
      xt[position] = drawn(logits.subarray(n * V, n * V + tokens), random.uniform());
    });
  }
  return Array.from({ length: samples }, (_, row) => Uint8Array.from(xt.subarray(row * length, (row + 1) * length)));
}

/** A token by inverse CDF in float64. */
function drawn(logits: Float32Array, u: number): number {
  const most = Math.max(...logits);
  const p = Array.from(logits, (logit) => Math.exp(logit - most));
  let left = u * p.reduce((sum, x) => sum + x, 0);
  let v = 0;
  while (v < p.length - 1 && left >= (p[v] as number)) left -= p[v++] as number;
  return v;
}
