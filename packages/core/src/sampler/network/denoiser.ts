/**
 * @file The network of one checkpoint, ready to be asked for logits at chosen positions.
 *
 * Shapes are static in a compiled program, so rows and positions are padded to a few bucket sizes; a program is
 * compiled when its bucket is first needed, and all of them share the folded weights. Equal rows are evaluated once. Where
 * the logits are many, trunk and head are programs of their own and the head does a chunk at a time.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { userError } from "../../base/errors.js";
import { reusedMemory } from "../../base/memory.js";
import { float32, int32, type Tensor, type TensorMap, type TensorsByName } from "../../base/tensor.js";
import type { Engine, Program } from "../../engine/contract.js";
import { foldedHead, foldedTrunk } from "../../model/dit/trunk.js";
import { hiddenAt, logitsOf } from "../../model/logits.js";
import type { ModelConfig } from "../../model/presets.js";
import { padPositions } from "../../optim/capacity.js";
import { headChunkFor } from "../../optim/headLoss.js";
import type { RowNames } from "../noise.js";
import { FoldedPrograms } from "./foldedPrograms.js";
import { sameRows, spreadRows } from "./sameRows.js";
import { ToldRows } from "./toldRows.js";

export interface Denoiser {
  /** V, the mask token included. */
  readonly vocabSize: number;
  readonly maskId: number;
  readonly length: number;
  /**
   * Raw logits at `positions` of `rows` sequences, until it is asked again: the array is used for the next answer.
   *
   * Shapes   xt [rows · L] · positions: indices into it, none twice → [positions.length · V]
   *
   * @param names which rows these are, for a network that is told their noise; left out, it is told nothing
   */
  logits(xt: Int32Array, rows: number, positions: readonly number[], names?: RowNames): Promise<Float32Array>;
  dispose(): void;
}

const rowBuckets = [1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64];
const shares = [1 / 64, 1 / 16, 1 / 4, 1 / 2, 5 / 8, 1];

/** Smallest bucket that holds `rows`; beyond the largest, the number itself. */
export const rowBucket = (rows: number): number => rowBuckets.find((size) => size >= rows) ?? rows;

/** Never one alone: a product of one row is added up in another order than each row of a product of many. */
export function positionBucket(count: number, total: number): number {
  return shares.map((share) => Math.max(2, Math.ceil(share * total))).find((size) => size >= count) ?? total;
}

class CompiledDenoiser implements Denoiser {
  readonly #programs: FoldedPrograms;
  readonly #told: ToldRows | undefined;
  readonly #answerMemory = reusedMemory();
  readonly #spreadMemory = reusedMemory();
  readonly #hiddenMemory = reusedMemory();
  readonly vocabSize: number;
  readonly maskId: number;
  readonly length: number;

  constructor(
    engine: Engine,
    readonly model: Exclude<ModelConfig, { kind: "gpt2" }>,
    weights: TensorMap,
  ) {
    this.#programs = new FoldedPrograms(engine, model, weights);
    const noise = model.kind === "dit" ? model.noise : undefined;
    if (model.kind === "dit" && noise) this.#told = new ToldRows(engine, { ...model, noise }, weights);
    this.vocabSize = model.vocabSize;
    this.maskId = model.vocabSize - 1;
    this.length = model.length;
  }

  async logits(xt: Int32Array, rows: number, positions: readonly number[], names?: RowNames): Promise<Float32Array> {
    if (positions.length === 0) return new Float32Array(0);
    if (this.#told && names) return this.#evaluated(xt, rows, positions, names);
    const same = sameRows(xt, rows, positions);
    if (!same) return this.#evaluated(xt, rows, positions);
    const all = this.#spreadMemory(positions.length * this.vocabSize);
    return spreadRows(await this.#evaluated(same.xt, same.rows, same.positions), this.vocabSize, same.answers, all);
  }

  async #evaluated(
    xt: Int32Array,
    rows: number,
    positions: readonly number[],
    names?: RowNames,
  ): Promise<Float32Array> {
    const length = xt.length / rows;
    const paddedRows = rowBucket(rows);
    const total = paddedRows * length;
    const count = positionBucket(positions.length, total);
    const ids = new Int32Array(total).fill(this.maskId);
    ids.set(xt);
    const inputs = {
      ids: int32([paddedRows, length], ids),
      positions: int32([count], padPositions(positions, count, total)),
      ...(names && this.#told && { told: await this.#toldIn(this.#told, xt, names, total) }),
    };
    const chunk = headChunkFor(this.vocabSize, count);
    if (chunk < count) return this.#inChunks(inputs, positions.length, chunk);
    const program = await this.#program(inputs, "logits", (named) => this.#head(named, this.#hidden(named)));
    const logits = this.#answerMemory(count * this.vocabSize);
    await program.run(inputs, { logits });
    return logits.subarray(0, positions.length * this.vocabSize);
  }

  /** The trunk once, then the head on `chunk` rows at a time, as long as there are rows that were asked for. */
  async #inChunks(inputs: TensorMap, asked: number, chunk: number): Promise<Float32Array> {
    const { width } = this.model;
    const trunk = await this.#program(inputs, "hidden", (named) => this.#hidden(named));
    const hidden = this.#hiddenMemory((inputs.positions as Tensor).data.length * width);
    await trunk.run(inputs, { hidden });
    const head = await this.#program({ rows: float32([chunk, width]) }, "logits", (named) =>
      this.#head(named, named.rows as tf.Tensor),
    );
    const all = this.#answerMemory(Math.ceil(asked / chunk) * chunk * this.vocabSize);
    for (let first = 0; first < asked; first += chunk) {
      const rows = new Float32Array(chunk * width);
      rows.set(hidden.subarray(first * width, (first + chunk) * width));
      const logits = all.subarray(first * this.vocabSize, (first + chunk) * this.vocabSize);
      await head.run({ rows: float32([chunk, width], rows) }, { logits });
    }
    return all.subarray(0, asked * this.vocabSize);
  }

  async #toldIn(told: ToldRows, xt: Int32Array, names: RowNames, total: number): Promise<Tensor> {
    return float32([total, this.model.width], await told.of(xt, names, this.maskId, total));
  }

  #hidden({ ids, positions, told, ...named }: TensorsByName): tf.Tensor {
    const [model, at] = [this.model, positions as tf.Tensor];
    if (model.kind === "own") return hiddenAt(named, model, ids as tf.Tensor, at);
    return foldedTrunk(named, model, ids as tf.Tensor, { at, told });
  }

  #head(named: TensorsByName, hidden: tf.Tensor): tf.Tensor {
    return this.model.kind === "own" ? logitsOf(named, this.model, hidden) : foldedHead(named, hidden);
  }

  #program(inputs: TensorMap, output: string, compute: (named: TensorsByName) => tf.Tensor): Promise<Program> {
    const shapes = Object.values(inputs).map(({ shape }) => shape.join("×"));
    const name = `denoiser[${shapes.join("→")} ${output}]`;
    return this.#programs.of(name, inputs, (named) => ({ [output]: compute(named) }));
  }

  dispose(): void {
    this.#programs.clear();
    this.#told?.dispose();
  }
}

/**
 * A denoiser with dropout off, whatever it was trained with; a causal one predicts the next token at each position.
 *
 * Throws   UserError where the weights are GPT-2's
 */
export function openDenoiser(engine: Engine, model: ModelConfig, weights: TensorMap): Denoiser {
  if (model.kind === "gpt2")
    throw userError("sampler", "the model must be a denoiser", model.kind, "Give a denoiser's checkpoint.");
  return new CompiledDenoiser(engine, model, weights);
}
