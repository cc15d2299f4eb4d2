/**
 * @file Runs the updates of a task: as one program where a batch fits into memory at once, else in microbatches.
 *
 * One program a capacity and all of them on one state. A batch in one part is forward, backward, clip, AdamW and EMA in
 * one graph; a batch in several adds their gradients up and then takes the step.
 */
import {
  type AdamWOptions,
  accumulatedStateSpecs,
  accumulateFunction,
  adamwScalarSpecs,
  applyFunction,
  carryOf,
  carrySpecs,
  chunkedGradients,
  chunkedInputs,
  chunkedSpecs,
  type Engine,
  type GradientsFunction,
  gradientsOf,
  grouped,
  headChunkFor,
  modelParameters,
  type Program,
  type Specs,
  specsOf,
  type TensorFunction,
  type TensorMap,
  updateStateSpecs,
  updateWith,
  wholeLoss,
  zerosLike,
} from "@sdtt/core";
import type { Part, Task } from "./trainer.js";

export interface UpdateOutcome {
  readonly loss: number;
  readonly gradNorm: number;
}

const numberOf = (outputs: TensorMap, name: string): number => Number(outputs[name]?.data[0]);

export class Updater {
  readonly #programs = new Map<string, Program>();
  readonly #parameters: Specs;
  #initial: TensorMap | undefined;
  #owner: Program | undefined;

  constructor(
    readonly engine: Engine,
    readonly task: Task,
    readonly adamw: AdamWOptions,
    initial: TensorMap,
  ) {
    this.#parameters = specsOf(modelParameters(task.model));
    this.#initial = initial;
  }

  /** One update from the parts of one batch; `onPart` hears of each that is done, counting from 1. */
  async update(
    parts: readonly (() => Promise<Part>)[],
    scalars: TensorMap,
    onPart: (part: number) => void = () => {},
  ): Promise<UpdateOutcome> {
    const [only, ...others] = parts;
    if (only && others.length === 0) {
      const part = await only();
      const program = await this.#wholeProgram(part.capacity);
      const outputs = await program.run({ ...this.#inputsOf(part), ...scalars });
      return { loss: numberOf(outputs, "loss"), gradNorm: numberOf(outputs, "gradNorm") };
    }
    let loss = 0;
    for (const [i, make] of parts.entries()) {
      const part = await make();
      const program = await this.#partProgram(part.capacity);
      loss += numberOf(await program.run({ ...this.#inputsOf(part), ...carryOf(i === 0) }), "loss");
      onPart(i + 1);
    }
    const outputs = await (await this.#applyProgram()).run(scalars);
    return { loss, gradNorm: numberOf(outputs, "gradNorm") };
  }

  #chunk(capacity: number): number {
    return Math.min(capacity, this.task.headChunk ?? headChunkFor(this.task.model.vocabSize, capacity));
  }

  #inputsOf({ inputs, capacity }: Part): TensorMap {
    const chunk = this.#chunk(capacity);
    return chunk < capacity ? chunkedInputs(inputs, this.task.loss.perRow, capacity, chunk) : inputs;
  }

  #specsOf(capacity: number): Specs {
    const specs = this.task.inputSpecs(capacity);
    const chunk = this.#chunk(capacity);
    return chunk < capacity ? chunkedSpecs(specs, this.task.loss.perRow, capacity, chunk) : specs;
  }

  #gradientsFor(capacity: number): GradientsFunction {
    const { loss } = this.task;
    const chunk = this.#chunk(capacity);
    return chunk < capacity ? chunkedGradients(loss, capacity, chunk) : gradientsOf(wholeLoss(loss));
  }

  #wholeProgram(capacity: number): Promise<Program> {
    const name = `${this.task.label}[${capacity}]`;
    const state = updateStateSpecs(this.#parameters);
    const make = () => updateWith(this.#gradientsFor(capacity), this.adamw);
    return this.#program(name, () => ({ ...this.#specsOf(capacity), ...adamwScalarSpecs }), state, make, false);
  }

  #partProgram(capacity: number): Promise<Program> {
    const name = `${this.task.label}, part[${capacity}]`;
    const state = accumulatedStateSpecs(this.#parameters);
    const make = () => accumulateFunction(this.#gradientsFor(capacity));
    return this.#program(name, () => ({ ...this.#specsOf(capacity), ...carrySpecs }), state, make, true);
  }

  #applyProgram(): Promise<Program> {
    const state = accumulatedStateSpecs(this.#parameters);
    const make = () => applyFunction(this.adamw);
    return this.#program(`${this.task.label}, step`, () => adamwScalarSpecs, state, make, true);
  }

  async #program(
    name: string,
    inputs: () => Specs,
    state: Specs,
    make: () => TensorFunction,
    inPlace: boolean,
  ): Promise<Program> {
    const known = this.#programs.get(name);
    if (known) return known;
    const signature = { name, inputs: inputs(), state };
    const program = await this.engine.compile(make(), signature, { shareStateOf: this.#owner, inPlace });
    this.#programs.set(name, program);
    if (!this.#owner) {
      this.#owner = program;
      program.load(this.#initial as TensorMap);
      if (inPlace) program.load(grouped("gradient", zerosLike(this.#parameters)), { adopt: true });
      this.#initial = undefined;
    }
    return program;
  }

  /** The state that a checkpoint holds. */
  async state(): Promise<TensorMap> {
    return (this.#owner as Program).state(Object.keys(updateStateSpecs(this.#parameters)));
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
  }
}
