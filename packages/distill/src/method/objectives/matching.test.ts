/** @file Distribution matching in a training: what rows are held against, what an update moves, and a run that is stopped. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { specsOfTensors, type Tensor, type TensorMap } from "@sdtt/core/base";
import { loadCheckpoint, saveCheckpoint, weightsHash } from "@sdtt/core/checkpoint";
import { subsLogProbs } from "@sdtt/core/diffusion";
import { type Engine, openEngine } from "@sdtt/core/engine";
import { logitsAt, modelParameters, noiseWeight, toldAt } from "@sdtt/core/model";
import { asCritic, criticOf, grouped, groupOf, lossAndGradients, wholeLoss } from "@sdtt/core/optim";
import { openDenoiser } from "@sdtt/core/sampler";
import { firstBatch } from "@sdtt/core/text";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { keeping, matchingModel, tinyMatching, tinyMatchingStart, tinyModel, tinyRound } from "../../tiny.fixture.js";
import { liveStudent } from "../../training/liveStudent.js";
import { asTensors, inputsOf as firstInputs, shortTraining } from "../../training/short.fixture.js";
import type { Task } from "../../training/task.js";
import { type TrainState, train } from "../../training/train.js";

const options = shortTraining(8);
const { length, vocabSize: V } = tinyModel;

beforeAll(async () => {
  await openEngine("reference");
});

/** All that learns in a state, as a program holds it. */
const learning = ({ model, optimizer }: TrainState): TensorMap => ({
  ...grouped("model", model),
  ...grouped("model", groupOf("model", optimizer)),
});

const liveOf = (engine: Engine, task: Task, start: TrainState) =>
  liveStudent(
    () => task.model,
    async (name, inputs, compute) => {
      const state = learning(start);
      const program = await engine.compile(compute, {
        name,
        inputs: specsOfTensors(inputs),
        state: specsOfTensors(state),
      });
      program.load(state);
      return program.run(inputs);
    },
  );

const inputsOf = (engine: Engine, task: Task, start: TrainState, n = 1) =>
  firstInputs(task, n, liveOf(engine, task, start));
const paramsOf = (start: TrainState) => asTensors(groupOf("model", learning(start)));
const numbers = (inputs: TensorMap, name: string) => Array.from((inputs[name] as Tensor).data, Number);

describe("what rows are held against", () => {
  it.each(["reference", "onnx"] as const)(
    "is what student, critic and teacher say of one step of the student's, by %s",
    async (name) => {
      const engine = await openEngine(name);
      const task = tinyMatching(engine, { dropout: 0 });
      const start = tinyMatchingStart(0.3);
      let revealedInAll = 0;
      for (const n of [1, 2, 3]) {
        const inputs = await inputsOf(engine, task, start, n);
        await openEngine("reference");
        const { ids, stepped, positions, drawn, weights } = inputs as Record<string, Tensor>;
        const [zt, zs] = [ids, stepped].map((t) => t?.data as Int32Array) as [Int32Array, Int32Array];
        const critic = openDenoiser(engine, { ...tinyModel, dropout: 0 }, criticOf(groupOf("model", start.optimizer)));
        const teacher = openDenoiser(engine, { ...tinyModel, dropout: 0 }, tinyMatchingStart().model);
        const count = numbers(inputs, "weights").filter((w) => w > 0).length;
        const asked = Array.from(positions?.data ?? [], Number).slice(0, count);
        const lawsOf = async (network: typeof critic) =>
          tf.tensor2d((await network.logits(zs, 4, asked)).slice(), [count, V]);
        const params = paramsOf(start);
        const of = asTensors({ ids: ids as Tensor, positions: positions as Tensor, noise: inputs.noise as Tensor });
        const told = toldAt(params, of.noise as tf.Tensor, of.positions as tf.Tensor, zt.length);
        const said = subsLogProbs(
          logitsAt(params, matchingModel, of.ids as tf.Tensor, of.positions as tf.Tensor, { told }),
        );
        const g = said.arraySync() as number[][];
        const [f, frozen] = [await lawsOf(critic), await lawsOf(teacher)].map(
          (logits) => subsLogProbs(logits).arraySync() as number[][],
        );
        const h = [0, 0, 0, 0];
        asked.forEach((position, k) => {
          const isOpen = zs[position] === V - 1;
          expect(zt[position]).toBe(V - 1);
          if (!isOpen)
            expect([zs[position], numbers(inputs, "said")[k]]).toEqual([
              drawn?.data[k],
              expect.closeTo(g[k]?.[zs[position] as number] as number, 4),
            ]);
          revealedInAll += Number(!isOpen);
          for (let v = 0; v < V - 1; v++) {
            const [own, c, t] = [g, f, frozen].map((all) => all?.[k]?.[v] as number) as [number, number, number];
            expect(numbers(inputs, "gap")[k * V + v]).toBeCloseTo(isOpen ? c - t : 0, 3);
            expect(numbers(inputs, "shares")[k * V + v]).toBeCloseTo(isOpen ? Math.exp(own) + Math.exp(t) : 0, 4);
            const row = Math.floor(position / length);
            if (isOpen) h[row] = (h[row] as number) + Math.exp(own) * (c - t);
          }
          expect(weights?.data[k]).toBeCloseTo(1 / count, 6);
        });
        expect(zs.filter((id, i) => id !== zt[i]).length).toBe(
          asked.filter((position) => zs[position] !== V - 1).length,
        );
        asked.forEach((position, k) => {
          const row = Math.floor(position / length);
          const others = h.filter((_, i) => i !== row).reduce((sum, x) => sum + x / 3, 0);
          const credit = zs[position] === V - 1 ? 0 : (h[row] as number) - others;
          expect(numbers(inputs, "credit")[k]).toBeCloseTo(credit, 3);
        });
      }
      expect(revealedInAll).toBeGreaterThan(5);
    },
  );

  it("is told in nine rows of ten, and untold rows are told zeros", async () => {
    const engine = await openEngine("reference");
    const task = tinyMatching(engine);
    let [told, all] = [0, 0];
    for (let n = 1; n <= 10; n++) {
      const inputs = await inputsOf(engine, task, tinyMatchingStart(), n);
      const size = matchingModel.noise.size;
      const noise = numbers(inputs, "noise");
      const rows = new Map<number, boolean>();
      for (const [k, weight] of numbers(inputs, "weights").entries()) {
        const isTold = noise.slice(k * size, (k + 1) * size).some((x) => x !== 0);
        if (weight === 0) {
          expect(isTold).toBe(false);
          continue;
        }
        const row = Math.floor(Number(inputs.positions?.data[k]) / length);
        expect(rows.get(row) ?? isTold).toBe(isTold);
        rows.set(row, isTold);
      }
      all += rows.size;
      told += [...rows.values()].filter(Boolean).length;
    }
    expect(told).toBeLessThan(all);
    expect(told / all).toBeGreaterThan(0.7);
  });

  it("is of the rows and masks of SDTT", async () => {
    const engine = await openEngine("reference");
    const sdtt = tinyRound(engine, { round: 1, divergence: "reverse-kl", dt: 0.25, substeps: 2, grid: "paper" });
    const part = await (await sdtt.batch(1, firstBatch)).parts[0]?.();
    expect((await inputsOf(engine, tinyMatching(engine), tinyMatchingStart())).ids).toEqual(part?.inputs.ids);
  });
});

describe("the two losses of an update", () => {
  const gradientsAt = async (zeroed: readonly string[]) => {
    const engine = await openEngine("reference");
    const task = tinyMatching(engine);
    const start = tinyMatchingStart(0.3);
    const made = await inputsOf(engine, task, start, 2);
    const zero = Object.fromEntries(
      zeroed.map((name) => [
        name,
        { ...(made[name] as Tensor), data: new Float32Array((made[name] as Tensor).data.length) },
      ]),
    );
    const inputs = asTensors({ ...made, ...zero });
    const { gradients } = lossAndGradients(paramsOf(start), (p) => wholeLoss(task.loss)(p, inputs));
    const sizeOf = (own: Record<string, tf.Tensor>) =>
      Math.max(...Object.values(own).map((t) => Number(tf.max(tf.abs(t)).dataSync()[0])));
    const critics = asCritic(criticOf(gradients));
    const models = Object.fromEntries(Object.entries(gradients).filter(([name]) => !(name in critics)));
    return { critic: sizeOf(critics), model: sizeOf(models) };
  };

  it("move each its own network, and the other by nothing", async () => {
    const student = await gradientsAt(["shares"]);
    expect(student.critic).toBe(0);
    expect(student.model).toBeGreaterThan(1e-4);
    const critic = await gradientsAt(["gap", "credit"]);
    expect(critic.model).toBe(0);
    expect(critic.critic).toBeGreaterThan(1e-4);
  });

  it("have gradients that are those of differences through both networks", async () => {
    const engine = await openEngine("reference");
    const task = tinyMatching(engine, { dropout: 0 });
    const start = tinyMatchingStart(0.3);
    const inputs = asTensors(await inputsOf(engine, task, start, 2));
    const params = paramsOf(start);
    const lossAt = (at: Record<string, tf.Tensor>) => Number(wholeLoss(task.loss)(at, inputs).dataSync()[0]);
    const { gradients } = lossAndGradients(params, (p) => wholeLoss(task.loss)(p, inputs));
    for (const name of [
      noiseWeight,
      "vocab_embed.embedding",
      "critic.blocks.0.attn_qkv.weight",
      "critic.output_layer.linear.weight",
    ]) {
      const slope = gradients[name] as tf.Tensor;
      const size = Number(tf.norm(slope).dataSync()[0]);
      const step = tf.mul(slope, 0.02 / size);
      const moved = (sign: number) =>
        lossAt({ ...params, [name]: tf.add(params[name] as tf.Tensor, tf.mul(step, sign)) });
      expect([name, (moved(1) - moved(-1)) / 0.04 / size]).toEqual([name, expect.closeTo(1, 2)]);
    }
  });

  it.each(["reference", "onnx"] as const)(
    "leave a student as it is, to the bit, while its critic is its teacher; the critic learns (%s)",
    async (name) => {
      const engine = await openEngine(name);
      const start = tinyMatchingStart();
      const hooks = keeping();
      const end = await train(engine, tinyMatching(engine), start, { ...options, updates: 1 }, hooks);
      expect(hooks.points[0]?.gradNorm).toBe(0);
      expect(weightsHash(end.model)).toBe(weightsHash(start.model));
      expect(weightsHash(groupOf("model", end.optimizer))).not.toBe(weightsHash(groupOf("model", start.optimizer)));
      const further = await train(engine, tinyMatching(engine), end, { ...options, updates: 2 }, keeping());
      expect(weightsHash(further.model)).not.toBe(weightsHash(start.model));
    },
  );
});

it.each(["reference", "onnx"] as const)(
  "a run goes on after a stop byte for byte, its critic too, and its student has none of it (%s)",
  async (name) => {
    const engine = await openEngine(name);
    const whole = await train(engine, tinyMatching(engine), tinyMatchingStart(0.3), options, keeping());
    const first = await train(engine, tinyMatching(engine), tinyMatchingStart(0.3), options, keeping(3));
    expect(first.update).toBeLessThan(options.updates);
    const folder = mkdtempSync(join(tmpdir(), "matching-"));
    saveCheckpoint(join(folder, "kept"), { ...first, state: { update: first.update } });
    const { model, ema, optimizer } = loadCheckpoint(join(folder, "kept")) as unknown as TrainState;
    rmSync(folder, { recursive: true });
    expect(await train(engine, tinyMatching(engine), { ...first, model, ema, optimizer }, options, keeping())).toEqual(
      whole,
    );
    const names = Object.keys(modelParameters(matchingModel)).sort();
    expect([whole.model, whole.ema].map((weights) => Object.keys(weights).sort())).toEqual([names, names]);
    expect(Object.keys(groupOf("model", whole.optimizer))).toContain("critic.vocab_embed.embedding");
  },
);
