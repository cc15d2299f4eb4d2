/**
 * @file A causal checkpoint that is asked for one token after the other, with its keys and values kept between.
 *
 * The caches are state of the compiled programs and are written in place, a column a step; the folded weights are the
 * arrays that folding gave, shared by all programs. One batch at a time: another one starts anew.
 */

import { userError } from "../../base/errors.js";
import { reusedMemory } from "../../base/memory.js";
import { int32, type TensorMap, type TensorsByName } from "../../base/tensor.js";
import type { Engine, Program, TensorFunction } from "../../engine/contract.js";
import type { DitConfig } from "../../model/dit/config.js";
import { decodePrompt, decodeStep, emptyCache, type Segment, segmentsOf } from "../../model/dit/decode.js";
import type { ModelConfig } from "../../model/presets.js";
import { FoldedPrograms } from "./foldedPrograms.js";

export interface Decoder {
  /** V, the mask token included. */
  readonly vocabSize: number;
  /** Most tokens of a row, the prompt included. */
  readonly length: number;
  /**
   * Begins `batch` rows with a prompt of the same length each, whatever was read before.
   *
   * Shapes   prompt [batch · P], P ≥ 1 → logits of the token after it [batch · V], until it is asked again
   */
  begin(prompt: Int32Array, batch: number): Promise<Float32Array>;
  /** One more token of each row. Shapes   ids [batch] → logits of the token after it [batch · V], until it is asked again */
  next(ids: Int32Array): Promise<Float32Array>;
  dispose(): void;
}

/** Throws   UserError where a prompt is not of whole rows, or leaves nothing to draw */
export function promptLength(prompt: Int32Array, batch: number, length: number): number {
  const size = prompt.length / batch;
  if (Number.isInteger(size) && size >= 1 && size < length) return size;
  const rule = `a prompt must be 1 to ${length - 1} tokens in each of ${batch} rows`;
  throw userError("sampler", rule, `${prompt.length} tokens in all`, "Cut it, or give rows of one length.");
}

class CachedDecoder implements Decoder {
  readonly #programs: FoldedPrograms;
  readonly #memory = reusedMemory();
  readonly #segments: readonly Segment[];
  #cache: TensorMap = {};
  #batch = 0;
  #read = 0;
  readonly vocabSize: number;
  readonly length: number;

  constructor(
    engine: Engine,
    readonly model: DitConfig,
    weights: TensorMap,
  ) {
    this.#programs = new FoldedPrograms(engine, model, weights);
    this.vocabSize = model.vocabSize;
    this.length = model.length;
    // The last token of a row is drawn and never read.
    this.#segments = segmentsOf(Math.max(1, model.length - 1));
  }

  async begin(prompt: Int32Array, batch: number): Promise<Float32Array> {
    const size = promptLength(prompt, batch, this.length);
    this.#prepare(batch);
    this.#read = 0;
    if (size === 1) return this.next(prompt);
    const segments = this.#upTo(size - 1);
    const total = (segments.at(-1) as Segment).to;
    const ids = new Int32Array(batch * total);
    for (let row = 0; row < batch; row++) ids.set(prompt.subarray(row * size, (row + 1) * size), row * total);
    const ends = Int32Array.from({ length: batch }, (_, row) => row * total + size - 1);
    const inputs = { ids: int32([batch, total], ids), ends: int32([batch], ends) };
    const program = await this.#program(`prompt[${batch}×${total}]`, inputs, (named) =>
      decodePrompt(named, this.model, segments),
    );
    this.#read = size;
    return this.#logitsOf(program, inputs);
  }

  async next(ids: Int32Array): Promise<Float32Array> {
    const segments = this.#upTo(this.#read);
    const total = segments.at(-1)?.to;
    const inputs = { ids: int32([this.#batch], ids), position: int32([1], [this.#read]) };
    const program = await this.#program(`token[${this.#batch}×${total}]`, inputs, (named) =>
      decodeStep(named, this.model, segments),
    );
    this.#read++;
    return this.#logitsOf(program, inputs);
  }

  async #logitsOf(program: Program, inputs: TensorMap): Promise<Float32Array> {
    const logits = this.#memory(this.#batch * this.vocabSize);
    await program.run(inputs, { logits });
    return logits;
  }

  #upTo(position: number): Segment[] {
    const found = this.#segments.filter(({ from }) => from <= position);
    if (position < (found.at(-1) as Segment).to) return found;
    throw userError("sampler", `a row holds ${this.length} tokens`, position + 2, "Begin another one.");
  }

  /** Caches for `batch` rows: those of another batch, and the programs on them, go. */
  #prepare(batch: number): void {
    if (batch === this.#batch) return;
    this.dispose();
    this.#cache = emptyCache(this.model, batch, this.#segments);
    this.#batch = batch;
  }

  #program(name: string, inputs: TensorMap, fn: (named: TensorsByName) => TensorsByName): Promise<Program> {
    return this.#programs.of(name, inputs, fn as TensorFunction, this.#cache);
  }

  dispose(): void {
    this.#programs.clear();
    this.#cache = {};
    this.#batch = 0;
  }
}

/**
 * A decoder of a causal checkpoint, dropout off.
 *
 * Holds    its logits are those of the network that reads the whole row again
 * Throws   UserError when the model is not a causal one
 */
export function openDecoder(engine: Engine, model: ModelConfig, weights: TensorMap): Decoder {
  if (model.kind !== "dit" || !model.causal) {
    const got = model.kind === "dit" ? "a denoiser" : model.kind;
    throw userError("sampler", "the model must read from left to right", got, "Give an AR checkpoint.");
  }
  return new CachedDecoder(engine, model, weights);
}
