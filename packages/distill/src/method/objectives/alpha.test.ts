/** @file AlphaDLM's loss against its definition row by row, its gradient against differences, and a run that is stopped. */
import { float32, type Tensor } from "@sdtt/core/base";
import { weightsHash } from "@sdtt/core/checkpoint";
import { subsLogProbs } from "@sdtt/core/diffusion";
import { openEngine } from "@sdtt/core/engine";
import { logitsOf } from "@sdtt/core/model";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { keeping, tinyAlpha, tinyRound, tinyStart } from "../../tiny.fixture.js";
import { asTensors, inputsOf, shortTraining } from "../../training/short.fixture.js";
import { train } from "../../training/train.js";
import { alphaLoss } from "./alpha.js";

const options = shortTraining(8);
const k = 1.5;
const logProbs = [-0.3, -2.1, -0.9, -4, -0.1];
/** Three rows: of two tokens, of three, and of none. */
const rowsOf = [[0, 1], [2, 3, 4], []];
const shares = float32(
  [3, 5],
  rowsOf.flatMap((own) => logProbs.map((_, i) => (own.includes(i) ? 1 / own.length : 0))),
);
const weights = [0.5, 0.2, 0.3];

const plain = (at: readonly number[]) =>
  rowsOf.reduce((sum, own, row) => {
    const mean = own.length === 0 ? 0 : own.reduce((all, i) => all + (at[i] as number), 0) / own.length;
    return sum + ((weights[row] as number) * (1 - Math.exp(k * mean))) / k;
  }, 0);

describe("AlphaDLM's loss", () => {
  it("is (1 − e^{k s})/k of each row's mean log-probability, and its gradient is that of differences", async () => {
    await openEngine("reference");
    const [of, w] = [tf.tensor2d(shares.data as Float32Array, [3, 5]), tf.tensor1d(weights)];
    const { value, grad } = tf.valueAndGrad((x) => alphaLoss(k, x, of, w))(tf.tensor1d(logProbs));
    expect(value.dataSync()[0]).toBeCloseTo(plain(logProbs), 6);
    const h = 1e-5;
    grad.dataSync().forEach((slope, i) => {
      const at = (shift: number) => plain(logProbs.map((x, j) => (j === i ? x + shift : x)));
      expect(slope).toBeCloseTo((at(h) - at(-h)) / (2 * h), 6);
    });
  });

  it.each(["reference", "onnx"] as const)("of a batch is that of its rows' tokens alone, by %s", async (name) => {
    const engine = await openEngine(name);
    const task = tinyAlpha(k, { dropout: 0 });
    const hooks = keeping();
    await train(engine, task, tinyStart(), { ...options, updates: 1 }, hooks);
    const made = await inputsOf(task);
    await openEngine("reference");
    const [params, inputs] = [asTensors(tinyStart().model), asTensors(made)];
    const rows = task.loss.hidden(params, inputs);
    const all = (await subsLogProbs(logitsOf(params, task.model, rows)).array()) as number[][];
    const targets = (made.targets as Tensor).data;
    const own = made.shares as Tensor;
    const [count, capacity] = own.shape as [number, number];
    const expected = Array.from({ length: count }, (_, row) => {
      const mean = Array.from({ length: capacity }, (_, i) => {
        return Number(own.data[row * capacity + i]) * (all[i]?.[Number(targets[i])] as number);
      }).reduce((sum, x) => sum + x, 0);
      return (1 - Math.exp(k * mean)) / k / count;
    }).reduce((sum, x) => sum + x, 0);
    expect(hooks.points[0]?.loss).toBeCloseTo(expected, 5);
  });

  it("goes on after a stop byte for byte, and sees the rows and masks that SDTT sees", async () => {
    const engine = await openEngine("onnx");
    const whole = await train(engine, tinyAlpha(k), tinyStart(), options, keeping());
    const first = await train(engine, tinyAlpha(k), tinyStart(), options, keeping(3));
    expect(first.update).toBeLessThan(options.updates);
    const end = await train(engine, tinyAlpha(k), first, options, keeping());
    expect([end.model, end.ema].map(weightsHash)).toEqual([whole.model, whole.ema].map(weightsHash));
    const sdtt = tinyRound(engine, { round: 1, divergence: "reverse-kl", dt: 0.25, substeps: 2, grid: "paper" });
    expect((await inputsOf(tinyAlpha(k))).ids).toEqual((await inputsOf(sdtt)).ids);
  });
});
