/**
 * @file The programs of one checkpoint: compiled when they are first asked for, all on one set of folded weights.
 *
 * A DiT's constant conditioning is folded into the weights once, before the first program; what folding leaves as it is
 * stays the caller's array, so that a model is in memory about once. An architecture of one's own has nothing to fold.
 */

import { specsOfTensors, type Tensor, type TensorMap } from "../../base/tensor.js";
import type { Engine, Program, TensorFunction } from "../../engine/contract.js";
import type { OwnConfig } from "../../model/architecture.js";
import { type DitConfig, storedBlocks } from "../../model/dit/config.js";
import { ditParameters } from "../../model/dit/dit.js";
import { foldChanged, keptByFolding } from "../../model/dit/fold.js";
import { selfWeight, toldWeightNames } from "../../model/dit/noise.js";
import { specsOf } from "../../nn/params.js";

async function foldWeights(engine: Engine, model: DitConfig | OwnConfig, weights: TensorMap): Promise<TensorMap> {
  if ("architecture" in model) return weights;
  const kept = keptByFolding(storedBlocks(model));
  const untouched = new Set([...Object.values(kept), ...toldWeightNames]);
  const changed = <T>(named: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(named).filter(([name]) => !untouched.has(name)));
  const fold: TensorFunction = (params) => foldChanged(params, storedBlocks(model));
  const signature = { name: "fold", inputs: {}, state: changed(specsOf(ditParameters(model))) };
  const program = await engine.compile(fold, signature);
  program.load(changed(weights), { adopt: true });
  const folded = await program.run({});
  program.dispose();
  const same = Object.entries(kept).map(([name, own]) => [name, weights[own] as Tensor]);
  const told = weights[selfWeight] && { [selfWeight]: weights[selfWeight] };
  return { ...Object.fromEntries(same), ...folded, ...told };
}

export class FoldedPrograms {
  readonly #programs = new Map<string, Program>();
  #folded: Promise<TensorMap> | undefined;

  constructor(
    readonly engine: Engine,
    readonly model: DitConfig | OwnConfig,
    readonly weights: TensorMap,
  ) {}

  /**
   * The program of that name, which tells its inputs' shapes.
   *
   * @param cache state beside the weights, written in place; the same for all programs until `clear`
   */
  async of(name: string, inputs: TensorMap, fn: TensorFunction, cache?: TensorMap): Promise<Program> {
    const known = this.#programs.get(name);
    if (known) return known;
    this.#folded ??= foldWeights(this.engine, this.model, this.weights);
    const folded = await this.#folded;
    const signature = { name, inputs: specsOfTensors(inputs), state: specsOfTensors({ ...folded, ...cache }) };
    const shareStateOf = this.#programs.values().next().value;
    const program = await this.engine.compile(fn, signature, { shareStateOf, inPlace: cache !== undefined });
    if (!shareStateOf) {
      program.load(folded, { adopt: true });
      if (cache) program.load(cache);
    }
    this.#programs.set(name, program);
    return program;
  }

  /** Lets go of the programs; the folded weights stay. */
  clear(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#programs.clear();
  }
}
