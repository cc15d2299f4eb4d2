/** @file A mixture of products: its loss by its definition, the gradient, what is told, and a run that is stopped. */
import { float32, type Tensor, type TensorMap } from "@sdtt/core/base";
import { weightsHash } from "@sdtt/core/checkpoint";
import { openEngine } from "@sdtt/core/engine";
import { modelParameters, noiseWeight } from "@sdtt/core/model";
import { initialise } from "@sdtt/core/nn";
import { noiseOfRow, openDenoiser, parseSampler, sampleWith, tokenLaw } from "@sdtt/core/sampler";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { keeping, tinyMixture, tinyMixtureStart, tinyModel } from "../../tiny.fixture.js";
import { inputsOf, shortTraining } from "../../training/short.fixture.js";
import { freshState, train } from "../../training/train.js";
import { mixtureLoss, mixtureTask } from "./mixture.js";

const options = shortTraining(6);
const { length, vocabSize: V } = tinyModel;
/** Two parts of five positions: rows of two tokens, of three, and of none. */
const rowsOf = [[0, 1], [2, 3, 4], []];
const logProbs = [-0.3, -2.1, -0.9, -4, -0.1, -1.3, -0.2, -2, -0.4, -3];
const members = float32(
  [3, 5],
  rowsOf.flatMap((own) => [0, 1, 2, 3, 4].map((i) => Number(own.includes(i)))),
);

const plain = (at: readonly number[]) =>
  -0.7 *
  rowsOf.reduce((sum, own) => {
    const products = [0, 1].map((part) => own.reduce((p, i) => p * Math.exp(at[5 * part + i] as number), 1));
    return sum + Math.log(((products[0] as number) + (products[1] as number)) / 2);
  }, 0);

const inputsAt = (n: number, task = tinyMixture({ dropout: 0 })) => inputsOf(task, n);

describe("the loss of a mixture", () => {
  it("is −ln of the mean of the parts' products over a row's tokens, and its gradient is that of differences", async () => {
    await openEngine("reference");
    const of = tf.tensor2d(members.data as Float32Array, [3, 5]);
    const { value, grad } = tf.valueAndGrad((x) => mixtureLoss(x, of, tf.scalar(0.7)))(tf.tensor1d(logProbs));
    expect(value.dataSync()[0]).toBeCloseTo(plain(logProbs), 5);
    const h = 1e-5;
    grad.dataSync().forEach((slope, i) => {
      const at = (shift: number) => plain(logProbs.map((x, j) => (j === i ? x + shift : x)));
      expect(slope).toBeCloseTo((at(h) - at(-h)) / (2 * h), 4);
    });
  });

  it("is cross-entropy where all parts say the same", () => {
    const same = [...logProbs.slice(0, 5), ...logProbs.slice(0, 5)];
    expect(plain(same)).toBeCloseTo(0.7 * 7.4, 9);
  });

  it.each(["reference", "onnx"] as const)(
    "of a batch is that of the rows as the sampler would tell them, by %s",
    async (name) => {
      const engine = await openEngine(name);
      const hooks = keeping();
      const { model } = tinyMixtureStart();
      await train(engine, tinyMixture({ dropout: 0 }), tinyMixtureStart(), { ...options, updates: 1 }, hooks);
      const inputs = await inputsAt(1);
      const data = (tensor: string) => Array.from((inputs[tensor] as Tensor).data, Number);
      const capacity = data("targets").length / 3;
      const rows = (inputs.members as Tensor).shape[0] as number;
      const network = openDenoiser(engine, tinyMixture({ dropout: 0 }).model, model);
      const xt = Int32Array.from(data("ids").slice(0, rows * length));
      let loss = 0;
      for (let row = 0; row < rows; row++) {
        const own = [...Array(capacity).keys()].filter((k) => data("members")[row * capacity + k] === 1);
        const isTold = own.some((k) =>
          data("noise")
            .slice(3 * k, 3 * k + 3)
            .some((x) => x === 1),
        );
        const sums = await Promise.all([0, 1, 2].map((part) => logProbOf(part, row, own, isTold)));
        loss -= Math.log(sums.reduce((sum, s) => sum + Math.exp(s) / 3, 0)) * (data("scale")[0] as number);
      }
      async function logProbOf(part: number, row: number, own: readonly number[], isTold: boolean) {
        const alone = xt.slice(row * length, (row + 1) * length);
        const at = own.map((k) => (data("positions")[k] as number) % length);
        const names = { seed: stepsThatChoose(part), rows: [0], step: 1 };
        const logits = (await network.logits(alone, 1, at, isTold ? names : undefined)).slice();
        return own.reduce(
          (sum, k, i) => sum + Math.log(tokenLaw(logits, i * V, V)[data("targets")[k] as number] as number),
          0,
        );
      }
      expect(hooks.points[0]?.loss).toBeCloseTo(loss, 5);
    },
  );
});

/** A seed under which row 0 draws that part in step 1. */
function stepsThatChoose(part: number): number {
  const chosen = (seed: number) => noiseOfRow({ law: "choice", size: 3 }, [seed, "choice", 0, 1], 1).indexOf(1);
  return [...Array(50).keys()].find((seed) => chosen(seed) === part) as number;
}

it("parts grow apart in training, and a run goes on after a stop byte for byte", async () => {
  const engine = await openEngine("onnx");
  const whole = await train(engine, tinyMixture(), tinyMixtureStart(), options, keeping());
  const first = await train(engine, tinyMixture(), tinyMixtureStart(), options, keeping(3));
  const end = await train(engine, tinyMixture(), first, options, keeping());
  expect([end.model, end.ema].map(weightsHash)).toEqual([whole.model, whole.ema].map(weightsHash));
  const apart = ({ data }: Tensor) =>
    Array.from({ length: tinyModel.width }, (_, d) => Math.abs(Number(data[3 * d]) - Number(data[3 * d + 1])));
  const spread = (weights: TensorMap) => apart(weights[noiseWeight] as Tensor).reduce((a, b) => a + b);
  expect(spread(whole.model)).not.toBe(spread(tinyMixtureStart().model));
});

it("three parts learn rows of one token out of three, and draw them in one step, where a product draws one in nine", async () => {
  const engine = await openEngine("onnx", { threads: 1 });
  const model = { ...tinyModel, vocabSize: 4, length: 3, dropout: 0, noise: { law: "choice", size: 3 } } as const;
  const ids = Uint16Array.from({ length: 900 }, (_, i) => Math.floor(i / 3) % 3);
  const shard = { ids, count: ids.length, vocabSize: 3, tokenizerHash: "", corpusHash: "", rowLength: 3 };
  const task = mixtureTask(model, { shard, sequences: 16, length: 3, seed: 3 }, { round: 1, parts: 3 });
  const updates = 300;
  const schedule = { name: "cosine", peak: 0.02, warmup: 5, updates } as const;
  const start = freshState(initialise(modelParameters(model), 4));
  const { model: weights } = await train(
    engine,
    task,
    start,
    { ...options, updates, schedule, checkpointEvery: 1000 },
    keeping(),
  );
  const drawn = await sampleWith(parseSampler("ancestral"), openDenoiser(engine, model, weights), {
    ...{ numSteps: 1, batch: 300, seed: 2 },
  });
  const rows = Array.from({ length: 300 }, (_, i) => drawn.ids.subarray(3 * i, 3 * i + 3));
  const valid = rows.filter(([a, b, c]) => a === b && b === c);
  expect(valid.length).toBeGreaterThan(0.7 * 300);
  expect(new Set(valid.map(([a]) => a)).size).toBe(3);
});
