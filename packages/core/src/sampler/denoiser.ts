/**
 * @file The network of one checkpoint, ready to be asked for logits at chosen positions.
 *
 * Shapes are static in a compiled program, so rows and positions are padded to a few bucket sizes; a program is
 * compiled when its bucket is first needed, and all of them share the weights. A DiT's constant conditioning is folded
 * into them once, before the first.
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { Engine, Program, TensorFunction } from "../engine/engine.js";
import { userError } from "../errors.js";
import { type DitConfig, ditParameters, foldConditioning, foldedHead, foldedTrunk } from "../model/dit.js";
import { rowsOf } from "../model/layers/embedding.js";
import { specsOf } from "../model/params.js";
import type { ModelConfig } from "../model/presets.js";
import { padPositions } from "../model/rows.js";
import { int32, specsOfTensors, type Tensor, type TensorMap } from "../tensor.js";

export interface Denoiser {
  /** V, the mask token included. */
  readonly vocabSize: number;
  readonly maskId: number;
  readonly length: number;
  /**
   * Raw logits at `positions` of `rows` sequences.
   *
   * Shapes   xt [rows · L] · positions: indices into it, none twice → [positions.length · V]
   */
  logits(xt: Int32Array, rows: number, positions: readonly number[]): Promise<Float32Array>;
  dispose(): void;
}

const rowBuckets = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64];
const shares = [1 / 64, 1 / 16, 1 / 4, 1 / 2, 1];

/** Smallest bucket that holds `rows`; beyond the largest, the number itself. */
const rowBucket = (rows: number): number => rowBuckets.find((size) => size >= rows) ?? rows;

function positionBucket(count: number, total: number): number {
  return shares.map((share) => Math.ceil(share * total)).find((size) => size >= count) ?? total;
}

const int = (shape: readonly number[]) => ({ shape, dtype: "int32" as const });

async function foldWeights(engine: Engine, model: DitConfig, weights: TensorMap): Promise<TensorMap> {
  const state = specsOf(ditParameters(model));
  const fold: TensorFunction = (params) => ({ ...foldConditioning(params, model.blocks) });
  const program = await engine.compile(fold, { name: "fold", inputs: {}, state });
  program.load(weights);
  const folded = await program.run({});
  program.dispose();
  return folded;
}

class CompiledDenoiser implements Denoiser {
  readonly #programs = new Map<string, Program>();
  #folded: Promise<TensorMap> | undefined;
  readonly vocabSize: number;
  readonly maskId: number;
  readonly length: number;

  constructor(
    readonly engine: Engine,
    readonly model: DitConfig,
    readonly weights: TensorMap,
  ) {
    this.vocabSize = model.vocabSize;
    this.maskId = model.vocabSize - 1;
    this.length = model.length;
  }

  async logits(xt: Int32Array, rows: number, positions: readonly number[]): Promise<Float32Array> {
    if (positions.length === 0) return new Float32Array(0);
    const length = xt.length / rows;
    const paddedRows = rowBucket(rows);
    const total = paddedRows * length;
    const count = positionBucket(positions.length, total);
    const program = await this.#program(paddedRows, length, count);
    const ids = new Int32Array(total).fill(this.maskId);
    ids.set(xt);
    const { logits } = await program.run({
      ids: int32([paddedRows, length], ids),
      positions: int32([count], padPositions(positions, count, total)),
    });
    return ((logits as Tensor).data as Float32Array).subarray(0, positions.length * this.vocabSize);
  }

  async #program(rows: number, length: number, count: number): Promise<Program> {
    const key = `${rows}×${length}→${count}`;
    const known = this.#programs.get(key);
    if (known) return known;
    this.#folded ??= foldWeights(this.engine, this.model, this.weights);
    const folded = await this.#folded;
    const signature = {
      name: `denoiser[${key}]`,
      inputs: { ids: int([rows, length]), positions: int([count]) },
      state: specsOfTensors(folded),
    };
    const shareStateOf = this.#programs.values().next().value;
    const fn: TensorFunction = ({ ids, positions, ...named }) => {
      const h = rowsOf(foldedTrunk(named, this.model, ids as tf.Tensor), positions as tf.Tensor);
      return { logits: foldedHead(named, h) };
    };
    const program = await this.engine.compile(fn, signature, { shareStateOf });
    if (!shareStateOf) program.load(folded);
    this.#programs.set(key, program);
    return program;
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#programs.clear();
  }
}

/**
 * A denoiser with dropout off, whatever it was trained with; a causal one predicts the next token at each position.
 *
 * Throws   UserError when the weights are not a DiT's
 */
export function openDenoiser(engine: Engine, model: ModelConfig, weights: TensorMap): Denoiser {
  if (model.kind !== "dit")
    throw userError("sampler", "the model must be a dit", model.kind, "Give a denoiser's checkpoint.");
  return new CompiledDenoiser(engine, model, weights);
}
