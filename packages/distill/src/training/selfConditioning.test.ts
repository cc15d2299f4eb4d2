/** @file A network that learns to be told what it says: what rows are told, the loss and its gradient, and a run that is stopped. */
import type { Tensor } from "@sdtt/core/base";
import { weightsHash } from "@sdtt/core/checkpoint";
import { subsLogProbs } from "@sdtt/core/diffusion";
import { openEngine } from "@sdtt/core/engine";
import { logitsAt, logitsOf, selfWeight } from "@sdtt/core/model";
import { lossAndGradients, wholeLoss } from "@sdtt/core/optim";
import { type Denoiser, openDenoiser } from "@sdtt/core/sampler";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import {
  keeping,
  standingIn,
  tinyAlpha,
  tinyModel,
  tinyPretrain,
  tinyRound,
  tinySelfStart,
  tinyStart,
} from "../tiny.fixture.js";
import { isToldSelf, selfConditioned } from "./selfConditioning.js";
import { asTensors, inputsOf as firstInputs, shortTraining } from "./short.fixture.js";
import type { Task } from "./task.js";
import { type TrainState, train } from "./train.js";

const options = shortTraining(8);
const { length, vocabSize: V } = tinyModel;
const round = { round: 1, divergence: "reverse-kl", dt: 0.25, substeps: 2, grid: "paper" } as const;
const told = { dropout: 0, selfConditioning: true };

/** Inputs of update n, the network being `student`. */
const inputsOf = (task: Task, n: number, student: Denoiser) =>
  firstInputs(selfConditioned(task), n, standingIn(student));

describe("self-conditioning", () => {
  it("tells every second row, in turn, p(x0 | xt) where it is masked, and nothing else", async () => {
    const engine = await openEngine("reference");
    const { model } = tinySelfStart(0.5);
    const task = tinyRound(engine, round, told);
    const student = openDenoiser(engine, task.model, model);
    for (const n of [1, 2]) {
      const { ids, positions, weights, previous } = await inputsOf(task, n, student);
      const params = asTensors(model);
      const at = tf.tensor1d([...(positions as Tensor).data] as number[], "int32");
      const rows = tf.tensor2d(
        (ids as Tensor).data as Int32Array,
        [...(ids as Tensor).shape] as [number, number],
        "int32",
      );
      const laws = tf.exp(subsLogProbs(logitsAt(params, task.model, rows, at))).arraySync() as number[][];
      [...(positions as Tensor).data].forEach((position, k) => {
        const row = Math.floor(Number(position) / length);
        const isTold = isToldSelf(n, row) && Number(weights?.data[k]) > 0;
        laws[k]?.forEach((p, v) => {
          expect(previous?.data[k * V + v]).toBeCloseTo(isTold ? p : 0, 5);
        });
      });
      expect((previous as Tensor).data.some((p) => Number(p) > 0)).toBe(true);
    }
    expect([0, 1, 2, 3].map((row) => isToldSelf(1, row) !== isToldSelf(2, row))).toEqual([true, true, true, true]);
  });

  it.each([
    ["pre-training", (_: unknown, own?: object) => tinyPretrain(undefined, {}, own)],
    [
      "a round",
      (engine: Parameters<typeof tinyRound>[0], own?: object) => tinyRound(engine, round, { dropout: 0, ...own }),
    ],
    ["AlphaDLM's loss", (_: unknown, own?: object) => tinyAlpha(2, { dropout: 0, ...own })],
  ])("of %s begins as the network without: the first loss is the same to the last bit", async (_, make) => {
    const engine = await openEngine("onnx", { threads: 1 });
    const first = async (task: Task, start: TrainState) => {
      const hooks = keeping();
      await train(engine, task, start, { ...options, updates: 1 }, hooks);
      return hooks.points[0]?.loss;
    };
    const plain = await first(make(engine), tinyStart());
    expect(await first(make(engine, { selfConditioning: true }), tinySelfStart())).toBe(plain);
  });

  it("has the gradient of differences, and on the traced engine that of the reference", async () => {
    const reference = await openEngine("reference");
    const { model } = tinySelfStart(0.5);
    const task = tinyPretrain(undefined, {}, { selfConditioning: true });
    const made = await inputsOf(task, 5, openDenoiser(reference, task.model, model));
    const inputs = asTensors(made);
    const params = asTensors(model);
    const plain = (at: Record<string, tf.Tensor>) => {
      const logProbs = subsLogProbs(logitsOf(at, task.model, task.loss.hidden(at, inputs))).arraySync() as number[][];
      return logProbs.reduce((sum, row, k) => {
        return sum - Number(made.weights?.data[k]) * (row[Number(made.targets?.data[k])] as number);
      }, 0);
    };
    const { gradients } = lossAndGradients(params, (p) => wholeLoss(task.loss)(p, inputs));
    for (const name of [selfWeight, "vocab_embed.embedding", "blocks.0.attn_qkv.weight"]) {
      const slope = gradients[name] as tf.Tensor;
      const size = Number(tf.norm(slope).dataSync()[0]);
      expect(size).toBeGreaterThan(1e-4);
      const step = tf.mul(slope, 0.02 / size);
      const moved = (sign: number) =>
        plain({ ...params, [name]: tf.add(params[name] as tf.Tensor, tf.mul(step, sign)) });
      expect((moved(1) - moved(-1)) / 0.04 / size).toBeCloseTo(1, 2);
    }
    const traced = await openEngine("onnx", { threads: 1 });
    const settings = { ...options, adamw: { ...options.adamw, eps: 1e-3 } };
    const { model: other } = await train(traced, task, tinySelfStart(0.5), settings, keeping());
    const slow = await openEngine("reference");
    const { model: one } = await train(slow, task, tinySelfStart(0.5), settings, keeping());
    for (const [name, { data }] of Object.entries(one)) {
      data.forEach((x, i) => {
        expect(Math.abs(Number(x) - Number(other[name]?.data[i]))).toBeLessThan(1e-4);
      });
    }
  });

  it("goes on after a stop byte for byte, and learns to be told", async () => {
    const engine = await openEngine("onnx", { threads: 1 });
    const task = () => tinyRound(engine, round, { selfConditioning: true });
    const whole = await train(engine, task(), tinySelfStart(), options, keeping());
    const first = await train(engine, task(), tinySelfStart(), options, keeping(3));
    expect(first.update).toBeLessThan(options.updates);
    const end = await train(engine, task(), first, options, keeping());
    expect([end.model, end.ema].map(weightsHash)).toEqual([whole.model, whole.ema].map(weightsHash));
    const own = (whole.model[selfWeight] as Tensor).data as Float32Array;
    expect(own.some((x) => x !== 0)).toBe(true);
  });
});
