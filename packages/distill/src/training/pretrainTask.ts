/**
 * @file The losses of round 0: the NELBO of a masked-diffusion denoiser, and next-token likelihood.
 */
import { float32, int32, randomStream, type TensorMap, userError } from "@sdtt/core/base";
import { maskedPositions, nllLoss } from "@sdtt/core/diffusion";
import { isCausal, type ModelConfig } from "@sdtt/core/model";
import { capacityFor, padPositions } from "@sdtt/core/optim";
import { type BatchCursor, nextBatch, type Shard } from "@sdtt/core/text";
import { allShares, distinctRows, type Masked, type Masking, maskBatch, plainMasking, type Shares } from "./masking.js";
import type { Batch, Part, Task } from "./task.js";

export interface DataOptions {
  readonly shard: Shard;
  readonly sequences: number;
  readonly length: number;
  readonly seed: number;
  /** Sequences that go through the network together; all of the batch unless given. Changes no draw. */
  readonly microbatch?: number | undefined;
}

/** Rows `from` … `to` − 1 of a batch of `of`. */
export interface Rows {
  readonly from: number;
  readonly to: number;
  readonly of: number;
}

export const allRows = (sequences: number): Rows => ({ from: 0, to: sequences, of: sequences });

/** A batch cut into microbatches. Throws   UserError where they do not come out even: one program serves them all */
export function rowsOfParts({ sequences, microbatch = sequences }: DataOptions): Rows[] {
  checkMicrobatch("data", sequences, microbatch);
  return Array.from({ length: sequences / microbatch }, (_, i) => {
    return { from: i * microbatch, to: (i + 1) * microbatch, of: sequences };
  });
}

export function checkMicrobatch(where: string, sequences: number, microbatch = sequences): void {
  if (sequences % microbatch === 0) return;
  const got = `${microbatch} of ${sequences} (flag --microbatch)`;
  throw userError(where, "a microbatch must divide the sequences of an update", got, "Give a divisor.");
}

/** The masked shares of the first `updates`; all after them. */
export interface EasyStart extends Shares {
  readonly updates: number;
}

/** Ids, chosen positions padded to `capacity`, what stands there, and a weight that is 0 for padding. */
function rowInputs(
  ids: Int32Array,
  shape: readonly [number, number],
  chosen: readonly number[],
  at: { target(position: number): number; weight(position: number): number },
): Part {
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
 * Σ weight · −log p(x0 | xt) over masked positions, with the weights of `masking.ts`.
 *
 * @param rows the rows that are taken, out of all
 */
export function nelboBatch(
  { x0, xt, rowWeights }: Masked,
  maskId: number,
  { from, to }: Rows = allRows(rowWeights.length),
): Part {
  const length = x0.length / rowWeights.length;
  const cut = (ids: Int32Array) => ids.slice(from * length, to * length);
  const [clean, noised] = [cut(x0), cut(xt)];
  return rowInputs(noised, [to - from, length], maskedPositions(noised, maskId), {
    target: (position) => clean[position] as number,
    weight: (position) => rowWeights[from + Math.floor(position / length)] as number,
  });
}

/** Next-token targets at all positions but the last of each row, averaged over those of the batch. */
export function nextTokenBatch(x0: Int32Array, { from, to, of }: Rows): Part {
  const length = x0.length / of;
  const ids = x0.slice(from * length, to * length);
  const chosen = Array.from(ids.keys()).filter((position) => (position + 1) % length !== 0);
  return rowInputs(ids, [to - from, length], chosen, {
    target: (position) => ids[position + 1] as number,
    weight: () => 1 / (of * (length - 1)),
  });
}

/** Values of a mask that are drawn at once, in the cache. */
const maskPiece = 2 ** 15;

/**
 * Which activations dropout keeps in some rows of a batch: [2·blocks, B·L, D] as bytes, 16 random bits a value.
 *
 * Holds    a row's mask does not depend on the microbatch it is in
 */
export function dropoutMask(
  model: ModelConfig,
  length: number,
  { from, to, of }: Rows,
  seed: number,
  ...key: (string | number)[]
): TensorMap {
  const rate = model.kind === "dit" ? model.dropout : 0;
  if (rate === 0) return {};
  const sites = 2 * model.blocks;
  const rowSize = length * model.width;
  const size = (to - from) * rowSize;
  const random = randomStream(seed, "dropout", ...key);
  const threshold = Math.round(rate * 65536);
  const data = new Uint8Array(sites * size);
  for (let site = 0; site < sites; site++) {
    for (let start = 0; start < size; start += maskPiece) {
      const count = Math.min(maskPiece, size - start);
      const bytes = random.bytesAt(2 * ((site * of + from) * rowSize + start), 2 * count);
      const draws = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
      const kept = data.subarray(site * size + start, site * size + start + count);
      for (let i = 0; i < count; i++) kept[i] = (draws[i] as number) >= threshold ? 1 : 0;
    }
  }
  return { kept: { shape: [sites, (to - from) * length, model.width], dtype: "bool", data } };
}

/** How a denoiser's training differs from the plain NELBO from random weights. */
export interface DenoiserTraining {
  readonly easy: EasyStart;
  /** Default: plain. */
  readonly masking?: Masking | undefined;
  /** Updates over which attention opens from left-to-right to all; default: none, it is open. */
  readonly anneal?: number | undefined;
  /** What noise and dropout are drawn by besides seed and update; default: nothing. */
  readonly draws?: readonly (string | number)[] | undefined;
}

/**
 * What positions see while attention opens: earlier ones always, later ones each by a chance of n/updates; one draw for
 * all rows and blocks.
 *
 * Shapes   → look [L, L]: 0 where row i may look at column j, −1e9 where it may not
 * Source   arXiv 2410.17891 §3.2
 */
function annealedLook(seed: number, n: number, updates: number, length: number): TensorMap {
  if (n >= updates) return {};
  const draws = randomStream(seed, "anneal", n).uniforms(length * length);
  const look = Float32Array.from(draws, (draw, i) =>
    i % length <= Math.floor(i / length) || draw < n / updates ? 0 : -1e9,
  );
  return { look: float32([length, length], look) };
}

/** Round 0's task for any architecture. */
export function pretrainTask(
  model: ModelConfig,
  data: DataOptions,
  maskId: number,
  { easy, masking = plainMasking, anneal = 0, draws = [] }: DenoiserTraining,
): Omit<Task, "validation"> {
  const { sequences, length, seed } = data;
  const denoiser = !isCausal(model);
  const noised = (n: number, text: Int32Array) => {
    const shares = n <= easy.updates ? easy : allShares;
    return maskBatch(randomStream(seed, "noise", ...draws, n), text, length, maskId, masking, shares);
  };
  return {
    label: "pretrain",
    model,
    tokensPerUpdate: sequences * length,
    loss: nllLoss(model),
    async batch(n: number, cursor: BatchCursor): Promise<Batch> {
      const next = nextBatch(data.shard, cursor, {
        batch: denoiser ? distinctRows(sequences, masking) : sequences,
        length,
        seed,
      });
      const look = denoiser ? annealedLook(seed, n, anneal, length) : {};
      const drawn = denoiser ? noised(n, next.x0) : undefined;
      const parts = rowsOfParts(data).map((rows) => async () => {
        const made = drawn ? nelboBatch(drawn, maskId, rows) : nextTokenBatch(next.x0, rows);
        return { ...made, inputs: { ...made.inputs, ...look, ...dropoutMask(model, length, rows, seed, ...draws, n) } };
      });
      return { parts, cursor: next.cursor };
    },
  };
}
