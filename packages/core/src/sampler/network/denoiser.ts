/**
 * @file The network of one checkpoint, ready to be asked for logits at chosen positions.
 *
 * Shapes are static in a compiled program, so rows and positions are padded to a few bucket sizes; a program is
 * compiled when its bucket is first needed, and all of them share the folded weights. Equal rows are evaluated once. Where
 * the logits are many, trunk and head are programs of their own and the head does a chunk at a time.
 */
import * as tf from "@tensorflow/tfjs-core";
import { userError } from "../../base/errors.js";
import { reusedMemory } from "../../base/memory.js";
import { float32, int32, type Tensor, type TensorMap, type TensorsByName } from "../../base/tensor.js";
import { maskedPositions } from "../../diffusion/forward.js";
import type { Engine, Program } from "../../engine/contract.js";
import { copyOf } from "../../model/dit/decoders.js";
import { foldedHead, foldedTrunk } from "../../model/dit/trunk.js";
import { hiddenAt, logitsOf } from "../../model/logits.js";
import { isSelfConditioned, type ModelConfig } from "../../model/presets.js";
import { padPositions } from "../../optim/capacity.js";
import { headChunkFor } from "../../optim/headLoss.js";
import type { RowNames } from "../noise.js";
import { FoldedPrograms } from "./foldedPrograms.js";
import { inPlaces, LastSaid, saidAgain, type Told, toAnswer, toldInPlaces } from "./lastSaid.js";
import { sameRows, spreadRows } from "./sameRows.js";
import { ToldRows } from "./toldRows.js";

/** Any network that is asked for logits at positions; a causal one says there what the next token is. */
export interface Network {
  /** V, the mask token included. */
  readonly vocabSize: number;
  readonly maskId: number;
  readonly length: number;
  /**
   * Raw logits at `positions` of `rows` sequences, until it is asked again: the array is used for the next answer.
   *
   * Shapes   xt [rows · L] · positions: indices into it, none twice → [positions.length · V]
   *
   * @param names which rows these are, for a network that is told their noise, or what it said of them; left out, it is told nothing
   */
  logits(xt: Int32Array, rows: number, positions: readonly number[], names?: RowNames): Promise<Float32Array>;
  dispose(): void;
}

/** A network that says what a masked position holds. */
export type Denoiser = Network;

/** Logits, and what the head made them from. */
export interface StatesAnswer {
  /** [N · V] */
  readonly logits: Float32Array;
  /** [N · D] */
  readonly states: Float32Array;
}

/** A denoiser that also gives the trunk's states, for who looks for text that it had states like these for. */
export interface StateDenoiser extends Denoiser {
  /** D */
  readonly width: number;
  /** Both at `positions`, untold, until it is asked again. */
  statesAt(xt: Int32Array, rows: number, positions: readonly number[]): Promise<StatesAnswer>;
}

const rowBuckets = [1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64];
const shares = [1 / 64, 1 / 16, 1 / 4, 1 / 2, 5 / 8, 1];

/** Smallest bucket that holds `rows`; beyond the largest, the number itself. */
export const rowBucket = (rows: number): number => rowBuckets.find((size) => size >= rows) ?? rows;

/** Never one alone: a product of one row is added up in another order than each row of a product of many. */
export function positionBucket(count: number, total: number): number {
  return shares.map((share) => Math.max(2, Math.ceil(share * total))).find((size) => size >= count) ?? total;
}

/** What the embeddings of `total` positions are told. [total · D] */
type Telling = (total: number) => Promise<Float32Array> | Float32Array;

/** What else is wanted of a position, D numbers: what a self-conditioned network is told of it next, or its state. */
type Beside = "said" | "states";

/** Of each position: its logits, and what is wanted beside. */
type Answers = {
  readonly logits: Float32Array;
  readonly beside: Float32Array;
};

interface Wanted {
  readonly telling?: Telling;
  readonly beside?: Beside;
  /** Positions, from the first on, whose logits are wanted; left out: all. */
  readonly logitsFor?: number;
}

class CompiledDenoiser implements StateDenoiser {
  readonly #programs: FoldedPrograms;
  readonly #told: ToldRows | undefined;
  readonly #lastSaid: LastSaid | undefined;
  readonly #answerMemory = reusedMemory();
  readonly #spreadMemory = reusedMemory();
  readonly #hiddenMemory = reusedMemory();
  readonly #besideMemory = reusedMemory();
  readonly #spareMemory = reusedMemory();
  readonly vocabSize: number;
  readonly maskId: number;
  readonly length: number;
  readonly width: number;

  constructor(
    engine: Engine,
    readonly model: Exclude<ModelConfig, { kind: "gpt2" }>,
    weights: TensorMap,
  ) {
    this.#programs = new FoldedPrograms(engine, model, weights);
    const noise = model.kind === "dit" ? model.noise : undefined;
    if (model.kind === "dit" && noise) this.#told = new ToldRows(engine, { ...model, noise }, weights);
    if (isSelfConditioned(model)) this.#lastSaid = new LastSaid();
    this.vocabSize = model.vocabSize;
    this.maskId = model.vocabSize - 1;
    this.length = model.length;
    this.width = model.width;
  }

  async logits(xt: Int32Array, rows: number, positions: readonly number[], names?: RowNames): Promise<Float32Array> {
    if (positions.length === 0) return new Float32Array(0);
    const said = names && this.#lastSaid?.of(names);
    if (said) return this.#selfConditioned(xt, names, positions, said);
    const noise = names && this.#told;
    if (noise) {
      const telling: Telling = (total) => noise.of(xt, names, this.maskId, total);
      return (await this.#evaluated(xt, rows, positions, { telling })).logits;
    }
    const same = sameRows(xt, rows, positions);
    if (!same) return (await this.#evaluated(xt, rows, positions)).logits;
    const { logits } = await this.#evaluated(same.xt, same.rows, same.positions);
    return this.#spread(logits, same.answers);
  }

  async statesAt(xt: Int32Array, rows: number, positions: readonly number[]): Promise<StatesAnswer> {
    if (positions.length === 0) return { logits: new Float32Array(0), states: new Float32Array(0) };
    const { logits, beside } = await this.#evaluated(xt, rows, positions, { beside: "states" });
    return { logits, states: beside };
  }

  /** Told what it said of each row last, and asked about all that is masked, so that it can be told that next. */
  async #selfConditioned(xt: Int32Array, { rows: named }: RowNames, positions: readonly number[], last: Told) {
    const told = named.map((row) => last.get(row));
    const all = toAnswer(xt, this.maskId, positions);
    const every = { xt, rows: named.length, positions: all, answers: [...all.keys()], rowOf: [...named.keys()] };
    const { rowOf, answers, ...asked } = sameRows(xt, named.length, all, told) ?? every;
    const before = Array.from({ length: asked.rows }, (_, k) => told[rowOf.indexOf(k)]);
    const { width } = this;
    const telling: Telling = (total) => toldInPlaces(asked.xt, this.maskId, before, [total, width]);
    // Logits are kept of what is asked about alone: of all that is masked they may be gigabytes.
    const own = answers.slice(0, positions.length);
    const logitsFor = own.reduce((most, index) => Math.max(most, index + 1), 0);
    const wanted = { telling, beside: "said", logitsFor } as const;
    const { logits, beside } = await this.#evaluated(asked.xt, asked.rows, asked.positions, wanted);
    const next = inPlaces(beside, asked.positions, asked.rows, [xt.length / named.length, width]);
    named.forEach((row, i) => {
      last.set(row, next[rowOf[i] as number] as Float32Array);
    });
    return this.#spread(logits, own);
  }

  #spread(logits: Float32Array, answers: readonly number[]): Float32Array {
    return spreadRows(logits, this.vocabSize, answers, this.#spreadMemory(answers.length * this.vocabSize));
  }

  async #evaluated(xt: Int32Array, rows: number, positions: readonly number[], wanted: Wanted = {}): Promise<Answers> {
    const { telling, beside } = wanted;
    const length = xt.length / rows;
    const paddedRows = rowBucket(rows);
    const total = paddedRows * length;
    const count = positionBucket(positions.length, total);
    const ids = new Int32Array(total).fill(this.maskId);
    ids.set(xt);
    const inputs = {
      ids: int32([paddedRows, length], ids),
      positions: int32([count], padPositions(positions, count, total)),
      ...(telling && { told: float32([total, this.width], await telling(total)) }),
    };
    const copy = this.#sharedCopy(xt, rows);
    const hidden = (named: TensorsByName) => this.#hidden(named, copy);
    const through = copy === undefined ? "" : `, copy ${copy}`;
    const chunk = headChunkFor(this.vocabSize, count);
    if (chunk < count) {
      const trunk = await this.#program(inputs, `hidden${through}`, (named) => ({ hidden: hidden(named) }));
      return this.#inChunks(trunk, inputs, chunk, positions.length, wanted);
    }
    const answers = this.#room(count, beside && count);
    const program = await this.#program(inputs, `${beside ?? "logits"}${through}`, (named) =>
      this.#answers(named, hidden(named), beside),
    );
    await program.run(inputs, answers);
    return this.#cut(answers, positions.length);
  }

  /** The trunk once, then the head on `chunk` rows at a time, as long as there are rows that were asked for. */
  async #inChunks(
    trunk: Program,
    inputs: TensorMap,
    chunk: number,
    asked: number,
    { beside, logitsFor = asked }: Wanted,
  ): Promise<Answers> {
    const { width } = this;
    const hidden = this.#hiddenMemory((inputs.positions as Tensor).data.length * width);
    await trunk.run(inputs, { hidden });
    const head = await this.#program({ rows: float32([chunk, width]) }, beside ?? "logits", (named) =>
      this.#answers(named, named.rows as tf.Tensor, beside),
    );
    const rounded = (count: number) => Math.ceil(count / chunk) * chunk;
    const all = this.#room(rounded(logitsFor), beside && rounded(asked));
    for (let first = 0; first < asked; first += chunk) {
      const rows = new Float32Array(chunk * width);
      rows.set(hidden.subarray(first * width, (first + chunk) * width));
      const own = this.#cut(all, chunk, first);
      const logits = first < logitsFor ? own.logits : this.#spareMemory(chunk * this.vocabSize);
      await head.run({ rows: float32([chunk, width], rows) }, { ...own, logits });
    }
    return this.#cut(all, asked);
  }

  /** Room for the logits of `count` positions, and for what is wanted beside of `more`. */
  #room(count: number, more = 0): Answers {
    return { logits: this.#answerMemory(count * this.vocabSize), beside: this.#besideMemory(more * this.width) };
  }

  /** Answers for `count` positions from `first` on. */
  #cut({ logits, beside }: Answers, count: number, first = 0): Answers {
    const of = (all: Float32Array, size: number) => all.subarray(first * size, (first + count) * size);
    return { logits: of(logits, this.vocabSize), beside: of(beside, this.width) };
  }

  /** The copy of the last block that all rows go through, where it is one: then the others are not computed. */
  #sharedCopy(xt: Int32Array, rows: number): number | undefined {
    const { model } = this;
    if (model.kind !== "dit" || !model.decoders) return undefined;
    const { decoders } = model;
    const length = xt.length / rows;
    const masksOf = (row: number) => maskedPositions(xt.subarray(row * length, (row + 1) * length), this.maskId).length;
    const copies = new Set(Array.from({ length: rows }, (_, row) => copyOf(masksOf(row), length, decoders)));
    return copies.size === 1 ? [...copies][0] : undefined;
  }

  #hidden({ ids, positions, told, ...named }: TensorsByName, copy: number | undefined): tf.Tensor {
    const [model, at] = [this.model, positions as tf.Tensor];
    if (model.kind === "own") return hiddenAt(named, model, ids as tf.Tensor, at);
    return foldedTrunk(named, model, ids as tf.Tensor, { at, told, copy });
  }

  #answers(named: TensorsByName, hidden: tf.Tensor, beside?: Beside): Record<string, tf.Tensor> {
    const logits = this.model.kind === "own" ? logitsOf(named, this.model, hidden) : foldedHead(named, hidden);
    if (!beside) return { logits };
    return { logits, beside: beside === "said" ? saidAgain(named, logits) : tf.add(hidden, 0) };
  }

  #program(inputs: TensorMap, output: string, compute: (named: TensorsByName) => Record<string, tf.Tensor>) {
    const shapes = Object.values(inputs).map(({ shape }) => shape.join("×"));
    return this.#programs.of(`denoiser[${shapes.join("→")} ${output}]`, inputs, compute);
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
export function openDenoiser(engine: Engine, model: ModelConfig, weights: TensorMap): StateDenoiser {
  if (model.kind === "gpt2")
    throw userError("sampler", "the model must be a denoiser", model.kind, "Give a denoiser's checkpoint.");
  return new CompiledDenoiser(engine, model, weights);
}
