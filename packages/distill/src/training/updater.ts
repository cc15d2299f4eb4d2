/**
 * @file Runs the updates of a task: gradients of each microbatch, then the step of clip, AdamW and EMA.
 *
 * One gradient program a capacity and one step, all on one state that is written in place. Rejected: forward, backward
 * and step in one graph, which needs a second copy of parameters, moments and EMA and is no faster.
 */
import { type Specs, specsOfTensors, type TensorMap } from "@sdtt/core/base";
import type { Engine, Program, TensorFunction } from "@sdtt/core/engine";
import { modelParameters } from "@sdtt/core/model";
import { specsOf, zerosLike } from "@sdtt/core/nn";
import {
  type AdamWOptions,
  adamwScalarSpecs,
  asCritic,
  chunkedGradients,
  chunkedInputs,
  type GradientsFunction,
  gradientFunction,
  gradientsOf,
  grouped,
  headChunkFor,
  stepFunction,
  trainingStateSpecs,
  updateStateSpecs,
  wholeLoss,
} from "@sdtt/core/optim";
import { type LiveStudent, liveStudent } from "./liveStudent.js";
import type { Batch, Part, Task } from "./task.js";

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
    const { model, critic } = task;
    this.#parameters = specsOf({ ...modelParameters(model), ...(critic && asCritic(modelParameters(critic))) });
    this.#initial = initial;
  }

  /** One update from the parts of one batch; `onPart` hears of each that is done, counting from 1. */
  async update(
    parts: Batch["parts"],
    scalars: TensorMap,
    onPart: (part: number) => void = () => {},
  ): Promise<UpdateOutcome> {
    let loss = 0;
    for (const [i, make] of parts.entries()) {
      const part = await make(this.#student);
      const inputs = this.#inputsOf(part);
      const program = await this.#gradients(part.capacity, inputs, i > 0);
      loss += numberOf(await program.run(inputs), "loss");
      onPart(i + 1);
    }
    const outputs = await (await this.#step()).run(scalars);
    return { loss, gradNorm: numberOf(outputs, "gradNorm") };
  }

  #chunk(capacity: number): number {
    return Math.min(capacity, this.task.headChunk ?? headChunkFor(this.task.model.vocabSize, capacity));
  }

  /** The network as it is now: a program on the state that is being trained. */
  readonly #student: LiveStudent = liveStudent(
    () => this.task.model,
    async (name, inputs, compute) => {
      const program = await this.#program(
        `${this.task.label}, ${name}`,
        () => specsOfTensors(inputs),
        () => compute,
      );
      return program.run(inputs);
    },
  );

  #inputsOf({ inputs, capacity }: Part): TensorMap {
    const chunk = this.#chunk(capacity);
    return chunk < capacity ? chunkedInputs(inputs, this.task.loss.perRow, capacity, chunk) : inputs;
  }

  #gradientsFor(capacity: number): GradientsFunction {
    const { loss } = this.task;
    const chunk = this.#chunk(capacity);
    return chunk < capacity ? chunkedGradients(loss, capacity, chunk) : gradientsOf(wholeLoss(loss));
  }

  /** Gradients of one part: in place of those before, or added to them. Parts may differ in which inputs they have. */
  #gradients(capacity: number, inputs: TensorMap, added: boolean): Promise<Program> {
    const optional = ["look"].filter((name) => name in inputs).map((name) => `, ${name}`);
    const name = `${this.task.label}${added ? ", next part" : ""}${optional.join("")}[${capacity}]`;
    return this.#program(
      name,
      () => specsOfTensors(inputs),
      () => gradientFunction(this.#gradientsFor(capacity), added),
    );
  }

  #step(): Promise<Program> {
    const step = () => stepFunction(this.adamw);
    return this.#program(`${this.task.label}, step`, () => adamwScalarSpecs(this.adamw), step);
  }

  async #program(name: string, inputs: () => Specs, make: () => TensorFunction): Promise<Program> {
    const known = this.#programs.get(name);
    if (known) return known;
    const signature = { name, inputs: inputs(), state: trainingStateSpecs(this.#parameters, this.adamw) };
    const program = await this.engine.compile(make(), signature, { shareStateOf: this.#owner, inPlace: true });
    this.#programs.set(name, program);
    if (!this.#owner) {
      this.#owner = program;
      program.load(this.#initial as TensorMap);
      program.load(grouped("gradient", zerosLike(this.#parameters)), { adopt: true });
      this.#initial = undefined;
    }
    return program;
  }

  /** The state that a checkpoint holds. */
  async state(): Promise<TensorMap> {
    return (this.#owner as Program).state(Object.keys(updateStateSpecs(this.#parameters, this.adamw)));
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
  }
}
