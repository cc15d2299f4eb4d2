/**
 * @file The network of one checkpoint, ready to be asked for logits at chosen positions.
 *
 * Shapes are static in a compiled program, so rows and positions are padded to a few bucket sizes; a program is
 * compiled when its bucket is first needed, and all of them share the weights.
 */
import type { Engine, Program } from "../engine/engine.js";
import { logitsAt } from "../model/logits.js";
import { modelParameters, type ModelConfig } from "../model/presets.js";
import { padPositions } from "../model/rows.js";
import { specsOf } from "../model/params.js";
import { int32, type Tensor, type TensorMap } from "../tensor.js";

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

class CompiledDenoiser implements Denoiser {
  readonly #programs = new Map<string, Program>();
  readonly vocabSize: number;
  readonly maskId: number;
  readonly length: number;

  constructor(
    readonly engine: Engine,
    readonly model: ModelConfig,
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
    const signature = {
      name: `denoiser[${key}]`,
      inputs: {
        ids: { shape: [rows, length], dtype: "int32" },
        positions: { shape: [count], dtype: "int32" },
      },
      state: specsOf(modelParameters(this.model)),
    } as const;
    const shareStateOf = this.#programs.values().next().value;
    const program = await this.engine.compile(
      ({ ids, positions, ...params }) => ({
        logits: logitsAt(params, this.model, ids as NonNullable<typeof ids>, positions as NonNullable<typeof ids>),
      }),
      signature,
      { shareStateOf },
    );
    if (!shareStateOf) program.load(this.weights);
    this.#programs.set(key, program);
    return program;
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#programs.clear();
  }
}

/** A denoiser with dropout off, whatever it was trained with. */
export function openDenoiser(engine: Engine, model: ModelConfig, weights: TensorMap): Denoiser {
  return new CompiledDenoiser(engine, model, weights);
}
