/**
 * @file What the noise of rows adds to their embeddings: computed once a row, and kept while there is room.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { float32, int32, type Tensor, type TensorMap } from "../../base/tensor.js";
import type { Engine, Program } from "../../engine/contract.js";
import type { DitConfig, NoiseInput } from "../../model/dit/config.js";
import { noiseWeight, toldAt } from "../../model/dit/noise.js";
import { noiseKey, noiseOfRow, type RowNames } from "../noise.js";

/** Values that are kept at most: 256 MiB. */
const mostKept = 2 ** 26;

export class ToldRows {
  readonly #programs = new Map<number, Promise<Program>>();
  /** By key, the least recently drawn first. Shapes   [L, D] each */
  readonly #known = new Map<string, Float32Array>();
  #kept = 0;

  constructor(
    readonly engine: Engine,
    readonly model: DitConfig & { readonly noise: NoiseInput },
    readonly weights: TensorMap,
  ) {}

  /**
   * What is added at the masked positions of xt; zero at the others.
   *
   * Shapes   xt [rows · L] → [total, D], of which rows · L are filled
   */
  async of(xt: Int32Array, names: RowNames, maskId: number, total: number): Promise<Float32Array> {
    const { width } = this.model;
    const length = xt.length / names.rows.length;
    const all = new Float32Array(total * width);
    for (let i = 0; i < names.rows.length; i++) {
      const own = await this.#row(names, i, length);
      for (let j = 0; j < length; j++) {
        if (xt[i * length + j] !== maskId) continue;
        all.set(own.subarray(j * width, (j + 1) * width), (i * length + j) * width);
      }
    }
    return all;
  }

  async #row(names: RowNames, i: number, length: number): Promise<Float32Array> {
    const key = noiseKey(this.model.noise, names, i);
    const name = JSON.stringify([...key, length]);
    const found = this.#known.get(name) ?? (await this.#computed(key, length));
    if (!this.#known.has(name)) this.#keep(name, found);
    return found;
  }

  #keep(name: string, row: Float32Array): void {
    this.#known.set(name, row);
    this.#kept += row.length;
    for (const [oldest, values] of this.#known) {
      if (this.#kept <= mostKept || oldest === name) break;
      this.#known.delete(oldest);
      this.#kept -= values.length;
    }
  }

  async #computed(key: (string | number)[], length: number): Promise<Float32Array> {
    const { noise } = this.model;
    const values = float32([length, noise.size], noiseOfRow(noise, key, length));
    const program = this.#programs.get(length) ?? this.#compiled(length, values);
    this.#programs.set(length, program);
    const positions = int32(
      [length],
      Int32Array.from({ length }, (_, j) => j),
    );
    return (await (await program).run({ noise: values, positions })).told?.data as Float32Array;
  }

  async #compiled(length: number, { shape, dtype }: Tensor): Promise<Program> {
    const own = this.weights[noiseWeight] as Tensor;
    const inputs = { noise: { shape, dtype }, positions: { shape: [length], dtype: "int32" as const } };
    const state = { [noiseWeight]: { shape: own.shape, dtype: own.dtype } };
    const compute = ({ noise, positions, ...params }: Record<string, tf.Tensor>) => {
      return { told: toldAt(params, noise as tf.Tensor, positions as tf.Tensor, length) };
    };
    const program = await this.engine.compile(compute, { name: `told[${length}]`, inputs, state });
    program.load({ [noiseWeight]: own }, { adopt: true });
    return program;
  }

  dispose(): void {
    for (const program of this.#programs.values()) void program.then((one) => one.dispose());
    this.#programs.clear();
    this.#known.clear();
    this.#kept = 0;
  }
}
